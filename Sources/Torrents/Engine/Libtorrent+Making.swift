internal import CTorrent
internal import Dispatch
internal import Synchronization

extension Libtorrent {
    package func make(
        _ plan: TorrentPlan, progress: @escaping @Sendable (Int64) -> Void
    ) async throws(TorrentError) -> [UInt8] {
        try plan.check()
        let watcher = MakeWatcher(progress)
        let result: Result<[UInt8], TorrentError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // It computes for minutes, which Swift's few threads must not.
                DispatchQueue.global(qos: .utility).async {
                    do throws(TorrentError) {
                        continuation.resume(returning: .success(try plan.hashed(watcher)))
                    } catch {
                        continuation.resume(returning: .failure(error))
                    }
                }
            }
        } onCancel: {
            watcher.cancel()
        }
        return try result.get()
    }
}

/// Tells how far the hashing is, and whether to go on.
private final class MakeWatcher: Sendable {
    private let progress: @Sendable (Int64) -> Void
    private let isCancelled = Atomic(false)

    init(_ progress: @escaping @Sendable (Int64) -> Void) {
        self.progress = progress
    }

    func cancel() {
        isCancelled.store(true, ordering: .relaxed)
    }

    func goesOn(_ bytes: Int64) -> Bool {
        guard !isCancelled.load(ordering: .relaxed) else { return false }
        progress(bytes)
        return true
    }
}

extension TorrentPlan {
    /// Threads that hash; more wait for the disk.
    private static let threads: Int32 = 2

    fileprivate func hashed(_ watcher: MakeWatcher) throws(TorrentError) -> [UInt8] {
        let memory = CMemory()
        let list = files.map { file in
            ctorrent_file(
                path: memory.text(([name] + file.path).joined(separator: "/")), source: memory.text(file.source),
                size: file.size)
        }
        var plan = ctorrent_plan(
            files: memory.list(list), file_count: list.count, format: format.inC, piece_length: Int32(pieceSize),
            trackers: memory.texts(trackers), web_seeds: memory.texts(webSeeds),
            comment: comment.map { memory.text($0) }, creator: creator.map { memory.text($0) }, threads: Self.threads)
        var torrent = ctorrent_buffer()
        defer { withExtendedLifetime((memory, watcher)) {} }
        try attempt { failure in
            ctorrent_make(
                &plan,
                { @Sendable context, bytes in
                    guard let context else { return false }
                    return Unmanaged<MakeWatcher>.fromOpaque(context).takeUnretainedValue().goesOn(bytes)
                },
                Unmanaged.passUnretained(watcher).toOpaque(), &torrent, failure)
        }
        return torrent.take()
    }
}

extension TorrentPlan.Format {
    fileprivate var inC: ctorrent_format {
        switch self {
        case .hybrid: CTORRENT_HYBRID
        case .v2: CTORRENT_V2
        case .v1: CTORRENT_V1
        }
    }
}

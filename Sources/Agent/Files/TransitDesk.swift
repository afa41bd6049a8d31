internal import ChunkStore
internal import Logging
internal import NIOPosix
internal import Swarm
internal import Transfer
internal import Xet
internal import XetClient

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Pulls files into the agent's folder, each once however many clients read it, and clears them away.
actor TransitDesk {
    struct Settings: Sendable {
        /// How long a pull goes on for nobody: clients come back after a broken connection.
        var patience: Duration = .seconds(30)
        /// How long a complete file is kept after its last reader.
        var linger: Duration = .seconds(600)
        /// How old a part may be that nobody has asked for again, in seconds; and while room is short.
        var oldest = 86_400
        var oldestInNeed = 60
        /// How often such parts are looked for.
        var clearing: Duration = .seconds(3600)
        /// Bytes that stay free on the disk.
        var reserve: UInt64 = 512 << 20
    }

    private let folder: String
    private let engine: TransferEngine
    private let library: LocalSeedLibrary?
    private let board: ActivityBoard
    private let settings: Settings
    private let logger: Logger
    private var transits: [FileHash: Transit] = [:]
    /// Cancelled by ``sweep()`` and at the end of ``run()``.
    private var tasks: [FileHash: Task<Void, Never>] = [:]
    private var isOver = false

    init(
        folder: String, engine: TransferEngine, library: LocalSeedLibrary?, board: ActivityBoard,
        settings: Settings = .init(), logger: Logger
    ) {
        self.folder = folder
        self.engine = engine
        self.library = library
        self.board = board
        self.settings = settings
        self.logger = logger
    }

    /// Clears away what nobody needs, until the task is cancelled; then ends all pulls.
    func run() async {
        let (folder, oldest) = (folder, settings.oldest)
        var cleared: ContinuousClock.Instant?
        while !Task.isCancelled {
            if cleared.map({ $0.duration(to: .now) > settings.clearing }) ?? true {
                let busy = busy
                _ = try? await NIOThreadPool.singleton.runIfActive {
                    Self.clear(folder, olderThan: oldest, except: busy)
                }
                cleared = .now
            }
            try? await Task.sleep(for: .seconds(2))
            sweep()
        }
        isOver = true
        for task in tasks.values { task.cancel() }
        for task in tasks.values { await task.value }
    }

    /// What a pull has to know beside the file.
    struct Source: Sendable {
        var storage: CASClient
        var peers: (any PeerSource)?
        /// How far the file may go from here.
        var access: SeedAccess
    }

    /// The file on its way, if it is.
    func find(_ hash: FileHash) -> Transit? {
        transits[hash].flatMap { transit in
            if case .failed = transit.outcome { nil } else { transit }
        }
    }

    /// The file on its way, beginning with the pull where it is not.
    /// - Parameter order: is carried out in the name of the first who asks.
    func open(_ request: XetFileRequest, name: String, from source: @Sendable () async throws -> Source) async throws
        -> Transit
    {
        if let known = find(request.hash) { return known }
        let found = try await source()
        // Somebody else may have been faster.
        if let known = find(request.hash) { return known }
        guard !isOver else { throw AgentFailure.stopping }
        let transit = Transit(hash: request.hash, size: request.size, path: path(request.hash, "part"))
        transits[request.hash] = transit
        tasks[request.hash] = Task {
            await pull(transit, request, name: name, found)
            tasks[request.hash] = nil
        }
        return transit
    }

    /// Whether the disk has room for a file; parts that nobody waits for make room.
    func hasRoom(for size: UInt64) -> Bool {
        if isFree(size) { return true }
        Self.clear(folder, olderThan: settings.oldestInNeed, except: busy)
        return isFree(size)
    }

    private var busy: Set<String> { Set(transits.keys.map { "\($0)" }) }

    private func isFree(_ size: UInt64) -> Bool {
        var facts = statvfs()
        guard statvfs(folder, &facts) == 0 else { return true }
        return UInt64(facts.f_bavail) * UInt64(facts.f_frsize) > size + settings.reserve
    }

    private func path(_ hash: FileHash, _ kind: String) -> String { "\(folder)/\(hash).\(kind)" }

    private func pull(_ transit: Transit, _ request: XetFileRequest, name: String, _ source: Source) async {
        let number = board.begin(name, size: request.size)
        let partial = PartialFile(
            path: transit.path, journal: path(request.hash, "journal"), manifest: path(request.hash, "manifest"))
        do {
            let statistics = try await engine.pullXet(
                request, from: source.storage, into: partial, reusing: [], peers: source.peers, follower: transit,
                observer: TransitObserver(board: board, number: number))
            board.update(number) { $0.fromDisk = statistics.reusedBytes + statistics.resumedBytes }
            board.add { $0.deduplicated += statistics.reusedBytes }
            transit.end(.complete)
            board.end(number, .done)
            offer(transit, source.access)
        } catch {
            transit.end(.failed(error))
            board.end(number, error is CancellationError ? .cancelled : .failed)
            if transits[request.hash] === transit { transits[request.hash] = nil }
            if !(error is CancellationError) {
                logger.warning("file not pulled", metadata: ["file": "\(name)", "reason": "\(error)"])
            }
        }
    }

    /// Gives the file to peers while it is here; whoever has read it will do so from its own place.
    private func offer(_ transit: Transit, _ access: SeedAccess) {
        guard access > .nobody else { return }
        library?.replace(
            group: transit.path,
            with: [
                SeedFile(
                    hash: transit.hash, size: transit.size, path: transit.path, manifestFolder: folder, access: access)
            ])
    }

    private func sweep() {
        for (hash, transit) in transits {
            guard let idle = transit.idleSince?.duration(to: .now) else { continue }
            if transit.outcome == nil {
                // What has come stays, for the next who asks.
                if idle > settings.patience { tasks[hash]?.cancel() }
            } else if idle > settings.linger {
                transits[hash] = nil
                library?.replace(group: transit.path, with: [])
                for kind in ["part", "journal", "manifest"] { unlink(path(hash, kind)) }
            }
        }
    }

    /// Removes what is older than so many seconds; but what says that wrong bytes were sent.
    /// - Parameter busy: files that are on their way, by their hashes.
    private static func clear(_ folder: String, olderThan age: Int, except busy: Set<String>) {
        guard let listing = opendir(folder) else { return }
        defer { closedir(listing) }
        let now = time(nil)
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard !busy.contains(String(name.prefix { $0 != "." })) else { continue }
            var status = stat()
            let path = folder + "/" + name
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            #if canImport(Glibc)
                let modified = status.st_mtim.tv_sec
            #else
                let modified = status.st_mtimespec.tv_sec
            #endif
            let limit = name.hasSuffix(".tainted") ? 30 * 86_400 : age
            if now - modified > limit { unlink(path) }
        }
    }
}

/// Shows the pull of one file on the board.
private struct TransitObserver: TransferObserver {
    let board: ActivityBoard
    let number: Int

    func began(_ item: TransferItem) {}
    func advanced(_ name: String, bytes: UInt64) { board.update(number) { $0.done += bytes } }
    func travelled(_ bytes: UInt64) { board.update(number) { $0.fromHub += bytes } }
    func travelledFromPeers(_ bytes: UInt64) { board.update(number) { $0.fromPeers += bytes } }
    func finished(_ name: String, outcome: TransferOutcome) {}
}

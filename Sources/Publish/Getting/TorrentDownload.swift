package import PublishWire
internal import Torrents
package import Transfer

/// Brings one torrent to this machine: found out, checked, fetched from everybody who has it, verified, and only then
/// visible. It can be ended at any instant, and the next run goes on.
package struct TorrentDownload: Sendable {
    private let order: GetOrder
    private let context: GetContext
    private let observer: any TransferObserver
    private let progress: @Sendable (GetProgress) -> Void

    /// - Parameters:
    ///   - observer: told of files and bytes.
    ///   - progress: told how the whole stands, a few times a second.
    package init(
        _ order: GetOrder, in context: GetContext, observer: any TransferObserver,
        progress: @escaping @Sendable (GetProgress) -> Void = { _ in }
    ) {
        self.order = order
        self.context = context
        self.observer = observer
        self.progress = progress
    }

    /// - Throws: ``PublishError``, `TorrentError` or `CancellationError`.
    package func run() async throws -> GetResult {
        let base = order.folder ?? context.folder.models
        try PlacedFile.createFolder(base)
        let metainfo = try await metainfo(base)
        let choice = try FileChoice(metainfo, include: order.include, exclude: order.exclude)
        if !choice.unmatched.isEmpty {
            observer.warned("no file matches \(choice.unmatched.map { "'\($0)'" }.joined(separator: ", "))")
        }
        let workplace = Workplace(base: base, hashes: metainfo.hashes)
        let lock = try await lock(workplace)
        defer { withExtendedLifetime(lock) {} }
        try workplace.prepare(metainfo)
        let session = GetSession(
            order: order, context: context, metainfo: metainfo, choice: choice, workplace: workplace,
            observer: observer, progress: progress)
        do {
            return try await session.run()
        } catch let error as PublishError {
            // Of a torrent that contradicts its own manifest no later run could make anything. One whose manifest is not
            // the one that was announced may be right for who asks otherwise.
            let isTorrents = if order.manifestHash == nil { true } else { await session.review != nil }
            if error.code == .wrongSignature || (error.code == .wrongContent && isTorrents) { workplace.discard() }
            throw error
        }
    }

    /// Removes what a download that was given up has left, unless somebody else is at work there.
    /// - Parameter destination: as in ``GetOrder/folder``.
    package static func discard(_ hashes: InfoHashes, at destination: String?, in folder: PublishFolder) {
        let workplace = Workplace(base: destination ?? folder.models, hashes: hashes)
        guard let lock = try? PlaceLock.attempt(workplace.lockFile(folder)) else { return }
        withExtendedLifetime(lock) { workplace.discard() }
    }

    /// One download of a torrent at a time on this machine; the next one finds what the first has brought.
    private func lock(_ workplace: Workplace) async throws -> PlaceLock {
        let path = workplace.lockFile(context.folder)
        if let lock = try PlaceLock.attempt(path) { return lock }
        observer.warned("waiting for another command that gets the same")
        while true {
            try await Task.sleep(for: .milliseconds(200))
            if let lock = try PlaceLock.attempt(path) { return lock }
        }
    }

    // What the torrent is.

    private func metainfo(_ base: String) async throws -> Metainfo {
        switch order.subject {
        case .metainfo(let metainfo):
            return metainfo
        case .magnet(let link):
            guard let hashes = link.hashes else {
                throw PublishError(.missing, "the magnet link names a publisher and no torrent")
            }
            let workplace = Workplace(base: base, hashes: hashes)
            if let known = workplace.knownMetainfo(hashes) { return known }
            return try await asked(link, hashes, folder: workplace.path + "/metadata")
        }
    }

    /// Asks peers for the metainfo. No file is made before it has been checked.
    private func asked(_ link: MagnetLink, _ hashes: InfoHashes, folder: String) async throws -> Metainfo {
        var state = GetProgress()
        (state.phase, state.name, state.hashes) = (.metadata, link.displayName, hashes)
        progress(state)
        // To end the question would end that too.
        try await context.engine.requireNew(hashes, called: link.displayName)
        var wanted = TorrentOrder(.magnet(link), folder: folder)
        wanted.peers = order.peers + link.peers
        wanted.trackers = order.trackers
        wanted.isPublic = order.isPublic
        let (engine, timeout, observer, patience) = (context.engine, order.timeout, observer, context.timing.waiting)
        let torrent = try await engine.add(wanted)
        do {
            let bytes = try await withThrowingTaskGroup(of: [UInt8].self) { group in
                group.addTask { try await engine.metainfo(of: torrent) }
                group.addTask {
                    try await Task.sleep(for: min(patience, timeout ?? patience))
                    if try await engine.status(of: torrent).peers == 0 { observer.warned(Self.waiting) }
                    // Without a limit this only waits for the answer, or the end of the task.
                    try await Task.sleep(for: timeout.map { $0 - min(patience, $0) } ?? .seconds(1 << 30))
                    throw Self.silence(timeout, "nobody told what the torrent holds")
                }
                defer { group.cancelAll() }
                guard let bytes = try await group.next() else { throw CancellationError() }
                return bytes
            }
            try await engine.remove(torrent)
            // Peers may not have told the layers of all files yet; those that they told were checked.
            return try Metainfo(bytes, requiresLayers: false)
        } catch {
            // This task may be cancelled, and the engine may live on.
            await Task { try? await engine.remove(torrent) }.value
            throw error
        }
    }

    static let waiting =
        "nobody who has it was found so far; still looking. --peer HOST:PORT or --tracker URL names somebody, "
        + "--timeout SECONDS gives up"

    static func silence(_ timeout: Duration?, _ what: String) -> PublishError {
        let seconds = timeout.map { Int($0 / .seconds(1)) } ?? 0
        return PublishError(
            .timedOut, "\(what) within \(seconds) seconds",
            hint: "name somebody who has it with --peer HOST:PORT or --tracker URL, or wait longer with --timeout")
    }
}

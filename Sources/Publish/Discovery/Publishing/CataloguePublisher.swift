package import Logging
package import PublishWire
package import Torrents

/// Publishes what this machine shares: the signed index as a torrent, the root and pointers in the DHT.
///
/// One process of a user publishes at a time. What was signed is on disk before it is put, so that a number is never
/// used for two things.
package actor CataloguePublisher {
    let engine: any TorrentEngine
    let folder: CatalogueFolder
    let signer: any PublisherSigner
    let models: any PublishedModels
    let book: RootBook
    let timing: PublishTiming
    let clock: @Sendable () -> Int64
    let logger: Logger

    var record: OwnRecord
    /// Torrents of the versions that are given away.
    var seeding: [[UInt8]: TorrentID] = [:]
    package internal(set) var publication = Publication()
    private var failures = 0
    private let bell = Bell()

    package init(
        engine: any TorrentEngine, folder: CatalogueFolder, signer: any PublisherSigner, models: any PublishedModels,
        book: RootBook, timing: PublishTiming = PublishTiming(),
        clock: @escaping @Sendable () -> Int64 = { Clock.now }, logger: Logger
    ) {
        self.engine = engine
        self.folder = folder
        self.signer = signer
        self.models = models
        self.book = book
        self.timing = timing
        self.clock = clock
        self.logger = logger
        record = OwnRecord.read(folder.ownFile)
    }

    /// Says that there may be something new to publish.
    package nonisolated func noteChange() { bell.ring() }

    /// Publishes now, on change, and again and again, until the task is cancelled.
    package func run() async {
        await waitForNodes()
        while !Task.isCancelled {
            do {
                try await publish()
                failures = publication.phase == .spreading ? failures + 1 : 0
            } catch is CancellationError {
                return
            } catch {
                failures += 1
                publication.failure = (error as? PublishError)?.message ?? "\(error)"
                logger.warning("catalogue not published", metadata: ["reason": "\(error)"])
            }
            let pause = timing.pause(failures: failures, fraction: .random(in: 0...1))
            if await bell.wait(pause) { try? await Task.sleep(for: timing.settling) }
        }
    }

    /// A table that has just begun knows nobody; what is put then reaches too few.
    private func waitForNodes() async {
        for _ in 0..<120 where await engine.nodeCount < timing.enoughNodes {
            guard (try? await Task.sleep(for: .milliseconds(250))) != nil else { return }
        }
    }

    /// Brings the index and the DHT up to date once.
    package func publish() async throws {
        let withdrawn = try await putWithdrawals()
        let isNeeded = try await models.hasAny()
        guard let voice = try await signer.voice(isNeeded: isNeeded) else {
            publication = Publication()
            if let nodes = withdrawn { await fallSilent(nodes) }
            return
        }
        // Whoever has never published anything has nothing to take back either.
        guard isNeeded || record.root != nil else {
            publication = Publication()
            publication.identity = voice.identity
            return
        }
        guard let lock = try PlaceLock.attempt(folder.ownLock) else {
            throw PublishError(.busy, "another process of this user publishes")
        }
        defer { withExtendedLifetime(lock) {} }
        let stored = try await index(of: voice)
        publication.identity = voice.identity
        publication.entries = stored.index.entries.count
        publication.index = stored.hash
        await seedVersions(of: voice.identity)
        try await putStatements(of: voice)
        try await putRoot(stored, of: voice)
        try await putPointers(stored.index, of: voice)
    }

    /// The index as it should be now: the newest one, or a new one where something has changed.
    private func index(of voice: PublisherVoice) async throws -> IndexShelf.Stored {
        let entries = try await models.entries(of: voice.identity)
        let shelf = IndexShelf(path: folder.ownFolder)
        let newest = record.versions.first.flatMap { shelf.stored($0, of: voice.identity) }
        let created = max(clock(), (newest?.index.created ?? -1) + 1)
        let wanted = try CatalogueIndex(
            publisher: voice.identity, label: voice.label, created: created, rotations: voice.rotations,
            entries: entries)
        if let newest, newest.index.label == wanted.label, newest.index.rotations == wanted.rotations,
            newest.index.entries == wanted.entries
        {
            return newest
        }
        let stored = try await IndexTorrent(engine: engine).make(
            wanted, by: voice.operating, delegation: voice.delegation, on: shelf)
        record.versions = Array(
            ([stored.hash] + record.versions.filter { $0 != stored.hash }).prefix(OwnRecord.mostVersions))
        try record.write(to: folder.ownFile)
        return stored
    }

    /// Gives the last versions away, and lets go of those before.
    private func seedVersions(of identity: PublisherKey) async {
        let shelf = IndexShelf(path: folder.ownFolder)
        let kept = Set(record.versions)
        for (hash, torrent) in seeding where !kept.contains(hash) {
            try? await engine.remove(torrent)
            seeding[hash] = nil
        }
        shelf.keep(only: kept)
        let live = Set(await engine.torrents())
        for hash in record.versions where !(seeding[hash].map(live.contains) ?? false) {
            guard let stored = shelf.stored(hash, of: identity) else { continue }
            seeding[hash] = try? await IndexTorrent(engine: engine).seed(stored)
        }
    }

    /// Whose key is withdrawn has nothing to give away, and goes on until enough nodes know.
    private func fallSilent(_ nodes: Int) async {
        for torrent in seeding.values { try? await engine.remove(torrent) }
        seeding = [:]
        publication.nodes = nodes
        publication.phase = nodes >= timing.enoughNodes ? .revoked : .spreading
        if publication.phase == .spreading {
            publication.failure =
                "\(nodes) of \(timing.enoughNodes) nodes of the DHT have taken the withdrawal of the key"
        }
    }

    /// The own root, as others get it.
    package var root: SignedItem? { record.root }
}

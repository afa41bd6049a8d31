package import Logging
internal import PublishWire
package import Torrents

/// Searches what publishers have published: what this machine knows at once, then what others tell.
///
/// Nobody is believed who has not signed: roots prove themselves, and an index counts when the publisher of the root
/// has signed it.
package struct Discoverer: Sendable {
    /// Without one, only what is on this machine is searched.
    let engine: (any TorrentEngine)?
    let folder: CatalogueFolder
    let roots: RootBook
    let gossip: RootGossip?
    let trust: any TrustKeeping
    let signer: any PublisherSigner
    let models: any PublishedModels
    let clock: @Sendable () -> Int64
    let logger: Logger
    let limits: CatalogueLimits
    /// What single models' items have told before.
    let items: ItemBook
    /// Publishers that are followed and asked for at once.
    static let seeksAtOnce = 8

    package init(
        engine: (any TorrentEngine)?, folder: CatalogueFolder, roots: RootBook, gossip: RootGossip?,
        trust: any TrustKeeping, signer: any PublisherSigner, models: any PublishedModels,
        limits: CatalogueLimits = CatalogueLimits(), clock: @escaping @Sendable () -> Int64 = { Clock.now },
        logger: Logger
    ) {
        self.engine = engine
        self.limits = limits
        items = ItemBook(folder: folder, clock: clock)
        self.folder = folder
        self.roots = roots
        self.gossip = gossip
        self.trust = trust
        self.signer = signer
        self.models = models
        self.clock = clock
        self.logger = logger
    }

    /// Searches.
    /// - Parameter update: shown what is there at once, and again whenever there is more.
    /// - Returns: what was found when everybody was asked, or the time was over.
    package func discover(
        _ order: DiscoverOrder, update: @escaping @Sendable (Discovery) async -> Void = { _ in }
    ) async throws -> Discovery {
        let book = try await trust.book()
        await roots.setPinned(book.publishers)
        let board = DiscoverBoard(order, trust: book, limits: limits, update: update)
        try await addOwn(to: board)
        await addKnown(to: board, following: book.publishers)
        await board.show()
        if !order.isOffline, let engine {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await ask(order, book, engine, board) }
                group.addTask { try? await Task.sleep(for: order.timeout) }
                await group.next()
                group.cancelAll()
            }
            for publisher in await board.publishers {
                await board.note(newest: await roots.root(of: publisher)?.root.index, of: publisher)
            }
            await board.note(nodes: engine.nodeCount)
            do { try await roots.save() } catch { await board.note(error.message) }
        }
        try Task.checkCancellation()
        return await board.view()
    }

    /// What this user publishes, whether or not the DHT has it.
    private func addOwn(to board: DiscoverBoard) async throws {
        await board.note(held: try await models.hashes())
        guard let voice = try await signer.voice(isNeeded: false) else { return }
        let entries = try await models.entries(of: voice.identity)
        guard !entries.isEmpty else { return }
        let index = try CatalogueIndex(
            publisher: voice.identity, label: voice.label, created: clock(), rotations: voice.rotations,
            entries: entries)
        await board.add(index, hash: nil, .own)
    }

    /// The indexes that are on disk, and what the roots of those who are followed list themselves.
    private func addKnown(to board: DiscoverBoard, following followed: Set<PublisherKey>) async {
        for publisher in IndexShelf.publishers(in: folder).prefix(limits.publishers) {
            guard let (stored, standing) = await stored(of: publisher) else { continue }
            await board.add(stored.index, hash: stored.hash, standing)
        }
        for publisher in followed {
            guard let known = await roots.root(of: publisher), known.isCurrent else { continue }
            await board.add(known.root)
        }
    }

    /// Asks publishers for their own word on one model; nil without a network.
    var wordSeeker: PublisherWordSeeker? {
        engine.map { PublisherWordSeeker(engine: $0, roots: roots, items: items, clock: clock) }
    }

    /// The best index of a publisher that is on disk, and how it stands to the root.
    func stored(of publisher: PublisherKey) async -> (IndexShelf.Stored, Discovery.Standing)? {
        let shelf = IndexShelf(path: folder.indexFolder(of: publisher))
        guard let known = await roots.root(of: publisher), let hash = known.root.index else { return nil }
        var standing: Discovery.Standing = known.isCurrent && !known.root.isStale(at: clock()) ? [] : .stale
        if let stored = shelf.stored(hash, of: publisher) { return (stored, standing) }
        // What an operating key has signed whose place another has taken may be a thief's.
        let older = shelf.all(of: publisher).first { $0.delegation.notBefore >= known.root.delegation.notBefore }
        standing.insert(.outdated)
        return older.map { ($0, standing) }
    }
}

extension IndexShelf {
    /// Publishers of whom there are indexes on disk.
    static func publishers(in folder: CatalogueFolder) -> [PublisherKey] {
        ((try? PlacedFile.names(in: folder.indexesFolder)) ?? nil ?? []).prefix(Catalogue.mostPublishers)
            .compactMap { PublisherKey(fingerprint: $0) }
    }
}

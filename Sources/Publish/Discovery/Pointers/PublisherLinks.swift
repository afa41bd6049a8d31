package import PublishWire
package import Torrents

/// Follows magnet links that name a publisher's item in the DHT instead of a torrent (BEP 46).
package struct PublisherLinks: Sendable {
    private let engine: any TorrentEngine
    private let items: ItemBook
    private let roots: RootBook
    private let trust: any TrustKeeping
    private let patience: Duration
    private let clock: @Sendable () -> Int64

    /// - Parameter engine: one whose DHT is on.
    package init(
        engine: any TorrentEngine, folder: CatalogueFolder, trust: any TrustKeeping, patience: Duration = .seconds(20),
        clock: @escaping @Sendable () -> Int64 = { Clock.now }
    ) {
        self.engine = engine
        items = ItemBook(folder: folder, clock: clock)
        roots = RootBook(folder: folder, clock: clock)
        self.trust = trust
        self.patience = patience
        self.clock = clock
    }

    /// The torrent that the newest item names. An item older than one that was seen before is refused; where nobody has
    /// the item now, the one that was seen last counts.
    package func torrent(of publisher: MagnetLink.Publisher) async throws -> TorrentItem {
        guard let author = PublisherKey(publisher.key) else {
            throw PublishError(
                .badKey, "the magnet link names something that is no publisher's key",
                hint: "copy the whole link again")
        }
        let seeker = ItemSeeker(engine: engine, book: items)
        let left = await seeker.waitForNodes(patience)
        let clock = clock
        let answer = await seeker.newest(key: publisher.key, salt: publisher.salt, patience: left) {
            item throws(PublishError) in
            try TorrentItem(item).checkCurrent(sequence: item.sequence, at: clock())
        }
        try Task.checkCancellation()
        switch answer {
        case .newest(let item):
            let torrent = try TorrentItem(item)
            try await checkAuthority(torrent, of: author)
            return torrent
        case .refused(let error): throw error
        case .nothing:
            throw PublishError(
                .notFound, "nobody in the DHT has the item that \(author.shortForm) is said to publish",
                hint: "items vanish when nobody repeats them; try again when the publisher is there, or ask it for a "
                    + "magnet link that names a torrent")
        }
    }

    /// An operating key speaks as long as its identity lets it.
    private func checkAuthority(_ torrent: TorrentItem, of author: PublisherKey) async throws {
        let identity = torrent.delegation?.identity ?? author
        let word = await roots.identityItem(of: identity).flatMap { try? IdentityItem($0) }
        let isWithdrawn = try await trust.book().isWithdrawn(identity)
        guard !isWithdrawn, word?.isRevoked != true else {
            throw PublishError(
                .revoked, "the key \(identity.shortForm), for which the link speaks, was withdrawn",
                hint: "ask the publisher for a new link")
        }
        if let delegation = torrent.delegation, let newest = word?.delegation,
            delegation.notBefore < newest.notBefore
        {
            throw PublishError(
                .rolledBack, "\(identity.shortForm) has another operating key by now than the link's",
                hint: "ask the publisher for a new link")
        }
    }
}

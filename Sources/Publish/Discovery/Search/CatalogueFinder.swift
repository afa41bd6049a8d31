package import PublishWire

/// The catalogue as that by which a model is found that somebody wants to fetch.
///
/// Where the namespace is pinned, its publisher's own word in the DHT is asked for together with the indexes: it says
/// which torrent the newest version is, also while nobody gives the index away.
package struct CatalogueFinder: ModelFinder {
    private let discoverer: Discoverer
    private let timeout: Duration
    private let publisher: String?
    private let isOffline: Bool
    /// How long the index is waited for when the publisher's word is there: it also tells the version.
    var grace: Duration = .seconds(5)

    /// - Parameters:
    ///   - publisher: whose it must be, where several use one name.
    ///   - isOffline: whether only what is on this machine is searched.
    package init(
        _ discoverer: Discoverer, timeout: Duration = .seconds(30), publisher: String? = nil, isOffline: Bool = false
    ) {
        self.discoverer = discoverer
        self.timeout = timeout
        self.publisher = publisher
        self.isOffline = isOffline
    }

    package func find(_ name: ModelName) async throws -> FoundModel? {
        guard let seeker = discoverer.wordSeeker, !isOffline, let owner = try await owner(of: name) else {
            return try await listed(name)?.model
        }
        return try await withThrowingTaskGroup(of: News.self) { group in
            let patience = min(timeout, .seconds(12))
            group.addTask { .listed(await Self.result { try await listed(name) }) }
            group.addTask { .word(await seeker.word(of: owner, on: name.id, patience: patience)) }
            defer { group.cancelAll() }
            var (search, word): (Result<Listed?, any Error>?, PublisherWord?) = (nil, nil)
            var isWordHere = false
            while let news = try await group.next() {
                switch news {
                case .listed(let result):
                    if let found = try? result.get(), found.isCurrent { return found.model }
                    search = result
                case .word(let said):
                    (word, isWordHere) = (said, true)
                    if said != nil, search == nil {
                        let grace = grace
                        group.addTask {
                            try? await Task.sleep(for: grace)
                            return .late
                        }
                    }
                case .late:
                    return word?.model
                }
                if let search, isWordHere { return try Self.choose(search, word) }
            }
            throw CancellationError()
        }
    }

    private enum News: Sendable {
        case listed(Result<Listed?, any Error>)
        case word(PublisherWord?)
        case late
    }

    /// What the indexes tell.
    private struct Listed: Sendable {
        var model: FoundModel
        var published: Int64
        /// Whether it stands in the index that the publisher's newest root names.
        var isCurrent: Bool
    }

    /// To whom the namespace is pinned, where that publisher's word on its newest version is what is asked for.
    private func owner(of name: ModelName) async throws -> PublisherKey? {
        let book = try await discoverer.trust.book()
        guard name.version == nil, let pin = book.pin(of: name.id.namespace), !book.isWithdrawn(pin.key) else {
            return nil
        }
        return publisher.map { pin.key.isNamed(by: $0) } ?? true ? pin.key : nil
    }

    private func listed(_ name: ModelName) async throws -> Listed? {
        var order = DiscoverOrder(id: name.id)
        order.timeout = timeout
        order.isOffline = isOffline
        order.allVersions = name.version != nil
        let discovery = try await discoverer.discover(order)
        let found: Catalogue.Listing
        do {
            found = try ModelChoice.choose(name.id, version: name.version, publisher: publisher, among: discovery)
        } catch {
            guard error.code == .unknownModel else { throw error }
            return nil
        }
        let entry = found.entry
        let standing = discovery.standings[found.publisher] ?? []
        let model = FoundModel(
            link: entry.link, name: ModelName(entry.id, version: entry.isBare ? nil : entry.revision),
            manifestHash: entry.isBare ? nil : entry.manifest, publisher: found.publisher)
        return Listed(
            model: model, published: entry.published,
            isCurrent: !entry.isBare && standing.isDisjoint(with: [.outdated, .stale]))
    }

    /// The newer of two; of the same torrent what the index tells, which is more.
    private static func choose(_ search: Result<Listed?, any Error>, _ word: PublisherWord?) throws -> FoundModel? {
        guard let word else { return try search.get()?.model }
        guard let listed = try? search.get() else { return word.model }
        let isSame = listed.model.link.hashes == word.model.link.hashes
        return isSame || word.time < listed.published ? listed.model : word.model
    }

    private static func result<Value: Sendable>(
        _ body: @Sendable () async throws -> Value
    ) async -> Result<Value, any Error> {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}

extension CatalogueEntry {
    /// The magnet link of its torrent, with both hashes where it has both.
    package var link: MagnetLink {
        var link = MagnetLink(hashes)
        link.displayName = isBare ? id.text : "\(id.text)@\(revision)"
        link.size = isBare ? nil : size
        return link
    }
}

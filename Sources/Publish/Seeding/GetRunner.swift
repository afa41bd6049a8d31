package import PublishWire
package import Torrents
internal import Transfer

/// Gets models for a desk as `shoal get` does, through the desk's own engine.
package struct GetRunner: DownloadRunning {
    /// What downloads work with, and who finds models by their names.
    package struct Means: Sendable {
        package var context: GetContext
        package var finder: (any ModelFinder)?
        /// Follows links that name a publisher; nil without the DHT.
        package var links: PublisherLinks?
        package var home: String
        /// How long nothing may come; nil waits for ever.
        package var timeout: Duration?
        /// Whether trackers that torrents name are left out.
        package var leavesOutTrackers = false

        package init(context: GetContext, finder: (any ModelFinder)?, home: String) {
            self.context = context
            self.finder = finder
            self.home = home
        }
    }

    /// Copies a repository of a hub and publishes it.
    package typealias Mirroring =
        @Sendable (
            _ order: DownloadOrder, _ progress: @escaping @Sendable (DownloadProgress) -> Void
        ) async throws -> Void

    private let means: @Sendable (any TorrentEngine) async -> Means
    private let mirroring: Mirroring?

    package init(
        means: @escaping @Sendable (any TorrentEngine) async -> Means, mirroring: Mirroring? = nil
    ) {
        self.means = means
        self.mirroring = mirroring
    }

    package func download(
        _ order: DownloadOrder, with engine: any TorrentEngine,
        progress: @escaping @Sendable (DownloadProgress) -> Void
    ) async throws {
        if order.mirror != nil {
            guard let mirroring else {
                throw PublishError(.unsupported, "this agent copies nothing from hubs", hint: "use 'shoal mirror'")
            }
            return try await mirroring(order, progress)
        }
        let means = await means(engine)
        let wanted = try await resolve(order, means)
        let download = TorrentDownload(wanted, in: means.context, observer: SilentObserver()) { news in
            progress(DownloadProgress(news))
        }
        _ = try await download.run()
    }

    package func discard(_ order: DownloadOrder, _ hashes: InfoHashes?, with engine: any TorrentEngine) async {
        // Of what was given up before it was known what it is, nothing has come.
        guard order.mirror == nil, let hashes else { return }
        TorrentDownload.discard(hashes, at: order.folder, in: await means(engine).context.folder)
    }

    private func resolve(_ order: DownloadOrder, _ means: Means) async throws -> GetOrder {
        let resolver = SubjectResolver(
            registry: means.context.registry, finder: means.finder, links: means.links,
            transport: means.context.transport, home: means.home)
        var wanted = try await resolver.resolve(try GetSubject(parsing: order.subject), version: order.version)
        wanted.folder = order.folder
        wanted.include = order.include
        wanted.exclude = order.exclude
        wanted.seeds = order.seeds
        wanted.timeout = means.timeout
        // Who asks over the API has named no server of this site.
        wanted.isFromDisk = false
        if means.leavesOutTrackers { wanted.leaveOutForeignTrackers() }
        return wanted
    }
}

extension DownloadProgress {
    init(_ news: GetProgress) {
        self.init()
        phase = news.phase.rawValue
        model = news.name
        version = news.version
        hashes = news.hashes
        total = news.total
        done = news.done
        received = news.fromPeers
        given = news.given
        downloadRate = news.downloadRate
        uploadRate = news.uploadRate
        peers = news.peers
        seeders = news.seeders
    }
}

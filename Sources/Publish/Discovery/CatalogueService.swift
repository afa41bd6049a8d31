package import Logging
internal import PublishWire
internal import SwarmWire
package import Torrents

/// The catalogue's part of a process that runs for long: publishes, repeats what it follows, talks with others, keeps
/// the indexes of others fresh and gives them away.
package final class CatalogueService: Sendable {
    package struct Settings: Sendable {
        /// Whether the own index is published.
        package var isPublished = true
        /// Between two looks at the publishers that are followed.
        package var refresh: Duration = .seconds(30 * 60)
        package var timing = PublishTiming()
        /// At least so long between two looks that news has brought about.
        package var spacing: Duration = .seconds(15)
        /// Between two announces in the DHT, and meetings.
        package var meeting: Duration = .seconds(15 * 60)
        /// Between two repetitions of what is followed.
        package var repetition: Duration = .seconds(60 * 60)
        /// Whether peers inside this site may be called: only in a DHT of one's own.
        package var reachesLocal = false
        package var limits = CatalogueLimits()

        package init() {}

        package init(_ settings: PublishSettings) {
            isPublished = settings.catalogue.isPublished
            limits = settings.catalogue.limits
            refresh = .seconds(60 * max(settings.catalogue.refreshMinutes, 1))
            timing = PublishTiming(interval: .seconds(60 * max(settings.catalogue.republishMinutes, 1)))
            let nodes = (settings.network.bootstrapNodes ?? []).compactMap { PeerAddress($0) }
            reachesLocal = !nodes.isEmpty && nodes.allSatisfy { $0.literal?.isLocal ?? false }
        }
    }

    package let publisher: CataloguePublisher
    package let discoverer: Discoverer
    package let roots: RootBook
    let settings: Settings
    let engine: any TorrentEngine
    let gossip: RootGossip
    let folder: CatalogueFolder
    let trust: any TrustKeeping
    let models: any PublishedModels
    let logger: Logger
    let seeds: IndexSeeds
    private let bell = Bell()

    /// - Parameter engine: one whose DHT is on; where it is off there is no use for this.
    package init(
        engine: any TorrentEngine, folder: CatalogueFolder, trust: any TrustKeeping, signer: any PublisherSigner,
        models: any PublishedModels, channel: any GossipTransport, settings: Settings = Settings(),
        clock: @escaping @Sendable () -> Int64 = { Clock.now }, logger: Logger
    ) {
        self.engine = engine
        self.folder = folder
        self.trust = trust
        self.models = models
        self.settings = settings
        self.logger = logger
        roots = RootBook(folder: folder, clock: clock)
        gossip = RootGossip(
            engine: engine, channel: channel, book: roots, reachesLocal: settings.reachesLocal, logger: logger)
        publisher = CataloguePublisher(
            engine: engine, folder: folder, signer: signer, models: models, book: roots, timing: settings.timing,
            clock: clock, logger: logger)
        discoverer = Discoverer(
            engine: engine, folder: folder, roots: roots, gossip: gossip, trust: trust, signer: signer, models: models,
            limits: settings.limits, clock: clock, logger: logger)
        seeds = IndexSeeds(engine: engine, folder: folder, limits: settings.limits)
    }

    /// Says that the registry, the keys or the trust book have changed.
    package func noteChange() {
        publisher.noteChange()
        bell.ring()
    }

    /// How far the own word has spread.
    package var publication: Publication {
        get async { await publisher.publication }
    }

    /// Works until the task is cancelled.
    package func run() async {
        FolderRemoval.removeAbandoned(in: folder.scratchFolder, now: Clock.now)
        await withDiscardingTaskGroup { group in
            group.addTask { await self.gossip.serve() }
            if settings.isPublished { group.addTask { await self.publisher.run() } }
            group.addTask { await self.meetAgainAndAgain() }
            group.addTask { await self.refreshAgainAndAgain() }
            group.addTask { await self.repeatAgainAndAgain() }
            group.addTask { for await _ in await self.gossip.news() { self.bell.ring() } }
        }
        try? await roots.save()
    }

    /// Announces this node where others look for it, and talks with those who are there.
    private func meetAgainAndAgain() async {
        await waitForNodes()
        while !Task.isCancelled {
            // What is held is announced to everybody: only public things are.
            let held = (try? await models.held()) ?? []
            await gossip.announce([Rendezvous.all] + held.prefix(200).map { Rendezvous.repo($0) })
            let met = await gossip.meet(at: Rendezvous.all, patience: .seconds(10))
            try? await roots.save()
            // Alone at first, one looks more often.
            let pause = met == 0 ? min(settings.meeting, .seconds(20)) : settings.meeting
            try? await Task.sleep(for: pause * Double.random(in: 0.85...1.15))
        }
    }

    /// Looks at the publishers that are followed, fetches what is new of them, and gives it away.
    private func refreshAgainAndAgain() async {
        await seeds.refresh(following: (try? await trust.book().publishers) ?? [], roots: roots)
        await waitForNodes()
        while !Task.isCancelled {
            let began = ContinuousClock.now
            var order = DiscoverOrder()
            order.timeout = .seconds(60)
            do {
                let found = try await discoverer.discover(order)
                for note in found.notes { logger.debug("catalogue", metadata: ["note": "\(note)"]) }
            } catch is CancellationError {
                return
            } catch {
                logger.warning("catalogue not refreshed", metadata: ["reason": "\(error)"])
            }
            await seeds.refresh(following: (try? await trust.book().publishers) ?? [], roots: roots)
            if await bell.wait(settings.refresh * Double.random(in: 0.9...1.1)) {
                try? await Task.sleep(until: began + settings.spacing, clock: .continuous)
            }
        }
    }

    /// Puts the items of those whom the user follows again: their owners may be away.
    private func repeatAgainAndAgain() async {
        await waitForNodes()
        let seeker = RootSeeker(engine: engine, book: roots)
        while !Task.isCancelled {
            let publishers = (try? await trust.book().publishers) ?? []
            let own = await publisher.publication.identity
            for one in publishers.sorted() where one != own {
                guard !Task.isCancelled else { return }
                await seeker.repeatItems(of: one, patience: .seconds(15))
            }
            try? await Task.sleep(for: settings.repetition * Double.random(in: 0.75...1))
        }
    }

    private func waitForNodes() async {
        while await engine.nodeCount == 0 {
            guard (try? await Task.sleep(for: .milliseconds(250))) != nil else { return }
        }
    }
}

internal import ArgumentParser
internal import Commands
internal import HubClient
internal import Logging
internal import Publish
internal import PublishWire
internal import Terminal
internal import Torrents

/// Searches what others publish.
struct DiscoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover", abstract: "Search what others publish, without a hub.",
        discussion: """
            Asks the DHT for the publishers that you follow, and other nodes for those that they know; fetches their \
            signed lists, and shows what fits. What this machine knows already is shown at once.

            A query is words of a name, tag, format or licence, and terms such as author:org tag:chat format:gguf \
            quant:q4_k_m license:mit arch:llama kind:dataset size:<8G params:1B..9B; a minus in front turns one round.

            TRUST is 'trusted' for a publisher that you trust with the name, 'new' for one that you trust with others, \
            'unknown' for everybody else, and 'conflict' where the name belongs to somebody else ('shoal trust').

            EXAMPLES:
              shoal discover llama --format gguf --max-size 8G
              shoal discover --author org
              shoal discover 'org/*' --json
              shoal discover --follow KEY
            """)

    @Argument(help: "Words and terms; everything when there are none.")
    var query: [String] = []

    @OptionGroup(title: "Search") var terms: DiscoverTerms

    @Option(help: ArgumentHelp("Seconds to search at most.", valueName: "seconds"))
    var timeout = 30

    @Flag(help: "Search only what this machine knows.")
    var offline = false

    @Flag(help: "Compare what is found with the hub.")
    var checkHub = false

    @Option(
        name: .customLong("dht-node"),
        help: ArgumentHelp(
            "A node of the DHT to begin with (repeatable); by default network.dht_bootstrap_nodes.",
            valueName: "host:port"))
    var nodes: [String] = []

    @Option(
        help: ArgumentHelp(
            "Follow the publisher with this key from now on, without trusting it with any name (repeatable).",
            valueName: "key"))
    var follow: [String] = []

    @OptionGroup(title: "Hub") var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func validate() throws {
        guard (1...600).contains(timeout) else { throw ValidationError("--timeout is from 1 to 600 seconds") }
        for key in follow where PublisherKey(fingerprint: key) == nil {
            throw ValidationError("--follow takes a publisher's whole key, 52 letters and digits")
        }
        guard nodes.isEmpty || !offline else { throw ValidationError("--dht-node and --offline exclude each other") }
    }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        guard try offline || Environment.peerToPeer() != false else {
            throw Environment.peersAreOff(orElse: "; --offline searches what this machine knows")
        }
        let session = try PublishSession()
        let output = session.output(output)
        let order = try order()
        try await startFollowing(session)
        let screen = DiscoverScreen(isShown: !output.isForMachines)
        let settings = try session.hubSettings(hub)
        let discovery = try await ClientSession.withEngine(settings) { _, _, logger in
            try await Self.discover(order, session: session, nodes: nodes, screen: screen, logger: logger)
        }
        screen.clear()
        var report = DiscoverReport(discovery, pattern: query.joined(separator: " "))
        if checkHub {
            report.checks = try await ClientSession.withHub(settings) {
                await DiscoverReport.checks(discovery, HubCheck($0))
            }
        }
        try output.print(report, quiet: report.names) { report.lines(on: .output) }
        if discovery.listings.isEmpty { output.sayNone() }
        guard !output.isForMachines else { return }
        for note in discovery.notes.prefix(5) { TerminalStream.error.writeLine("note: " + TextWidth.printable(note)) }
        if !offline, discovery.nodes == 0 {
            TerminalStream.error.writeLine("warning: no node of the DHT was reached; this is what this machine knew")
        }
    }

    private func order() throws -> DiscoverOrder {
        let words = query.map { $0.contains(" ") ? "\"\($0)\"" : $0 }
        var order = DiscoverOrder(try CatalogueQuery((words + terms.words).joined(separator: " ")))
        if query.count == 1 { order.id = CatalogueID(described: query[0]) }
        order.timeout = .seconds(timeout)
        order.isOffline = offline
        order.allVersions = terms.allVersions
        return order
    }

    private func startFollowing(_ session: PublishSession) async throws {
        let keys = follow.compactMap { PublisherKey(fingerprint: $0) }
        guard !keys.isEmpty else { return }
        let limits = session.settings.catalogue.limits
        try await TrustFile.change(session.folder) { book throws(PublishError) in
            for key in keys { try limits.follow(key, in: &book, at: Clock.now) }
        }
    }

    /// Searches with an engine of this process's own, or without one.
    private static func discover(
        _ order: DiscoverOrder, session: PublishSession, nodes: [String], screen: DiscoverScreen, logger: Logger
    ) async throws -> Discovery {
        guard !order.isOffline else {
            let access = CatalogueAccess(session, engine: nil, reachesLocal: false, logger: logger)
            return try await access.discoverer.discover(order)
        }
        let settings = try CatalogueAccess.engineSettings(session, nodes: nodes)
        let engine = try await Libtorrent(settings)
        let access = CatalogueAccess(
            session, engine: engine, reachesLocal: CatalogueAccess.isLocal(settings.nodes), logger: logger)
        do {
            let discovery = try await access.discoverer.discover(order) { screen.show($0) }
            await engine.close(grace: .zero)
            return discovery
        } catch {
            await engine.close(grace: .zero)
            throw error
        }
    }
}

/// What is searched for, besides words.
struct DiscoverTerms: ParsableArguments {
    @Option(help: ArgumentHelp("Only what this namespace or publisher has.", valueName: "name|key"))
    var author: String?

    @Option(help: ArgumentHelp("Only this format, such as gguf.", valueName: "name"))
    var format: String?

    @Option(help: ArgumentHelp("Only this quantization, such as q4_k_m.", valueName: "name"))
    var quant: String?

    @Option(help: ArgumentHelp("Only this licence, such as apache-2.0.", valueName: "name"))
    var license: String?

    @Option(name: .customLong("tag"), help: ArgumentHelp("Only what has this tag (repeatable).", valueName: "word"))
    var tags: [String] = []

    @Option(help: ArgumentHelp("Only what has no more bytes than this, such as 8G.", valueName: "bytes"))
    var maxSize: String?

    @Flag(help: "All versions, not the newest of each publisher alone.")
    var allVersions = false

    var words: [String] {
        let terms = [
            ("author", author), ("format", format), ("quant", quant), ("license", license),
            ("size", maxSize.map { "<=\($0)" }),
        ]
        return (terms + tags.map { ("tag", $0) }).compactMap { key, value in
            value.map { "\(key):\"\($0.filter { $0 != "\"" })\"" }
        }
    }
}

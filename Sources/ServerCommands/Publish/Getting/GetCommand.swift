internal import ArgumentParser
internal import Commands
internal import HubClient
internal import Publish
internal import PublishWire
internal import SwarmWire
internal import Terminal

/// Gets a model from whoever has it.
struct GetCommand: AsyncParsableCommand, PatternTaking {
    static let argumentsBeforePlainPatterns = 1

    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Get a model from peers, web servers, hubs and the Xet swarm at once, every byte verified.",
        discussion: """
            MODEL is a name (ORG/NAME or ORG/NAME@VERSION), a magnet link (also one that names a publisher's item in \
            the DHT, xs=urn:btpk:), a .torrent file or its address, or an info-hash. Its files go below Shoal's folder, or into --output. A file is there when it is complete and is \
            what the torrent and its publisher's manifest say; until then everything lies in a hidden folder beside, and \
            the same command continues where it stopped.

            Files whose Xet hash the manifest names also come from the peers of 'shoal pull', who need not know the \
            torrent: from the agent of this machine, SHOAL_PEERS, SHOAL_TRACKERS, and with SHOAL_P2P=1 this network.

            The first publisher of a namespace (ORG) that you take something from is remembered; another one is refused. \
            'shoal trust' changes that.

            EXAMPLES:
              shoal get org/model
              shoal get org/model -o ./model --include '*.safetensors' '*.json'
              shoal get 'magnet:?xt=urn:btmh:1220…' --peer 192.0.2.7:6881
              shoal get model.torrent --no-seed
              shoal get org/model --hf-cache
            """)

    @Argument(help: ArgumentHelp("What to get.", valueName: "model"))
    var subject: String

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The folder to put the files into.", valueName: "dir"),
        completion: .directory)
    var output: String?

    @Flag(inversion: .prefixedNo, help: "Have the agent give it to others afterwards.")
    var seed = true

    @Flag(help: "Replace files that are there already and differ, whoever put them there.")
    var overwrite = false

    @OptionGroup var filter: FilterOptions

    @Flag(help: "Put the files into the Hugging Face cache too, where Python's libraries find them.")
    var hfCache = false

    @Option(
        name: [.long, .customLong("revision")], help: ArgumentHelp("The version of a model.", valueName: "version"))
    var version: String?

    @Option(
        help: ArgumentHelp(
            "Take it from the publisher with this key (at least eight characters of it).", valueName: "key"))
    var publisher: String?

    @Option(help: ArgumentHelp("Ask this peer too (repeatable).", valueName: "host:port"))
    var peer: [String] = []

    @Option(help: ArgumentHelp("Ask this tracker for peers too (repeatable).", valueName: "url"))
    var tracker: [String] = []

    @Option(
        name: .customLong("web-seed"),
        help: ArgumentHelp("Ask this server for files too (repeatable).", valueName: "url"))
    var webSeed: [String] = []

    @Flag(name: .customLong("skip-dht"), help: "Do not tell the DHT or other peers that you have it.")
    var skipDHT = false

    @Flag(name: .customLong("no-hub"), help: "Take nothing from a hub.")
    var noHub = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Give up when nothing comes for so many seconds; by default torrent.download_timeout, or never.",
            valueName: "seconds"))
    var timeout: Int?

    @Flag(name: .customLong("no-verify"), help: .hidden)
    var noVerify = false

    @OptionGroup(title: "Hub") var hub: HubOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var result: ResultOptions

    func validate() throws {
        if let timeout, timeout < 1 { throw ValidationError("--timeout takes seconds, at least 1") }
        if let publisher, PublisherKey.name(publisher).utf8.count < PublisherKey.leastName {
            throw ValidationError("--publisher takes a key, or at least eight characters of it, not '\(publisher)'")
        }
        if let output, output.isEmpty { throw ValidationError("--output is empty: name a folder") }
        for text in peer where PeerAddress(text) == nil {
            throw ValidationError("--peer takes HOST:PORT, not '\(text)'")
        }
        for text in tracker where !["http://", "https://", "udp://"].contains(where: { text.hasPrefix($0) }) {
            throw ValidationError("--tracker takes an address with http://, https:// or udp://, not '\(text)'")
        }
        for text in webSeed where !["http://", "https://"].contains(where: { text.hasPrefix($0) }) {
            throw ValidationError("--web-seed takes an address that begins with http:// or https://, not '\(text)'")
        }
    }

    func run() async throws {
        Interruption.install(wantsJSON: result.json, isResumable: true)
        guard !noVerify else {
            throw CommandFailure.usage(
                "files that nobody has verified may be anything, so --no-verify is refused",
                hint: "leave it out; verifying goes on while files come, and costs next to nothing")
        }
        guard try Environment.peerToPeer() != false else { throw Environment.peersAreOff() }
        let session = try PublishSession()
        let settings = try session.hubSettings(hub)
        guard !settings.isOffline else {
            throw CommandFailure(
                code: "offline", message: "the network is switched off (HF_HUB_OFFLINE)",
                hint: "'shoal list' shows which models are here")
        }
        try await GetRun(command: self, session: session, settings: settings, output: session.output(result)).run()
    }
}

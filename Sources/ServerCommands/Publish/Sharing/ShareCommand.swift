internal import ArgumentParser
internal import Commands
internal import HubClient
internal import Publish
internal import PublishWire
internal import Terminal
internal import Torrents

/// Publishes a model.
struct ShareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "share", abstract: "Publish a model or dataset as a torrent, without a hub.",
        discussion: """
            Makes a torrent for BitTorrent v1 and v2 of a folder, where it lies, with a manifest that you sign; notes it \
            in the registry, and has the agent give it to others. Prints the magnet link.

            A name in place of a folder is a model of the registry that is given again, or a public model in the \
            Hugging Face cache, which is given from there without a copy. A .torrent is taken in with the folder of its \
            files. The same files under the same name always make the same torrent.

            EXAMPLES:
              shoal share ./my-model --name me/my-model --license apache-2.0
              shoal share org/model
              shoal share ./data --name me/data --kind dataset --license cc-by-4.0 --version 1.0
              shoal share --all
              shoal share model.torrent ./models/model
            """)

    @Argument(
        help: ArgumentHelp("A folder, a file, a model's name, or a .torrent.", valueName: "path|model"),
        completion: .directory)
    var subject: String?

    @Argument(
        help: ArgumentHelp("The folder with the files of a .torrent.", valueName: "folder"), completion: .directory)
    var folder: String?

    @Flag(help: "Give everything again that the registry knows.")
    var all = false

    @OptionGroup(title: "What it is") var description: ShareOptions

    @Flag(inversion: .prefixedNo, help: "Have the agent give it to others now.")
    var seed = true

    @OptionGroup(title: "Hub") var hub: HubOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var output: ResultOptions

    func validate() throws {
        guard all != (subject != nil) else {
            throw ValidationError(all ? "--all takes no name" : "name a folder or a model, or use --all")
        }
        guard !all || !description.isNaming else {
            throw ValidationError("--all gives everything as it is: leave out what describes one model")
        }
        guard folder == nil || subject?.hasSuffix(".torrent") == true else {
            throw ValidationError("a second folder belongs to a .torrent")
        }
    }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let session = try PublishSession()
        let output = session.output(output)
        let settings = try session.hubSettings(hub)
        let display = ProgressDisplay(mode: session.progressMode(progress, for: output))
        let title = "sharing " + (subject ?? "all models")
        let run = ShareRun(session: session, options: description, seeds: seed, display: display)
        let reports = try await display.run(title: title) {
            try await ClientSession.withHub(settings) { hub in
                try await PublishSession.withQuietEngine { engine in
                    let worker = run.worker(hub: hub, engine: engine)
                    if let subject { return [try await worker.share(subject, folder: folder)] }
                    return try await worker.shareAll()
                }
            }
        }
        let isTold = seed && reports.contains { $0.failure == nil } ? await session.tellAgent() : false
        let documents = reports.map { ShareDocument($0, session.registry, isTold: isTold) }
        if all {
            try output.print(documents, quiet: documents.compactMap(\.magnet)) { documents.flatMap(\.lines) }
        } else if let document = documents.first {
            try output.print(document, quiet: [document.magnet ?? ""]) { document.lines }
        }
        guard reports.contains(where: { $0.failure != nil }) else { return }
        for report in reports where !output.json {
            guard let failure = report.failure else { continue }
            TerminalStream.error.writeLine("error: \(TextWidth.printable("\(report.name): \(failure.message)"))")
            if let hint = failure.hint { TerminalStream.error.writeLine("hint: \(TextWidth.printable(hint))") }
        }
        throw ExitCode(1)
    }
}

/// What is said about a model that is shared.
struct ShareOptions: ParsableArguments {
    @Option(help: ArgumentHelp("What it is called: ORG/NAME.", valueName: "org/name"))
    var name: String?

    @Option(help: ArgumentHelp("Its licence, such as apache-2.0, mit, cc-by-4.0 or other.", valueName: "name"))
    var license: String?

    @Option(help: ArgumentHelp("What this version is called; by default main.", valueName: "name"))
    var version: String?

    @Option(help: ArgumentHelp("model or dataset.", valueName: "kind"))
    var kind: String?

    @Option(help: ArgumentHelp("One or some sentences about it.", valueName: "text"))
    var description: String?

    @Option(help: ArgumentHelp("A word to find it by (repeatable).", valueName: "word"))
    var tag: [String] = []

    @Option(
        help: ArgumentHelp(
            "Bytes of a piece, a power of two such as 4M; by default torrent.piece_length, or chosen by size.",
            valueName: "bytes"))
    var pieceLength: String?

    @Option(help: ArgumentHelp("hybrid (v1 and v2), v2 or v1.", valueName: "format"))
    var format: String?

    @Flag(
        name: .customLong("skip-dht"), inversion: .prefixedNo,
        help: "Do not tell the DHT, other peers or the catalogue: only who has the link finds you, by a tracker.")
    var skipDHT: Bool?

    @Flag(inversion: .prefixedNo, help: "Sign the manifest; by default security.sign_manifests.")
    var sign: Bool?

    @Option(
        name: .customLong("tracker"),
        help: ArgumentHelp("A tracker that peers find each other by (repeatable).", valueName: "url"))
    var trackers: [String] = []

    @Option(
        name: .customLong("web-seed"),
        help: ArgumentHelp("An address where the files can be had too (repeatable).", valueName: "url"))
    var webSeeds: [String] = []

    /// Whether something is said that can only be about one model.
    var isNaming: Bool {
        name != nil || license != nil || version != nil || kind != nil || description != nil || !tag.isEmpty
            || pieceLength != nil || format != nil || sign != nil || !trackers.isEmpty || !webSeeds.isEmpty
    }
}

internal import ArgumentParser
internal import Commands
internal import HubClient
internal import Publish
internal import PublishWire
internal import Terminal

/// Looks for models again.
struct RegistryRebuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Look for models again, and mend what the registry says of them.",
        discussion: """
            Entries that are missing or damaged are made anew from the torrents beside them, wherever their files are \
            now: among the models or in the Hugging Face cache. Folders and cached models without an entry are listed; \
            'shoal share' makes one. Where an entry was lost nothing tells whether its model was public: it is given to \
            nobody until 'shoal share ORG/NAME' gives it again, with --no-skip-dht if everybody may know of it.
            """,
        aliases: ["scan"])

    @OptionGroup(title: "Hub") var hub: HubOptions
    @OptionGroup var output: ResultOptions

    private struct Document: Encodable {
        struct Found: Encodable {
            var name: String
            var folder: String
            var bytes: Int64
            /// Whether it lies in a Hugging Face cache.
            var cached: Bool
        }

        var kept: [String]
        var restored: [String]
        /// Of those, the ones that are given to nobody until the user says so.
        var resting: [String]
        var faults: [String]
        var unshared: [Found]
    }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let session = try PublishSession()
        let output = session.output(output)
        try session.folder.prepare()
        let result = try await session.registry.rebuild(caches: session.caches(try session.hubSettings(hub)))
        let document = Document(
            kept: result.kept.map(\.name.description), restored: result.restored.map(\.name.description),
            resting: result.resting.map(\.name.description), faults: result.faults,
            unshared: result.candidates.map {
                Document.Found(name: $0.id.description, folder: $0.folder, bytes: $0.size, cached: $0.isCached)
            })
        if result.restored.contains(where: \.seeds) { _ = await session.tellAgent() }
        try output.print(document, quiet: document.restored) {
            var lines = [
                "\(Plural.count(document.kept.count, "entry", "entries")) in order, \(document.restored.count) made anew"
            ]
            lines += document.restored.map { "made anew    \($0)" }
            lines += document.resting.map {
                "not given    \($0): nothing tells whether it was public; 'shoal share \($0) [--no-skip-dht]' gives it again"
            }
            lines += document.faults.map { "out of order \($0)" }
            lines += document.unshared.map {
                "not shared   \($0.name) \(ByteText.size(UInt64(max(0, $0.bytes)))) in \($0.folder)"
            }
            return lines.map(TextWidth.printable)
        }
    }
}

/// Takes a model out of the registry.
struct RegistryRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Forget a model and its torrent; its files stay.")

    @Argument(help: ArgumentHelp("ORG/NAME or ORG/NAME@VERSION.", valueName: "model"))
    var model: String

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var output: ResultOptions

    private struct Document: Encodable {
        var removed: String
    }

    func run() async throws {
        let session = try PublishSession()
        let output = session.output(output)
        let name = try ModelName(parsing: model)
        guard let entry = try session.registry.find(name.id, version: name.version) else {
            throw PublishError.unknown(name)
        }
        Confirmation.announce(
            "what is known of \(entry.name)", ["  - its torrent and manifest; the files in \(entry.folder) stay"],
            as: output)
        try Confirmation.require(yes, as: output)
        try await session.registry.remove(entry.name)
        if AgentClient() != nil { _ = await session.tellAgent() }
        try output.print(Document(removed: entry.name.description), quiet: [entry.name.description]) {
            ["forgot \(entry.name)"]
        }
    }
}

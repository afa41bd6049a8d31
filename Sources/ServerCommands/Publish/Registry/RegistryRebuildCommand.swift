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
            now: among the models or in the Hugging Face cache. A folder among the models whose signed manifest is yours, \
            or a trusted publisher's, is taken back, if its torrent is still there or is the same when it is made anew. \
            Other folders, and cached models, are listed with the command that shares them. Where an entry was lost nothing tells whether its model was public: it is given to \
            nobody until 'shoal share ORG/NAME' gives it again, with --no-skip-dht if everybody may know of it.
            """,
        aliases: ["scan"])

    @OptionGroup(title: "Hub") var hub: HubOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var output: ResultOptions

    private struct Document: Encodable {
        struct Found: Encodable {
            var name: String
            var version: String?
            var folder: String
            var bytes: Int64
            /// Whether it lies in a Hugging Face cache.
            var cached: Bool
            /// Why it was not taken back; nil where it has no manifest.
            var reason: String?

            /// The command that shares it.
            var command: String {
                if cached { return "shoal share \(name)" }
                let quoted = "'" + folder.replacing("'", with: "'\\''") + "'"
                return "shoal share \(quoted) --name \(name)"
                    + (version.map { " --version \($0)" } ?? "")
            }
        }

        var kept: [String]
        var restored: [String]
        /// Taken back by their manifests.
        var taken: [String]
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
        let outcomes = try await takeBack(result.candidates, session, output)
        var document = Document(
            kept: result.kept.map(\.name.description), restored: result.restored.map(\.name.description), taken: [],
            resting: result.resting.map(\.name.description), faults: result.faults, unshared: [])
        for candidate in result.candidates {
            var found = Document.Found(
                name: candidate.id.description, version: candidate.version, folder: candidate.folder,
                bytes: candidate.size, cached: candidate.isCached)
            switch outcomes[candidate] {
            case .taken(let entry):
                document.taken.append(entry.name.description)
                document.resting.append(entry.name.description)
                continue
            case .left(let reason): found.reason = reason
            case nil: break
            }
            document.unshared.append(found)
        }
        if result.restored.contains(where: \.seeds) { _ = await session.tellAgent() }
        let shown = document
        try output.print(shown, quiet: shown.restored + shown.taken) { Self.lines(shown) }
    }

    /// Takes folders back that have a manifest.
    private func takeBack(
        _ candidates: [Registry.Candidate], _ session: PublishSession, _ output: ResultOptions
    ) async throws -> [Registry.Candidate: Sharer.TakenBack] {
        let described = candidates.filter {
            !$0.isCached && FileFacts("\($0.folder)/\(ModelManifest.fileName)")?.isFile == true
        }
        guard !described.isEmpty else { return [:] }
        let book = try TrustFile.read(session.folder)
        let settings = try session.hubSettings(hub)
        let display = ProgressDisplay(mode: session.progressMode(progress, for: output))
        return try await display.run(title: "looking at models") {
            try await ClientSession.withHub(settings) { hub in
                try await PublishSession.withQuietEngine { engine in
                    let sharer = Sharer(
                        session.folder, engine: engine, transfer: hub.engine,
                        observer: ProgressObserver(display: display))
                    var outcomes: [Registry.Candidate: Sharer.TakenBack] = [:]
                    for candidate in described {
                        outcomes[candidate] = try await sharer.takeBack(candidate, book: book)
                    }
                    return outcomes
                }
            }
        }
    }

    private static func lines(_ document: Document) -> [String] {
        var lines = [
            "\(Plural.count(document.kept.count, "entry", "entries")) in order, \(document.restored.count) made anew"
        ]
        lines += document.restored.map { "made anew    \($0)" }
        lines += document.taken.map { "taken back   \($0)" }
        lines += document.resting.map {
            "not given    \($0): nothing tells whether it was public; 'shoal share \($0) [--no-skip-dht]' gives it again"
        }
        lines += document.faults.map { "out of order \($0)" }
        for found in document.unshared {
            let version = found.version.map { "@\($0)" } ?? ""
            lines.append(
                "not shared   \(found.name)\(version) \(ByteText.size(UInt64(max(0, found.bytes)))) in \(found.folder)"
                    + (found.reason.map { ": \($0)" } ?? ""))
            lines.append("             to share it: \(found.command)")
        }
        return lines.map(TextWidth.printable)
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

internal import ArgumentParser
internal import Commands
internal import HubWire
internal import Publish
internal import PublishWire
internal import Terminal

/// The models of this machine.
struct ModelListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the models of this machine that have a torrent.",
        discussion: """
            Those that were shared, fetched or mirrored, with what the agent does with them. With a repository of a hub \
            as argument, 'shoal list' is 'shoal ls'.

            EXAMPLES:
              shoal list
              shoal list --json
            """)

    @OptionGroup var output: ResultOptions

    func run() async throws {
        let session = try PublishSession()
        let output = session.output(output)
        let listing = try session.registry.list()
        for fault in listing.faults { TerminalStream.error.writeLine("warning: \(TextWidth.printable(fault))") }
        let states = await Self.states()
        let models = listing.entries.map { ModelDocument($0, state: states[$0.hashes.short]) }
        try output.print(models, quiet: models.map(\.reference)) { Self.lines(models) }
        if models.isEmpty { output.sayNone() }
    }

    /// What the agent does with each torrent, by its hash; nothing where none runs.
    private static func states() async -> [[UInt8]: String] {
        let reply: JSONValue?
        do {
            reply = try await AgentClient.find()?.get("/v1/transfers")
        } catch {
            let failure = CommandFailure(describing: error)
            TerminalStream.error.writeLine("warning: what the agent does is not known: \(failure.message)")
            if let hint = failure.hint { TerminalStream.error.writeLine("hint: \(hint)") }
            return [:]
        }
        guard case .some(.array(let transfers)) = reply?["transfers"] else { return [:] }
        var states: [[UInt8]: String] = [:]
        for transfer in transfers {
            guard let status = transfer["status"]?.text else { continue }
            let state = status == "active" ? transfer["phase"]?.text ?? status : status
            for key in ["info_hash", "info_hash_v1", "info_hash_v2"] {
                guard let bytes = transfer[key]?.text.flatMap({ Hexadecimal.decode($0) }), bytes.count >= 20 else {
                    continue
                }
                states[Array(bytes.prefix(20))] = state
            }
        }
        return states
    }

    private static func lines(_ models: [ModelDocument]) -> [String] {
        guard !models.isEmpty else { return [] }
        var table = TextTable([
            .init("NAME"), .init("VERSION"), .init("SIZE", .right), .init("LICENCE"), .init("TYPE"), .init("FORMAT"),
            .init("STATE"),
        ])
        for model in models {
            table.append(
                TextWidth.printable(model.kind == "dataset" ? "datasets/\(model.name)" : model.name), model.version,
                ByteText.size(UInt64(max(0, model.bytes))), TextWidth.printable(model.license ?? "-"),
                TextWidth.printable(model.modelType ?? "-"), model.formats.joined(separator: ","), model.state)
        }
        return table.lines()
    }
}

/// A model as `shoal list --json` prints it.
struct ModelDocument: Encodable {
    var name: String
    var version: String
    var kind: String
    var origin: String
    var bytes: Int64
    var files: Int
    var license: String?
    var modelType: String?
    var formats: [String]
    var folder: String
    /// `seeding`, `paused`, … as the agent says; `waiting` for an agent; `not shared`; `missing` without its files.
    var state: String
    var isPublic: Bool
    var infoHashV1: String?
    var infoHashV2: String?
    var publisher: String?
    var magnet: String
    var added: Int64

    enum CodingKeys: String, CodingKey {
        case name, version, kind, origin, bytes, files, license, formats, folder, state, publisher, magnet, added
        case modelType = "model_type"
        case isPublic = "public"
        case infoHashV1 = "info_hash_v1"
        case infoHashV2 = "info_hash_v2"
    }

    init(_ entry: RegistryEntry, state: String?) {
        name = entry.id.text
        version = entry.version
        kind = entry.id.kind.rawValue
        origin = entry.origin.rawValue
        bytes = entry.size
        files = entry.fileCount
        license = entry.licence
        modelType = entry.modelType
        formats = entry.formats
        folder = entry.folder
        isPublic = entry.isPublic
        let isThere = FileFacts(entry.folder)?.isFolder == true
        self.state = !isThere ? "missing" : !entry.seeds ? "not shared" : state ?? "waiting"
        infoHashV1 = entry.hashes.v1.map(Hexadecimal.encode)
        infoHashV2 = entry.hashes.v2.map(Hexadecimal.encode)
        publisher = entry.publisher
        var link = MagnetLink(entry.hashes)
        link.displayName = entry.id.text
        magnet = link.description
        added = entry.added
    }

    var reference: String { "\(kind == "dataset" ? "datasets/" : "")\(name)@\(version)" }
}

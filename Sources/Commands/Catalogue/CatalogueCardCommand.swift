internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Synchronization
internal import Terminal

struct CatalogueCardCommand<Kind: CatalogueKind>: AsyncParsableCommand, TokenSending {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "card", abstract: "Print the card (README.md) of a \(Kind.type.rawValue).",
            discussion: """
                EXAMPLES:
                  shoal \(Kind.type.plural) card org/\(Kind.type.rawValue)
                  shoal \(Kind.type.plural) card org/\(Kind.type.rawValue) --metadata
                """)
    }

    @OptionGroup var repository: TypedRepoOptions<Kind>

    @Flag(help: "Only the metadata, which is YAML.")
    var metadata = false

    @Flag(help: "Only the text.")
    var text = false

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func validate() throws {
        if metadata, text { throw ValidationError("--metadata and --text exclude each other") }
    }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let request = PullRequest(repo: try repository.reference(), files: ["README.md"])
        let settings = try hub.settings()
        let result = try await ClientSession.pull(
            request, settings: settings, display: ProgressDisplay(mode: .none), title: "")
        let bytes = Mutex<[UInt8]>([])
        try await FileParts.forEach(of: result.path) { part in bytes.withLock { $0 += part } }
        let card = ModelCard(String(decoding: bytes.withLock { $0 }, as: UTF8.self))
        let document = ModelCard.Document(
            id: request.repo.id.description, metadata: text ? nil : card.metadata, text: metadata ? nil : card.text)
        if output.json || output.format == .agent { return try output.print(document, quiet: []) { [] } }
        TerminalStream.output.write(metadata ? card.metadata : text ? card.text : card.whole)
    }
}

/// A README with the metadata that hubs keep at its top.
struct ModelCard: Equatable {
    let whole: String
    /// The YAML between the two lines `---`, without them; empty when there is none.
    let metadata: String
    /// What stands below it.
    let text: String

    struct Document: Encodable {
        var id: String
        var metadata: String?
        var text: String?
    }

    init(_ whole: String) {
        self.whole = whole
        let lines = whole.split(separator: "\n", omittingEmptySubsequences: false)
        func isFence(_ line: Substring) -> Bool { line == "---" || line == "---\r" }
        guard let first = lines.first, isFence(first), let end = lines.dropFirst().firstIndex(where: isFence) else {
            metadata = ""
            text = whole
            return
        }
        metadata = lines[1..<end].map { $0 + "\n" }.joined()
        text = lines[(end + 1)...].joined(separator: "\n")
    }
}

public import ArgumentParser
public import HubClient
internal import HubWire
internal import Terminal

extension CatalogueQuery.Order: ExpressibleByArgument {}

struct CatalogueListCommand<Kind: CatalogueKind>: AsyncParsableCommand, TokenSending {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list", abstract: "List the hub's \(Kind.type.plural), or the files of one.",
            discussion: """
                EXAMPLES:
                  shoal \(Kind.type.plural) list --author org --limit 10
                  shoal \(Kind.type.plural) list --search bert --sort downloads
                  shoal \(Kind.type.plural) list org/\(Kind.type.rawValue) -R
                """,
            aliases: ["ls"])
    }

    @Argument(help: "List the files of this one.")
    var repo: String?

    @Option(help: "Words to search for.")
    var search: String?

    @Option(help: "Only those of a user or organization.")
    var author: String?

    @Option(help: "Only those with this tag (repeatable).")
    var filter: [String] = []

    @Option(help: "Only those for this task, such as text-generation; models only.")
    var pipelineTag: String?

    @Flag(inversion: .prefixedNo, help: "Only gated ones, or only those that are not.")
    var gated: Bool?

    @Option(help: "What to order by: created_at, downloads, last_modified, likes or trending_score.")
    var sort: CatalogueQuery.Order?

    @Option(parsing: .unconditional, help: "Most results; 0 lists all.")
    var limit = 30

    @Option(help: "Properties to return, separated by commas.")
    var expand: String?

    @Flag(name: [.customShort("R"), .long], help: "Descend into folders, when files are listed.")
    var recursive = false

    @Option(help: "A branch, tag or commit, when files are listed.")
    var revision: String?

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func validate() throws {
        if limit < 0 { throw ValidationError("--limit must not be negative") }
        let searches =
            search != nil || author != nil || !filter.isEmpty || pipelineTag != nil || gated != nil || sort != nil
            || expand != nil
        if repo != nil, searches {
            throw ValidationError("a search and the files of one repository exclude each other")
        }
        if repo == nil, recursive || revision != nil {
            throw ValidationError("--recursive and --revision are for the files of one repository")
        }
    }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let settings = try hub.settings()
        if let repo {
            var reference = try RepoReference(parsing: repo)
            try ExplicitRepo.apply(Kind.type, to: &reference, typed: repo)
            try ExplicitRepo.apply(revision: revision, to: &reference, typed: repo)
            let (target, isRecursive) = (reference, recursive)
            let entries = try await ClientSession.withHub(settings) {
                try await $0.tree(target, recursive: isRecursive)
            }
            try output.print(entries, quiet: ListCommand.lines(entries, quiet: true)) {
                ListCommand.lines(entries, quiet: false)
            }
            return
        }
        let query = try query()
        let found = try await ClientSession.withHub(settings) { try await $0.catalogue(Kind.type, query) }
        try output.print(found, quiet: found.compactMap { $0["id"]?.text }) { Self.lines(found) }
        if found.isEmpty { output.sayNone() }
    }

    private func query() throws -> CatalogueQuery {
        var query = CatalogueQuery()
        query.search = search
        query.author = author
        query.filters = filter
        query.pipelineTag = pipelineTag
        query.gated = gated
        query.sort = sort
        query.limit = limit > 0 ? limit : nil
        query.expand = try CatalogueExpansion.properties(expand, of: Kind.type)
        return query
    }

    private static func lines(_ found: [JSONValue]) -> [String] {
        guard !found.isEmpty else { return [] }
        var table = TextTable([.init("ID"), .init("UPDATED"), .init("DOWNLOADS", .right), .init("LIKES", .right)])
        for repo in found {
            table.append(
                repo["id"]?.text ?? "",
                String((repo["lastModified"]?.text ?? repo["createdAt"]?.text ?? "-").prefix(10)),
                repo["downloads"]?.whole.map { "\($0)" } ?? "-", repo["likes"]?.whole.map { "\($0)" } ?? "-")
        }
        return table.lines()
    }
}

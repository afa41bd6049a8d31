internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct RepoListCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List your repositories, or those of an organization, with their storage.",
        discussion: """
            EXAMPLES:
              shoal repos list
              shoal repos list --namespace org --type dataset --search bert
            """,
        aliases: ["ls"])

    @Option(help: "An organization; you yourself by default.")
    var namespace: String?

    @Option(name: [.customLong("repo-type"), .customLong("type")], help: "Only repositories of this type.")
    var repoType: RepoType?

    @Option(help: "Only names that contain this, in any case.")
    var search: String?

    @Option(parsing: .unconditional, help: "Most results; 0 lists all.")
    var limit = 30

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func validate() throws {
        if limit < 0 { throw ValidationError("--limit must not be negative") }
    }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let all = try await ClientSession.withHub(try hub.settings()) { try await $0.ownRepos(namespace: namespace) }
        let wanted = all.filter { repo in
            if let repoType, repo["type"]?.text != repoType.rawValue { return false }
            guard let search else { return true }
            return repo["id"]?.text?.lowercased().contains(search.lowercased()) ?? false
        }
        let shown = limit > 0 ? Array(wanted.prefix(limit)) : wanted
        try output.print(shown, quiet: shown.compactMap { $0["id"]?.text }) { Self.lines(shown) }
        if shown.isEmpty { output.sayNone() }
        if shown.count < wanted.count, !output.isForMachines {
            TerminalStream.error.writeLine("hint: showing \(shown.count) of \(wanted.count); --limit 0 lists all")
        }
    }

    static func lines(_ repos: [JSONValue]) -> [String] {
        var table = TextTable([
            .init("REPOSITORY"), .init("TYPE"), .init("UPDATED"), .init("ACCESS"), .init("STORAGE", .right),
        ])
        for repo in repos {
            table.append(
                repo["id"]?.text ?? "", repo["type"]?.text ?? "", String((repo["updatedAt"]?.text ?? "").prefix(10)),
                repo["visibility"]?.text ?? "", repo["storage"]?.whole.map { ByteText.size(UInt64(max($0, 0))) } ?? "-")
        }
        return repos.isEmpty ? [] : table.lines()
    }
}

internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct BranchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "branch", abstract: "Create, delete and list branches.",
        discussion: """
            EXAMPLES:
              shoal repos branch create org/model dev --revision v1.0
              shoal repos branch delete org/model dev
              shoal repos branch list org/model
            """,
        subcommands: [BranchListCommand.self, BranchCreateCommand.self, BranchDeleteCommand.self])
}

struct BranchListCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the branches of a repository.",
        discussion: """
            EXAMPLE:
              shoal repos branch list org/model
            """,
        aliases: ["ls"])

    @OptionGroup var name: RepoNameOptions
    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let repo = try name.reference()
        let branches = try await ClientSession.withHub(try hub.settings()) { try await $0.refs(repo).branches }
        try RefTable(title: "BRANCH", refs: branches).print(as: output)
    }
}

struct BranchCreateCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create a branch.",
        discussion: """
            EXAMPLE:
              shoal repos branch create org/model dev --revision v1.0
            """)

    @OptionGroup var name: RepoNameOptions

    @Argument(help: "The branch.")
    var branch: String

    @Option(help: "Where the branch begins: a branch, tag or commit; main by default.")
    var revision: String?

    @Flag(inversion: .prefixedNo, help: "Do not fail when the branch exists.")
    var existOk = false

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let repo = try name.reference()
        let isNew = try await ClientSession.withHub(try hub.settings()) { hub in
            try await hub.createBranch(branch, of: repo, at: revision, existOK: existOk)
        }
        try output.print(RepoChange(repoID: repo.id.description, branch: branch), quiet: [branch]) {
            [isNew ? "created branch \(branch) of \(repo)" : "\(repo) has a branch \(branch) already"]
        }
    }
}

struct BranchDeleteCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a branch.",
        discussion: """
            EXAMPLE:
              shoal repos branch delete org/model dev
            """)

    @OptionGroup var name: RepoNameOptions

    @Argument(help: "The branch.")
    var branch: String

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let repo = try name.reference()
        try await ClientSession.withHub(try hub.settings()) { try await $0.deleteBranch(branch, of: repo) }
        try output.print(RepoChange(repoID: repo.id.description, branch: branch), quiet: [branch]) {
            ["deleted branch \(branch) of \(repo)"]
        }
    }
}

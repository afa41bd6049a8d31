internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct BranchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "branch", abstract: "Create and delete branches.",
        discussion: """
            EXAMPLES:
              shoal repos branch create org/model dev --revision v1.0
              shoal repos branch delete org/model dev
            """,
        subcommands: [BranchCreateCommand.self, BranchDeleteCommand.self])
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
        try await ClientSession.withHub(try hub.settings()) { hub in
            try await hub.createBranch(branch, of: repo, at: revision, existOK: existOk)
        }
        try output.print(RepoChange(repoID: repo.id.description, branch: branch), quiet: [branch]) {
            ["created branch \(branch) of \(repo)"]
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

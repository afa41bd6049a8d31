internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct TagCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag", abstract: "Create, delete and list tags.",
        discussion: """
            EXAMPLES:
              shoal repos tag create org/model v1.0 -m 'First release'
              shoal repos tag list org/model
            """,
        subcommands: [TagListCommand.self, TagCreateCommand.self, TagDeleteCommand.self])
}

struct TagListCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the tags of a repository.",
        discussion: """
            EXAMPLE:
              shoal repos tag list org/model
            """,
        aliases: ["ls"])

    @OptionGroup var name: RepoNameOptions
    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let repo = try name.reference()
        let tags = try await ClientSession.withHub(try hub.settings()) { try await $0.refs(repo).tags }
        try RefTable(title: "TAG", refs: tags).print(as: output)
    }
}

struct TagCreateCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Give a revision a tag.",
        discussion: """
            EXAMPLE:
              shoal repos tag create org/model v1.0 --revision main -m 'First release'
            """)

    @OptionGroup var name: RepoNameOptions

    @Argument(help: "The tag.")
    var tag: String

    @Option(name: .shortAndLong, help: "A text for the tag.")
    var message: String?

    @Option(help: "What is tagged: a branch, tag or commit; main by default.")
    var revision: String?

    @Flag(inversion: .prefixedNo, help: "Do not fail when the tag exists.")
    var existOk = false

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let repo = try name.reference()
        let isNew = try await ClientSession.withHub(try hub.settings()) { hub in
            try await hub.createTag(tag, of: repo, at: revision, message: message, existOK: existOk)
        }
        try output.print(RepoChange(repoID: repo.id.description, tag: tag), quiet: [tag]) {
            [isNew ? "created tag \(tag) of \(repo)" : "\(repo) has a tag \(tag) already"]
        }
    }
}

struct TagDeleteCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a tag.",
        discussion: """
            Asks first; where nobody can be asked, --yes is needed.

            EXAMPLE:
              shoal repos tag delete org/model v1.0
            """)

    @OptionGroup var name: RepoNameOptions

    @Argument(help: "The tag.")
    var tag: String

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let repo = try name.reference()
        try Confirmation.require(yes, as: output, question: "delete the tag '\(tag)' of \(repo)?")
        try await ClientSession.withHub(try hub.settings()) { try await $0.deleteTag(tag, of: repo) }
        try output.print(RepoChange(repoID: repo.id.description, tag: tag), quiet: [tag]) {
            ["deleted tag \(tag) of \(repo)"]
        }
    }
}

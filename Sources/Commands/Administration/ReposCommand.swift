internal import ArgumentParser

/// The group of commands that change repositories, as `hf repos` has it.
struct ReposCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repos", abstract: "Create, change and delete repositories.",
        discussion: """
            EXAMPLES:
              shoal repos create org/model --private
              shoal repos branch create org/model dev
              shoal repos delete-files org/model '*.bin'
              shoal repos delete org/model
            """,
        subcommands: [
            RepoListCommand.self, RepoCreateCommand.self, RepoDeleteCommand.self, RepoMoveCommand.self,
            RepoDuplicateCommand.self, RepoSettingsCommand.self, RepoDeleteFilesCommand.self, BranchCommand.self,
            TagCommand.self,
        ],
        aliases: ["repo"])
}

/// What the commands of the group print with `--json`; the keys are those of `hf`.
struct RepoChange: Encodable {
    var repoID: String?
    var url: String?
    var fromID: String?
    var toID: String?
    var branch: String?
    var tag: String?

    enum CodingKeys: String, CodingKey {
        case repoID = "repo_id"
        case url
        case fromID = "from_id"
        case toID = "to_id"
        case branch, tag
    }
}

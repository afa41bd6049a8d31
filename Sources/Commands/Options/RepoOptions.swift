public import ArgumentParser
internal import HubClient
public import HubWire

extension RepoType: ExpressibleByArgument {}

/// Which repository, as what, and at which revision.
struct RepoOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The repository: NAMESPACE/NAME, datasets/NAMESPACE/NAME or an hf:// address."))
    var repo: String

    @Option(name: [.customLong("repo-type"), .customLong("type")], help: "What the repository holds.")
    var repoType: RepoType?

    @Option(help: "A branch, tag or commit; main by default.")
    var revision: String?

    /// The repository that argument and options name together.
    func reference() throws -> RepoReference {
        var reference = try RepoReference(parsing: repo)
        if let repoType { reference.type = repoType }
        if let revision { reference.revision = revision }
        return reference
    }
}

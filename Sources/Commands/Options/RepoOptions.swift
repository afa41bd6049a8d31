public import ArgumentParser
internal import HubClient
public import HubWire

extension RepoType: ExpressibleByArgument {}

/// Which repository, as what, and at which revision.
struct RepoOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The repository: NAMESPACE/NAME, datasets/NAMESPACE/NAME, an hf:// address, or a page of the hub."))
    var repo: String

    @Option(name: [.customLong("repo-type"), .customLong("type")], help: "What the repository holds.")
    var repoType: RepoType?

    @Option(help: "A branch, tag or commit; main by default.")
    var revision: String?

    /// The repository that argument and options name together, and the path in it that a pasted address has.
    func location(at hub: HubSettings) throws -> RepoLocation {
        var location = try RepoLocation(parsing: repo, endpoint: hub.endpoint)
        if let repoType { location.repo.type = repoType }
        if let revision { location.repo.revision = revision }
        return location
    }

    /// The repository that argument and options name together; an address with a path is wrong here.
    func reference() throws -> RepoReference {
        let location = try location(at: HubSettings.ofProcess())
        guard location.path == nil else {
            throw HubError(
                .badReference, "'\(repo)' names a path inside a repository; only the repository is expected here.",
                hint: "Give the path as an argument of its own.")
        }
        return location.repo
    }
}

public import ArgumentParser
internal import HubClient
public import HubWire

extension RepoType: ExpressibleByArgument {}

/// Which repository, as what, and at which revision.
struct RepoOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The repository: NAMESPACE/NAME, datasets/NAMESPACE/NAME, an hf:// address, or a page of the hub."),
        completion: .cachedRepo)
    var repo: String

    @Option(name: [.customLong("repo-type"), .customLong("type")], help: "What the repository holds.")
    var repoType: RepoType?

    @Option(help: "A branch, tag or commit; main by default.")
    var revision: String?

    /// The repository that argument and options name together, and the path in it that a pasted address has.
    func location(at hub: HubSettings) throws -> RepoLocation {
        var location: RepoLocation
        do {
            location = try RepoLocation(parsing: repo, endpoint: hub.endpoint)
        } catch {
            var plain = repo
            guard let quant = try QuantTag.take(from: &plain, option: nil) else { throw error }
            throw CommandFailure.usage(
                "'\(repo)' names the quantisation \(quant), which only 'shoal pull' understands",
                hint: "write \(plain) and the name of its file; 'shoal info \(plain)' lists the quantisations")
        }
        try ExplicitRepo.apply(repoType, to: &location.repo, typed: repo)
        try ExplicitRepo.apply(revision: revision, to: &location.repo, typed: repo)
        return location
    }

    /// The repository that argument and options name together; an address with a path is wrong here.
    func reference() throws -> RepoReference {
        let location = try location(at: Environment.settings())
        guard location.path == nil else {
            throw HubError(
                .badReference, "'\(repo)' names a path inside a repository; only the repository is expected here.",
                hint: "Give the path as an argument of its own.")
        }
        return location.repo
    }
}

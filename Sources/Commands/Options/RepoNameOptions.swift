internal import ArgumentParser
internal import HubClient
internal import HubWire

/// Which repository, as a whole.
struct RepoNameOptions: ParsableArguments {
    @Argument(
        help: "The repository: NAMESPACE/NAME, datasets/NAMESPACE/NAME or an hf:// address.", completion: .cachedRepo)
    var repo: String

    @Option(name: [.customLong("repo-type"), .customLong("type")], help: "What the repository holds.")
    var repoType: RepoType?

    /// The repository; neither a path nor a revision can be meant here.
    func reference() throws -> RepoReference {
        var reference = try RepoReference(parsing: repo)
        guard reference.revision == nil else {
            throw HubError(
                .badReference, "'\(repo)' names a revision; only the repository is expected here.",
                hint: "Leave out what begins with @.")
        }
        try ExplicitRepo.apply(repoType, to: &reference, typed: repo)
        return reference
    }
}

/// Who may see a repository, as flags.
struct VisibilityOptions: ParsableArguments {
    @Flag(inversion: .prefixedNo, help: "Only for those with access.")
    var `private`: Bool?

    @Flag(help: "For everybody.")
    var `public` = false

    @Flag(help: "Spaces only: the page for everybody, the files not.")
    var protected = false

    func validate() throws {
        guard [`private` == true, `public`, protected].count(where: { $0 }) <= 1 else {
            throw ValidationError("--private, --public and --protected exclude each other")
        }
    }

    /// Nil leaves the choice to the hub.
    var choice: RepoVisibility? {
        if protected { return .protected }
        if `public` { return .public }
        return `private`.map { $0 ? .private : .public }
    }
}

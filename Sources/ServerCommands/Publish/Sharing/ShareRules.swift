internal import Agent
internal import Commands
internal import HubClient
internal import HubWire
internal import Publish
internal import PublishWire
internal import Swarm

/// What the user has ruled about repositories (`SHOAL_SEED_RULES`), as it counts for what is shared as a torrent.
struct ShareRules: Sendable {
    let policy: SeedPolicy

    /// - Throws: for rules that cannot be read: what they forbid is not known then.
    init() throws(CommandFailure) {
        let text = Environment["SHOAL_SEED_RULES"] ?? ""
        guard let policy = SeedPolicy(parsing: text) else {
            throw .usage(
                "SHOAL_SEED_RULES takes PATTERN=never, =lan or =public, not '\(text)'", hint: "for example 'me/*=never'"
            )
        }
        self.policy = policy
    }

    /// How rules name a repository.
    static func name(of repo: RepoReference) -> String { repo.type.urlPrefix + repo.id.description }

    /// - Parameters:
    ///   - names: of the model, and of the repository that it comes from.
    ///   - repositories: folders of caches that it has files in.
    /// - Returns: how far it may go.
    /// - Throws: ``PublishError`` with code `not_public` for what is not to be given to anybody.
    @discardableResult
    func check(_ names: [String], repositories: [String] = []) throws(PublishError) -> SeedReach {
        let cached = repositories.compactMap { SeedableRepo.reference(folder: $0) }.map(Self.name)
        let names = names + cached
        guard let forbidden = names.first(where: { policy.reach(of: [$0]) == .nobody }) else {
            return policy.reach(of: names)
        }
        throw PublishError(
            .notPublic, "\(forbidden) is not to be given to anybody, by SHOAL_SEED_RULES",
            hint: "change the rule, if it is to be shared")
    }

    /// The same for a version of the registry.
    func check(_ entry: RegistryEntry) throws(PublishError) {
        let prefix = entry.id.kind == .dataset ? "datasets/" : ""
        try check([entry.id.description] + (entry.source.map { [prefix + $0.repo] } ?? []))
    }

    /// Makes sure of repositories of caches that strangers may have what lies in them, and that no rule is against it.
    static func permits(_ hub: Hub) -> @Sendable (_ repositories: [String]) async throws -> Void {
        { repositories in
            guard !repositories.isEmpty else { return }
            let reach = try ShareRules().check([], repositories: repositories)
            guard reach == .everybody else {
                throw PublishError(
                    .notPublic, "files lie in \(repositories[0]), which is to stay in this network by SHOAL_SEED_RULES",
                    hint: "change the rule, or share the repository itself by its name")
            }
            try await CachePrivacy(hub).require(repositories: repositories)
        }
    }
}

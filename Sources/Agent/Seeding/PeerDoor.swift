internal import HubClient
internal import Swarm
internal import Transfer

/// Who is asked for what the agent pulls: the same rules say who hears of a file and who gets it.
struct PeerDoor: Sendable {
    /// Nil where peers are switched off.
    let peers: SwarmPeers?
    let policy: SeedPolicy

    /// How far files of a repository may go from here.
    /// - Parameter isPublic: whether everybody may read them, which must be known.
    func access(of repo: RepoReference, isPublic: Bool) -> SeedAccess {
        guard peers != nil else { return .nobody }
        let name = RepoReference(type: repo.type, id: repo.id).description
        return policy.access(isPublic: isPublic) { Glob.matches($0, name) }
    }

    /// Nil where nobody is asked.
    func source(for access: SeedAccess) -> (any PeerSource)? { peers?.giving(to: access) }

    /// For a pull that finds out by itself whether everybody may read what it pulls.
    func source(for repo: RepoReference) -> (any PeerSource)? { source(for: access(of: repo, isPublic: true)) }
}

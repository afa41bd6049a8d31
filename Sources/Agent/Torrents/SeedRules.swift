internal import HubClient
internal import Publish
internal import Swarm

extension SeedPolicy {
    /// How far a torrent may go: whoever shared it has said that it may go anywhere, unless a rule says otherwise.
    func reach(of item: SeedItem) -> SeedReach {
        switch access(isPublic: true, matches: { Glob.matches($0, item.name) }) {
        case .nobody: .nobody
        case .neighbours, .secretHolders: .neighbours
        case .everybody: .everybody
        }
    }
}

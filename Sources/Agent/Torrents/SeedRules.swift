internal import HubClient
package import Publish
package import Swarm

extension SeedPolicy {
    /// How far a torrent may go: whoever shared it has said that it may go anywhere, unless a rule says otherwise.
    package func reach(of item: SeedItem) -> SeedReach { reach(of: [item.name] + item.sources) }

    /// The same for something that has several names: the strictest rule counts.
    package func reach(of names: [String]) -> SeedReach { names.map(reach).min() ?? .everybody }

    private func reach(_ name: String) -> SeedReach {
        switch access(isPublic: true, matches: { Glob.matches($0, name) }) {
        case .nobody: .nobody
        case .neighbours, .secretHolders: .neighbours
        case .everybody: .everybody
        }
    }
}

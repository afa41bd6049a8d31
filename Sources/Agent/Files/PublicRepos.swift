internal import HubClient
internal import Synchronization

/// Asks the upstream hub, as strangers do, which commits everybody may read, and remembers it for a while.
final class PublicRepos: Sendable {
    private static let lifetime = Duration.seconds(600)

    private let hub: Hub
    private let known = Mutex<[RepoReference: (isPublic: Bool, asked: ContinuousClock.Instant)]>([:])

    init(hub: Hub) { self.hub = hub }

    /// - Parameter repo: at a commit. What cannot be asked is taken for private.
    func contains(_ repo: RepoReference) async -> Bool {
        if let known = known.withLock({ $0[repo] }), known.asked.duration(to: .now) < Self.lifetime {
            return known.isPublic
        }
        let isPublic: Bool
        do {
            isPublic = try await hub.tellsStrangers(of: repo)
        } catch let error as HubError where error.code.isAbsence {
            return false
        } catch {
            isPublic = false
        }
        known.withLock { known in
            if known.count > 4096 { known = [:] }
            known[repo] = (isPublic, .now)
        }
        return isPublic
    }
}

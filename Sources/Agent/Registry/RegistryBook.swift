internal import HubClient
internal import HubWire
internal import Synchronization

/// Remembers for a while which content a digest means, and what repositories list, each caller for itself.
final class RegistryBook: Sendable {
    private struct Place: Hashable {
        var caller: Caller
        var repo: RepoID
    }

    private struct State {
        var blobs: [RepoID: [String: RegistryManifest.Blob]] = [:]
        var listings: [Place: (files: [RepoFile], asked: ContinuousClock.Instant)] = [:]
        /// Bytes that are made, not stored.
        var made = 0
    }

    private static let lifetime = Duration.seconds(60)
    private static let mostRepos = 512
    private static let mostMade = 32 << 20

    private let state = Mutex(State())

    func blob(_ digest: String, of repo: RepoID) -> RegistryManifest.Blob? {
        state.withLock { $0.blobs[repo]?[digest] }
    }

    func note(_ blobs: [String: RegistryManifest.Blob], of repo: RepoID) {
        let bytes = blobs.values.reduce(0) { $0 + ($1.bytes?.count ?? 0) }
        state.withLock { state in
            if state.blobs.count >= Self.mostRepos || state.made + bytes > Self.mostMade {
                state.blobs = [:]
                state.made = 0
            }
            state.made += bytes
            state.blobs[repo, default: [:]].merge(blobs) { $1 }
        }
    }

    func listing(of repo: RepoID, for caller: Caller) -> [RepoFile]? {
        state.withLock { state in
            guard let known = state.listings[Place(caller: caller, repo: repo)],
                known.asked.duration(to: .now) < Self.lifetime
            else { return nil }
            return known.files
        }
    }

    func note(_ files: [RepoFile], of repo: RepoID, for caller: Caller) {
        state.withLock { state in
            if state.listings.count >= Self.mostRepos { state.listings = [:] }
            state.listings[Place(caller: caller, repo: repo)] = (files, .now)
        }
    }
}

internal import Synchronization

/// Remembers which optional routes a CAS answered with "not offered", so that each is asked for once only.
public final class Capabilities: Sendable {
    enum Route: Hashable { case manifests, reconstructionV2, batchReconstruction, shardsV2, grants, chunks }

    private let missing = Mutex<Set<Route>>([])

    public init() {}

    func offers(_ route: Route) -> Bool { missing.withLock { !$0.contains(route) } }

    func markMissing(_ route: Route) { missing.withLock { _ = $0.insert(route) } }
}

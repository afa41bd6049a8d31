public import Logging
public import SwarmWire
public import Transport

/// Finds peers through HTTP trackers (BEP 3, 7, 23), and tells them of this node on an interval.
///
/// Each tracker has its own pace: one that fails is left alone for longer and longer, and the others go on. Trackers of
/// Shoal are told of many swarms in one request (docs/tracker.md).
public final class TrackerDiscovery: PeerDiscovery {
    private let announcers: [TrackerAnnouncer]

    public init(
        _ trackers: [TrackerURL], identity: NodeIdentity, transport: any HTTPTransport,
        settings: DiscoverySettings = .init(), logger: Logger
    ) {
        var seen: Set<TrackerURL> = []
        announcers = trackers.filter { seen.insert($0).inserted }.map { url in
            TrackerAnnouncer(
                client: TrackerClient(url: url, transport: transport, settings: settings), identity: identity,
                settings: settings, logger: logger)
        }
    }

    public func peers(for swarm: SwarmID, announcing state: AnnounceState) -> AsyncStream<[PeerAddress]> {
        AsyncStream(bufferingPolicy: .bufferingNewest(16)) { continuation in
            // A tracker tells everybody who asks.
            guard !announcers.isEmpty, state.reach != .local else {
                continuation.finish()
                return
            }
            let observer = state.observe { [announcers] in for announcer in announcers { announcer.wake() } }
            let seats = announcers.map { announcer in
                (announcer, announcer.join(swarm, state) { continuation.yield($0) })
            }
            continuation.onTermination = { _ in
                state.stopObserving(observer)
                for (announcer, seat) in seats { announcer.leave(seat) }
            }
        }
    }

    public func run() async {
        await withDiscardingTaskGroup { group in
            for announcer in announcers { group.addTask { await announcer.run() } }
        }
    }
}

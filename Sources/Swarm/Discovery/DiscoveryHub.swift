public import SwarmWire
internal import Synchronization

/// All ways to find peers, as one: no address twice, never this node's own, and none that has proved to be of no use.
public final class DiscoveryHub: PeerDiscovery {
    /// What is wrong with an address.
    public enum Fault: Sendable, Hashable {
        /// Nobody answers there, for now.
        case unreachable
        /// It has sent wrong bytes, or floods: it is not told again.
        case hostile
    }

    private struct Penalty: Sendable {
        /// nil: for as long as this process lives.
        var until: ContinuousClock.Instant?
        var strikes: Int
    }

    private let sources: [any PeerDiscovery]
    private let identity: NodeIdentity
    private let penalties = Mutex<[PeerAddress: Penalty]>([:])

    /// Addresses that are remembered as bad. Beyond that the oldest news is lost, and with it a failed connection won.
    private static let maximumPenalties = 10_000
    /// Addresses of one swarm that are told at all; who sends more is not helping.
    private static let maximumPeers = 2_000
    private static let firstPenalty = Duration.seconds(60)
    private static let longestPenalty = Duration.seconds(1_800)

    public init(_ sources: [any PeerDiscovery], identity: NodeIdentity) {
        self.sources = sources
        self.identity = identity
    }

    public func peers(for swarm: SwarmID, announcing state: AnnounceState) -> AsyncStream<[PeerAddress]> {
        let streams = sources.map { $0.peers(for: swarm, announcing: state) }
        return AsyncStream(bufferingPolicy: .bufferingNewest(64)) { continuation in
            let seen = SeenPeers()
            // Cancelled when the stream is let go of, which lets go of the sources' streams.
            let work = Task {
                await withDiscardingTaskGroup { group in
                    for stream in streams {
                        group.addTask {
                            for await found in stream {
                                let port = state.facts.port
                                let peers = seen.addresses.withLock { self.fresh(found, port: port, &$0) }
                                if !peers.isEmpty { continuation.yield(peers) }
                            }
                        }
                    }
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in work.cancel() }
        }
    }

    private func fresh(
        _ found: [PeerAddress], port: UInt16?, _ seen: inout Set<PeerAddress>
    ) -> [PeerAddress] {
        found.filter { address in
            guard !identity.isOwn(address, port: port) else { return false }
            if isBad(address) {
                // Told again, by whoever tells it then, once the penalty is over.
                seen.remove(address)
                return false
            }
            return seen.count < Self.maximumPeers && seen.insert(address).inserted
        }
    }

    public func run() async {
        await withDiscardingTaskGroup { group in
            for source in sources { group.addTask { await source.run() } }
        }
    }

    /// Runs the sources while `body` works, and lets them say goodbye afterwards.
    public func running<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        // Cancelled as soon as the body is done, and waited for.
        let work = Task { await self.run() }
        do {
            let result = try await body()
            work.cancel()
            await work.value
            return result
        } catch {
            work.cancel()
            await work.value
            throw error
        }
    }

    // MARK: Bad addresses

    /// Remembers that an address was of no use: for a minute, then longer each time; a hostile one for good.
    public func note(_ fault: Fault, at address: PeerAddress, now: ContinuousClock.Instant = .now) {
        penalties.withLock { penalties in
            if penalties[address] == nil, penalties.count >= Self.maximumPenalties {
                penalties = penalties.filter { $0.value.until.map { $0 > now } ?? true }
                if penalties.count >= Self.maximumPenalties { penalties.removeAll() }
            }
            let strikes = penalties[address]?.strikes ?? 0
            let isHostile = fault == .hostile || (strikes > 0 && penalties[address]?.until == nil)
            let pause = min(Self.firstPenalty * (1 << min(strikes, 8)), Self.longestPenalty)
            penalties[address] = Penalty(until: isHostile ? nil : now + pause, strikes: strikes + 1)
        }
    }

    /// Forgives what was noted of an address that works.
    public func noteWorking(_ address: PeerAddress) {
        penalties.withLock { penalties in
            if penalties[address]?.until != nil { penalties[address] = nil }
        }
    }

    /// Whether an address is not to be tried now.
    public func isBad(_ address: PeerAddress, now: ContinuousClock.Instant = .now) -> Bool {
        penalties.withLock { penalties in penalties[address].map { $0.until.map { now < $0 } ?? true } ?? false }
    }
}

/// What was told of one swarm, to all its sources.
private final class SeenPeers: Sendable {
    let addresses = Mutex<Set<PeerAddress>>([])
}

public import SwarmWire
internal import Synchronization

/// Finds peers through the peers that are connected already (BEP 11): keeps what each connection has been told, and what
/// it may tell.
public final class PeerExchange: PeerDiscovery {
    /// A connection, by a number of the caller's.
    public typealias Connection = UInt64

    /// The bounds of BEP 11 and p2p.md §4.4.
    public struct Limits: Sendable, Hashable {
        /// Between two messages on one connection.
        public var pause: Duration = .seconds(60)
        /// Addresses of each kind in one message.
        public var addresses = 50
        /// What may come in too early before the connection counts as hostile; clocks and networks are not exact.
        public var tolerated = 2

        public init() {}
    }

    /// What a message that came in leads to.
    public enum Verdict: Sendable, Hashable {
        case taken
        /// It came too soon after another; nothing was taken from it.
        case ignored
        /// The peer floods: it should be dropped.
        case hostile
    }

    private struct Line: Sendable {
        var swarm: SwarmID
        /// Where the other end listens; nil when it does not.
        var address: PeerAddress?
        var remote: IPLiteral?
        var told: Set<PeerAddress> = []
        /// The crew's number when there was nothing left to tell; nil while there may be something.
        var toldAll: UInt64?
        var lastSent: ContinuousClock.Instant?
        var lastReceived: ContinuousClock.Instant?
        var early = 0
    }

    /// The connections of one swarm.
    private struct Crew: Sendable {
        var lines: Set<Connection> = []
        /// Another one after each change.
        var number: UInt64
    }

    private struct Seat: Sendable {
        var swarm: SwarmID
        var deliver: @Sendable ([PeerAddress]) -> Void
    }

    private struct State: Sendable {
        var lines: [Connection: Line] = [:]
        var seats: [UInt64: Seat] = [:]
        var nextSeat: UInt64 = 0
        var nextLine: Connection = 0
        /// By swarm, so that nobody has to look through all the lines there are.
        var crews: [SwarmID: Crew] = [:]
        var nextCrew: UInt64 = 0

        mutating func enter(_ connection: Connection, _ line: Line) {
            leave(connection)
            lines[connection] = line
            nextCrew += 1
            crews[line.swarm, default: Crew(number: 0)].lines.insert(connection)
            crews[line.swarm]?.number = nextCrew
        }

        mutating func leave(_ connection: Connection) {
            guard let line = lines.removeValue(forKey: connection) else { return }
            nextCrew += 1
            crews[line.swarm]?.lines.remove(connection)
            crews[line.swarm]?.number = nextCrew
            if crews[line.swarm]?.lines.isEmpty == true { crews[line.swarm] = nil }
        }
    }

    private let limits: Limits
    private let state = Mutex(State())

    public init(limits: Limits = Limits()) { self.limits = limits }

    public func peers(for swarm: SwarmID, announcing announced: AnnounceState) -> AsyncStream<[PeerAddress]> {
        AsyncStream(bufferingPolicy: .bufferingNewest(16)) { continuation in
            // Peers of a private swarm are told by those alone who are named (BEP 27).
            guard announced.reach != .named else {
                continuation.finish()
                return
            }
            let number = state.withLock { state in
                state.nextSeat += 1
                state.seats[state.nextSeat] = Seat(swarm: swarm) { continuation.yield($0) }
                return state.nextSeat
            }
            continuation.onTermination = { [self] _ in state.withLock { _ = $0.seats.removeValue(forKey: number) } }
        }
    }

    // MARK: Connections

    /// A number that no other caller gets.
    func newConnection() -> Connection {
        state.withLock { state in
            state.nextLine += 1
            return state.nextLine
        }
    }

    /// Notes that a peer of a swarm has shaken hands.
    ///
    /// - Parameters:
    ///   - address: where it listens, which others may be told; nil when it does not.
    ///   - remote: the address of its end of the connection.
    public func connected(_ connection: Connection, in swarm: SwarmID, address: PeerAddress?, remote: IPLiteral?) {
        state.withLock { $0.enter(connection, Line(swarm: swarm, address: address, remote: remote)) }
    }

    public func disconnected(_ connection: Connection) {
        state.withLock { $0.leave(connection) }
    }

    /// What is to be told on a connection now; nil when it is too early, or there is nothing.
    public func message(
        for connection: Connection, now: ContinuousClock.Instant = .now
    ) -> (added: [PeerAddress], dropped: [PeerAddress])? {
        state.withLock { state in
            guard var line = state.lines[connection], let crew = state.crews[line.swarm],
                line.toldAll != crew.number
            else { return nil }
            if let last = line.lastSent, now - last < limits.pause { return nil }
            var current: Set<PeerAddress> = []
            for other in crew.lines where other != connection {
                guard let address = state.lines[other].flatMap({ Self.tellable($0, to: line.remote) }) else { continue }
                if address != line.address { current.insert(address) }
            }
            let added = Array(current.subtracting(line.told).prefix(limits.addresses))
            let dropped = Array(line.told.subtracting(current).prefix(limits.addresses))
            guard !added.isEmpty || !dropped.isEmpty else {
                state.lines[connection]?.toldAll = crew.number
                return nil
            }
            line.told.formUnion(added)
            line.told.subtract(dropped)
            line.lastSent = now
            state.lines[connection] = line
            return (added, dropped)
        }
    }

    /// An address means to somebody outside of this site nothing, or something else.
    private static func tellable(_ line: Line, to remote: IPLiteral?) -> PeerAddress? {
        guard let address = line.address, let literal = address.literal else { return nil }
        guard !literal.isLoopback || remote?.isLoopback ?? false else { return nil }
        return !literal.isLocal || remote?.isLocal ?? false ? address : nil
    }

    /// Takes what a connection tells, and hands it to those who look for peers of that swarm.
    public func received(
        added: [PeerAddress], on connection: Connection, now: ContinuousClock.Instant = .now
    ) -> Verdict {
        let (verdict, seats, peers) = state.withLock { state -> (Verdict, [Seat], [PeerAddress]) in
            guard var line = state.lines[connection] else { return (.ignored, [], []) }
            defer { state.lines[connection] = line }
            if let last = line.lastReceived, now - last < limits.pause {
                line.early += 1
                return (line.early > limits.tolerated ? .hostile : .ignored, [], [])
            }
            line.lastReceived = now
            let peers = added.prefix(limits.addresses).filter { Self.isDialable($0, toldBy: line.remote) }
            let seats = state.seats.values.filter { $0.swarm == line.swarm }
            return (.taken, seats, Array(peers))
        }
        if !peers.isEmpty { for seat in seats { seat.deliver(peers) } }
        return verdict
    }

    /// A stranger must not lead this node into its own network (p2p.md §4.4).
    private static func isDialable(_ address: PeerAddress, toldBy remote: IPLiteral?) -> Bool {
        guard let literal = address.literal else { return false }
        guard !literal.isLoopback || remote?.isLoopback ?? false else { return false }
        return !literal.isLocal || remote?.isLocal ?? false
    }
}

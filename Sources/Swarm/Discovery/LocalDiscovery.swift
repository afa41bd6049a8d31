public import Logging
internal import NIOCore
internal import NIOPosix
public import SwarmWire
internal import Synchronization

/// Finds peers on the local network by multicast (BEP 14), IPv4 and IPv6.
///
/// A search is answered to its sender at once by those who have the file, so a pull does not wait for their turn.
/// Datagrams count only when they come from a network that this machine is in. Where the system grants no multicast,
/// nothing is found, and nothing fails.
public final class LocalDiscovery: PeerDiscovery {
    /// Where searches go; tests have ports of their own.
    public struct Settings: Sendable {
        public var port: UInt16 = LocalSearch.port
        var pace = LocalSearches.Pace()
        /// Whether the loopback interface is used as well; it always is where there is no other.
        var usesLoopback = false

        public init() {}
    }

    private let settings: Settings
    private let logger: Logger
    private let state: Mutex<LocalSearches>
    private let alarm = Alarm()

    public init(settings: Settings = Settings(), logger: Logger) {
        self.settings = settings
        self.logger = logger
        var generator = SystemRandomNumberGenerator()
        let cookie = (0..<8).map { _ in UInt8.random(in: 0...255, using: &generator) }.hexText
        state = Mutex(LocalSearches(pace: settings.pace, cookie: cookie))
    }

    public func peers(for swarm: SwarmID, announcing announced: AnnounceState) -> AsyncStream<[PeerAddress]> {
        AsyncStream(bufferingPolicy: .bufferingNewest(16)) { continuation in
            guard announced.reach != .named else {
                continuation.finish()
                return
            }
            let seat = state.withLock { $0.join(swarm, announced, now: .now) { continuation.yield($0) } }
            alarm.ring()
            continuation.onTermination = { [self] _ in state.withLock { $0.leave(seat) } }
        }
    }

    public func run() async {
        let interfaces = chosenInterfaces()
        let sockets = await MulticastSockets.open(
            interfaces, port: settings.port, logger: logger,
            onSearch: { [weak self] in self?.heard($0, from: $1) })
        while !Task.isCancelled {
            let time = state.withLock { $0.nextTime() }
            if let time, time <= .now {
                for search in state.withLock({ $0.datagrams(now: .now) }) { sockets.send(search) }
            } else {
                await alarm.wait(until: time)
            }
        }
        await sockets.close()
    }

    private func chosenInterfaces() -> [LocalAddresses.Interface] {
        // An address that needs its interface's name beside it is of no use to a peer who is told it.
        let all = LocalAddresses.interfaces.filter { !$0.address.isLinkLocal }
        let real = all.filter { $0.takesMulticast && !$0.address.isLoopback }
        let loopback = all.filter { $0.address.isLoopback }
        return settings.usesLoopback || real.isEmpty ? real + loopback : real
    }

    /// - Returns: what to answer.
    private func heard(_ search: LocalSearch, from sender: IPLiteral) -> LocalSearch? {
        let heard = state.withLock { $0.heard(search, from: sender, now: .now) }
        if let peer = heard.peer { for deliver in heard.deliveries { deliver([peer]) } }
        return heard.answer
    }
}

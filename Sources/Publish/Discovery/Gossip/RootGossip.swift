package import Logging
package import PublishWire
package import SwarmWire
package import Torrents

/// Meets those who pass on roots, at places that the DHT knows, and tells them what this machine knows.
package actor RootGossip: GossipParty {
    private let engine: any TorrentEngine
    private let channel: any GossipTransport
    private let book: RootBook
    /// Whether peers inside this site may be called: only in a DHT of one's own.
    private let reachesLocal: Bool
    private let logger: Logger
    private var lastCalls: [PeerAddress: ContinuousClock.Instant] = [:]
    private var listeners: [Int: AsyncStream<PublisherKey>.Continuation] = [:]
    private var nextListener = 0

    /// Peers called in one round, how many of them at once, and when one may be called again.
    static let callsPerRound = 16
    static let callsAtOnce = 4
    static let callAgain: Duration = .seconds(60)

    package init(
        engine: any TorrentEngine, channel: any GossipTransport, book: RootBook, reachesLocal: Bool, logger: Logger
    ) {
        self.engine = engine
        self.channel = channel
        self.book = book
        self.reachesLocal = reachesLocal
        self.logger = logger
    }

    // What is said.

    package func known() async -> [PublisherKey: Int64] { await book.numbers() }

    package func items(lacking known: [PublisherKey: Int64]) async -> [SignedItem] {
        await book.items(lacking: known, most: GossipMessage.mostItems)
    }

    package func take(_ items: [SignedItem], from peer: PeerAddress) async {
        for item in items.prefix(GossipMessage.mostItems) {
            do {
                guard try await book.take(item, from: peer.host) == .newer else { continue }
            } catch {
                logger.debug("gossip refused", metadata: ["peer": "\(peer)", "reason": "\(error)"])
                continue
            }
            guard item.salt == RootItem.salt, let root = try? RootItem(item) else { continue }
            for listener in listeners.values { listener.yield(root.identity) }
        }
    }

    /// Publishers of whom something new was heard, from now on.
    package func news() -> AsyncStream<PublisherKey> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: PublisherKey.self, bufferingPolicy: .bufferingNewest(GossipMessage.mostItems * 4))
        nextListener += 1
        let number = nextListener
        listeners[number] = continuation
        continuation.onTermination = { [weak self] _ in Task { await self?.forget(number) } }
        return stream
    }

    private func forget(_ number: Int) { listeners[number] = nil }

    // Where it is said.

    /// Takes calls until the task is cancelled.
    package func serve() async { await channel.serve(self) }

    /// Says in the DHT that somebody can be met here.
    package func announce(_ topics: [[UInt8]]) async {
        guard let port = await channel.port else { return }
        for topic in topics {
            guard !Task.isCancelled else { return }
            await engine.announce(topic, port: port)
        }
    }

    /// Looks for others at a place, and talks with some of them.
    /// - Returns: how many have talked.
    @discardableResult
    package func meet(at topic: [UInt8], patience: Duration) async -> Int {
        await withTaskGroup(of: Bool.self) { group in
            var called = 0
            var running = 0
            var met = 0
            for await peers in engine.lookUp(topic, timeout: patience) {
                for peer in peers.shuffled() where called < Self.callsPerRound && isWorthCalling(peer) {
                    if running >= Self.callsAtOnce, let outcome = await group.next() {
                        running -= 1
                        met += outcome ? 1 : 0
                    }
                    lastCalls[peer] = .now
                    called += 1
                    running += 1
                    group.addTask { await self.call(peer) }
                }
                if called >= Self.callsPerRound || Task.isCancelled { break }
            }
            for await outcome in group { met += outcome ? 1 : 0 }
            return met
        }
    }

    /// A table that anybody writes into must not lead into this site's network, nor have anybody called on and on.
    private func isWorthCalling(_ peer: PeerAddress) -> Bool {
        guard let literal = peer.literal, reachesLocal || !literal.isLocal, peer.port >= 1_024 else { return false }
        let now = ContinuousClock.now
        if lastCalls.count > 4_096 { lastCalls = lastCalls.filter { now - $0.value < Self.callAgain } }
        return lastCalls[peer].map { now - $0 >= Self.callAgain } ?? true
    }

    private func call(_ peer: PeerAddress) async -> Bool {
        do {
            try await channel.call(peer, as: self)
            return true
        } catch {
            logger.debug("gossip failed", metadata: ["peer": "\(peer)", "reason": "\(error)"])
            return false
        }
    }
}

import Logging
import PublishWire
import SwarmWire
import Synchronization
import TestSupport
import Testing

@testable import Publish

@Suite("Gossip", .timeLimit(.minutes(1)))
struct GossipTests {
    let clock = TestClock()

    /// Knows some items, and remembers what it is told.
    private final class Party: GossipParty {
        let own: [SignedItem]
        private let taken = Mutex<[SignedItem]>([])
        var heard: [SignedItem] { taken.withLock { $0 } }

        init(_ own: [SignedItem]) { self.own = own }

        func known() async -> [PublisherKey: Int64] { [:] }
        func items(lacking known: [PublisherKey: Int64]) async -> [SignedItem] { own }
        func take(_ items: [SignedItem], from peer: PeerAddress) async { taken.withLock { $0 += items } }
    }

    private func item() throws -> SignedItem {
        let signer = try TestSigner(clock)
        return try RootItem(
            delegation: signer.delegation, index: [UInt8](repeating: 1, count: 32), count: 0, time: clock.now
        ).signed(by: signer.operating, after: nil)
    }

    @Test("over sockets, both sides tell each other what they know")
    func sockets() async throws {
        let (ann, bob) = (Party([try item(), try item()]), Party([try item()]))
        let door = try await SocketGossip.listening(host: "127.0.0.1")
        let port = try #require(door.port)
        let serving = Task { await door.serve(ann) }
        try await SocketGossip.calling().call(PeerAddress(host: "127.0.0.1", port: port), as: bob)
        try await eventually { !ann.heard.isEmpty }
        #expect(bob.heard == ann.own)
        #expect(ann.heard == bob.own)
        serving.cancel()
        await serving.value
    }

    @Test("somebody who sends rubbish or nothing is hung up on, and others are served meanwhile")
    func rubbish() async throws {
        let ann = Party([try item()])
        let door = try await SocketGossip.listening(host: "127.0.0.1")
        let port = try #require(door.port)
        let serving = Task { await door.serve(ann) }
        let address = PeerAddress(host: "127.0.0.1", port: port)
        let liar = Party([])
        for _ in 0..<3 {
            let wrong = SignedItem(
                key: [UInt8](repeating: 2, count: 32), salt: RootItem.salt, sequence: 1, value: Array("de".utf8),
                signature: [UInt8](repeating: 0, count: 64))
            try? await SocketGossip.calling().call(address, as: Party([wrong]))
        }
        #expect(ann.heard.isEmpty)
        try await SocketGossip.calling().call(address, as: liar)
        #expect(liar.heard == ann.own)
        serving.cancel()
        await serving.value
    }

    @Test("an address that calls too often is not served for a while")
    func tooManyCalls() {
        let limiter = CallLimiter(most: 3, window: .seconds(60))
        let now = ContinuousClock.now
        #expect((0..<5).map { _ in limiter.admits("a", now: now) } == [true, true, true, false, false])
        #expect(limiter.admits("b", now: now))
        #expect(limiter.admits("a", now: now + .seconds(61)))
    }

    @Test("a side that asks or answers twice is not listened to any more")
    func twice() async throws {
        let peer = PeerAddress(host: "127.0.0.1", port: 1)
        var conversation = GossipConversation(Party([]), with: peer)
        let ask = GossipMessage.ask(known: [:]).bytes
        let items = GossipMessage.items([]).bytes
        #expect(try await conversation.hear(ask) == items)
        #expect(try await conversation.hear(items) == nil)
        #expect(conversation.isOver)
        await #expect(throws: GossipError.self) { _ = try await conversation.hear(ask) }
        var other = GossipConversation(Party([]), with: peer)
        _ = try await other.hear(items)
        await #expect(throws: GossipError.self) { _ = try await other.hear(items) }
        await #expect(throws: PublishError.self) { _ = try await other.hear(Array("x".utf8)) }
    }

    @Test("a flood of 50 items a message of new keys is taken only up to an hour's share")
    func flood() async throws {
        let world = CatalogueNode.World()
        let node = try await CatalogueNode(in: world)
        let peer = PeerAddress(host: "203.0.113.9", port: 2_000)
        for _ in 0..<6 {
            var items: [SignedItem] = []
            for _ in 0..<50 { items.append(try item()) }
            await node.service.gossip.take(items, from: peer)
        }
        #expect(await node.service.roots.roots().count == StrangerQuota.perHour)
        let more = GossipMessage.items([try item()]).bytes
        #expect(try GossipMessage.decode(more) != nil)
    }

    @Test("addresses of this site and privileged ports are not called for strangers")
    func localAddresses() async throws {
        let world = CatalogueNode.World()
        let engine = FakeEngine(world.network)
        let disk = try TemporaryFolder()
        let book = RootBook(folder: CatalogueFolder(path: disk.path("catalogue")))
        let gossip = RootGossip(
            engine: engine, channel: HallGossip(hall: world.hall, number: 1), book: book, reachesLocal: false,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        world.hall.enter(Party([]), at: 20_500)
        world.network.announce(Rendezvous.all, port: 20_500)
        #expect(await gossip.meet(at: Rendezvous.all, patience: .seconds(1)) == 0)
    }
}

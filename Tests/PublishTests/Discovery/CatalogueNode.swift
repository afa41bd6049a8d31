import Foundation
import Logging
import PublishWire
import SwarmWire
import Synchronization
import Torrents

@testable import Publish

/// A clock that tests turn.
final class TestClock: Sendable {
    private let time: Mutex<Int64>

    init(_ start: Int64 = 1_800_000_000) { time = Mutex(start) }

    var now: Int64 { time.withLock { $0 } }
    func advance(_ seconds: Int64) { time.withLock { $0 += seconds } }
}

/// Keys in memory.
final class TestSigner: PublisherSigner {
    private struct State {
        var identity: SigningKey
        var operating: SigningKey
        var delegation: Delegation
        var rotations: [Rotation] = []
        var former: [SigningKey] = []
        var isThere = true
    }

    private let state: Mutex<State>
    private let label: String?

    init(_ clock: TestClock, label: String? = nil) throws {
        let (identity, operating) = (SigningKey(), SigningKey())
        let delegation = try Delegation(from: identity, to: operating.publicKey, notBefore: clock.now)
        state = Mutex(State(identity: identity, operating: operating, delegation: delegation))
        self.label = label
    }

    var identity: SigningKey { state.withLock { $0.identity } }
    var operating: SigningKey { state.withLock { $0.operating } }
    var delegation: Delegation { state.withLock { $0.delegation } }

    /// A new delegation, to the same key or another.
    func delegate(at now: Int64, toNewKey isNew: Bool = false, lifetime: Int64 = Delegation.longest) throws {
        try state.withLock { state in
            if isNew { state.operating = SigningKey() }
            state.delegation = try Delegation(
                from: state.identity, to: state.operating.publicKey, notBefore: now, lifetime: lifetime)
        }
    }

    func rotate(at now: Int64) throws {
        try state.withLock { state in
            let new = SigningKey()
            let rotation = try Rotation(
                from: state.identity, to: new, epoch: UInt32(state.rotations.count + 1), time: now)
            state.former.append(state.identity)
            state.rotations.append(rotation)
            state.identity = new
            state.operating = SigningKey()
            state.delegation = try Delegation(from: new, to: state.operating.publicKey, notBefore: now)
        }
    }

    func voice(isNeeded: Bool) async throws(PublishError) -> PublisherVoice? {
        let state = state.withLock { $0 }
        guard state.isThere else { return nil }
        let label = label.flatMap { PublisherLabel($0) }
        return PublisherVoice(
            operating: state.operating, delegation: state.delegation, label: label, rotations: state.rotations
        ) { previous throws(PublishError) in
            let word = IdentityItem(
                delegation: state.delegation, time: state.delegation.notBefore, label: label,
                rotation: state.rotations.last)
            var items = [try word.signed(by: state.identity, after: previous[state.identity.publicKey])]
            for (key, rotation) in zip(state.former, state.rotations) {
                items.append(
                    try IdentityItem(revoking: rotation.old, time: rotation.time, rotation: rotation)
                        .signed(by: key, after: nil))
            }
            return items
        }
    }
}

/// What a test publishes.
final class TestModels: PublishedModels {
    private let list = Mutex<[CatalogueEntry]>([])

    func entries(of publisher: PublisherKey) async throws(PublishError) -> [CatalogueEntry] { list.withLock { $0 } }
    func hasAny() async throws(PublishError) -> Bool { list.withLock { !$0.isEmpty } }
    func held() async throws(PublishError) -> [CatalogueID] { list.withLock { $0.map(\.id) } }
    func hashes() async throws(PublishError) -> Set<[UInt8]> { Set(list.withLock { $0.compactMap(\.hashes.v2) }) }

    func add(_ name: String, revision: String = "main", size: Int64 = 1_000, published: Int64 = 1) {
        let seed = UInt8(truncatingIfNeeded: (name + revision).utf8.reduce(7) { $0 &* 31 &+ Int($1) })
        guard let id = CatalogueID(name), let hashes = InfoHashes(v1: nil, v2: [UInt8](repeating: seed, count: 32))
        else {
            return
        }
        var entry = CatalogueEntry(
            id: id, revision: revision, published: published, size: size, hashes: hashes,
            manifest: [UInt8](repeating: seed ^ 0xFF, count: 32))
        entry.formats = ["gguf"]
        entry.license = "mit"
        list.withLock { $0.append(entry) }
    }

    func removeAll() { list.withLock { $0 = [] } }
}

/// A trust book in memory.
final class TestTrust: TrustKeeping {
    private let state = Mutex(TrustBook())

    func book() async throws(PublishError) -> TrustBook { state.withLock { $0 } }

    func change(
        _ body: @escaping @Sendable (inout TrustBook) throws(PublishError) -> Void
    ) async throws(PublishError) {
        let result: Result<Void, PublishError> = state.withLock { book in
            do throws(PublishError) { return .success(try body(&book)) } catch { return .failure(error) }
        }
        try result.get()
    }
}

/// Who can be called in a test.
final class GossipHall: Sendable {
    private let parties = Mutex<[UInt16: any GossipParty]>([:])

    func enter(_ party: any GossipParty, at port: UInt16) { parties.withLock { $0[port] = party } }
    func leave(_ port: UInt16) { parties.withLock { _ = $0.removeValue(forKey: port) } }
    func party(at port: UInt16) -> (any GossipParty)? { parties.withLock { $0[port] } }
}

/// Gossip without sockets: both halves of a conversation by turns.
struct HallGossip: GossipTransport {
    let hall: GossipHall
    let number: UInt16

    var port: UInt16? { get async { number } }

    func call(_ peer: PeerAddress, as party: any GossipParty) async throws {
        guard peer.port != number, let other = hall.party(at: peer.port) else {
            throw GossipError(message: "nobody is there")
        }
        let here = PeerAddress(host: "127.0.0.\(number % 250 + 1)", port: number)
        var mine = GossipConversation(party, with: PeerAddress(host: "127.0.0.\(peer.port % 250 + 1)", port: peer.port))
        var theirs = GossipConversation(other, with: here)
        let question = await mine.opening()
        let counter = await theirs.opening()
        if let answer = try await theirs.hear(question) { _ = try await mine.hear(answer) }
        if let answer = try await mine.hear(counter) { _ = try await theirs.hear(answer) }
    }

    func serve(_ party: any GossipParty) async {
        hall.enter(party, at: number)
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
        hall.leave(number)
    }
}

/// One machine with a catalogue.
struct CatalogueNode {
    let disk: TemporaryFolder
    let engine: FakeEngine
    let signer: TestSigner
    let models = TestModels()
    let trust = TestTrust()
    let clock: TestClock
    let service: CatalogueService

    /// Where all meet.
    struct World {
        let network = FakeNetwork(hasDiscovery: true)
        let hall = GossipHall()
        let clock = TestClock()
    }

    var folder: CatalogueFolder { CatalogueFolder(path: disk.path("catalogue")) }
    var publisher: CataloguePublisher { service.publisher }
    var identity: PublisherKey { signer.identity.publicKey }

    /// - Parameter disk: that of a node which comes back.
    init(in world: World, label: String? = nil, disk: TemporaryFolder? = nil, signer: TestSigner? = nil) async throws {
        self.disk = try disk ?? TemporaryFolder()
        engine = FakeEngine(world.network, hidesLayers: true)
        clock = world.clock
        self.signer = try signer ?? TestSigner(world.clock, label: label)
        var settings = CatalogueService.Settings()
        settings.reachesLocal = true
        let clock = world.clock
        service = CatalogueService(
            engine: engine, folder: CatalogueFolder(path: self.disk.path("catalogue")), trust: trust,
            signer: self.signer, models: models, channel: HallGossip(hall: world.hall, number: await engine.port),
            settings: settings, clock: { clock.now }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Announces itself where others look, and can be called.
    func appear(in world: World) async {
        world.hall.enter(service.gossip, at: await engine.port)
        await service.gossip.announce([Rendezvous.all])
    }

    /// The process ends.
    func vanish(from world: World) async {
        world.hall.leave(await engine.port)
        await engine.close(grace: .zero)
    }

    func discover(
        _ text: String = "", timeout: Duration = .seconds(20), isOffline: Bool = false
    ) async throws -> Discovery {
        var order = DiscoverOrder(try CatalogueQuery(text))
        order.timeout = timeout
        order.isOffline = isOffline
        return try await service.discoverer.discover(order)
    }
}

extension Discovery {
    var names: [String] { listings.map { "\($0.entry.id)@\($0.entry.revision)" } }
}

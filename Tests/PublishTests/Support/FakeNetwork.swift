import PublishWire
import SwarmWire
import Synchronization
import Torrents

/// What engines of one test reach: each other, by ports of no real network, and a DHT. A test has to hold its engines.
final class FakeNetwork: Sendable {
    private struct State {
        var nextPort: UInt16 = 20_000
        var engines: [UInt16: Weak] = [:]
        var items: [[UInt8]: SignedItem] = [:]
        var announced: [[UInt8]: [PeerAddress]] = [:]
    }

    private struct Weak: Sendable {
        weak var engine: FakeEngine?
    }

    private let state = Mutex(State())
    /// Whether public torrents find each other without being told of a peer.
    let hasDiscovery: Bool
    /// What a put answers.
    let nodes: Int

    init(hasDiscovery: Bool = false, nodes: Int = 8) {
        self.hasDiscovery = hasDiscovery
        self.nodes = nodes
    }

    func join(_ engine: FakeEngine) -> UInt16 {
        state.withLock { state in
            state.nextPort += 1
            state.engines[state.nextPort] = Weak(engine: engine)
            return state.nextPort
        }
    }

    func leave(_ port: UInt16) { state.withLock { $0.engines[port] = nil } }

    func engine(at port: UInt16) -> FakeEngine? { state.withLock { $0.engines[port]?.engine } }

    var ports: [UInt16] { state.withLock { $0.engines.keys.sorted() } }

    /// Keeps an item unless a newer one is there.
    func put(_ item: SignedItem) -> Int {
        state.withLock { state in
            let target = SignedItem.target(key: item.key, salt: item.salt)
            if let known = state.items[target], known.sequence > item.sequence { return 0 }
            state.items[target] = item
            return nodes
        }
    }

    func item(key: [UInt8], salt: [UInt8]) -> SignedItem? {
        state.withLock { $0.items[SignedItem.target(key: key, salt: salt)] }
    }

    /// Items vanish when nobody republishes them.
    func forgetItems() { state.withLock { $0.items = [:] } }

    func announce(_ id: [UInt8], port: UInt16) {
        let address = PeerAddress(host: "127.0.0.1", port: port)
        state.withLock { state in
            if state.announced[id]?.contains(address) != true { state.announced[id, default: []].append(address) }
        }
    }

    func peers(of id: [UInt8]) -> [PeerAddress] { state.withLock { $0.announced[id] ?? [] } }
}

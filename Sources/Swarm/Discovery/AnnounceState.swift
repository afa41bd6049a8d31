internal import Synchronization

/// Who may learn that this node takes part in a swarm.
public enum SwarmReach: Sendable, Hashable {
    /// Everybody: the swarm's id can be computed by all who know the file.
    case open
    /// This network alone: neither trackers nor a public table hear of it.
    case local
    /// Those who share a secret, of which the id is made. Nobody else can read the id, so the local network may see it;
    /// it is never put into a public table.
    case secret
    /// Only who is named: static peers and trackers (BEP 27).
    case named
}

/// What this node tells others about itself in a swarm. It may change at any time, and what announces it follows.
public final class AnnounceState: Sendable {
    /// One moment of it.
    public struct Facts: Sendable, Hashable {
        /// The port at which this node listens for peers; nil when it does not.
        public var port: UInt16?
        /// Whether it has all of the file.
        public var isSeeding: Bool
        /// Peers that it could serve beside those that it serves now; nil when that is not known.
        public var capacity: Int?
    }

    private struct State {
        var facts: Facts
        var population = 0
        var isSupplied: Bool?
        var observers: [UInt64: @Sendable () -> Void] = [:]
        var nextObserver: UInt64 = 0
    }

    public let reach: SwarmReach
    /// Whether the swarm is one of many that stand for one file. Such are told after all others, and of them a tracker
    /// that takes no batches hears a part only.
    let isMinor: Bool
    private let state: Mutex<State>

    public init(
        port: UInt16?, isSeeding: Bool = false, capacity: Int? = nil, reach: SwarmReach = .open, isMinor: Bool = false
    ) {
        self.reach = reach
        self.isMinor = isMinor
        state = Mutex(State(facts: Facts(port: port, isSeeding: isSeeding, capacity: capacity)))
    }

    public var facts: Facts { state.withLock { $0.facts } }

    /// Nodes in the swarm, this one included, as far as anybody has told; 0 when nobody has.
    public var population: Int { state.withLock { $0.population } }

    /// A larger number is not believed: who says so may lie.
    private static let largestPopulation = 10_000

    /// Notes how many nodes somebody counts. The largest number counts, since everybody sees only a part.
    func note(population: Int) {
        state.withLock { $0.population = max($0.population, min(population, Self.largestPopulation)) }
    }

    /// Whether there are peers enough that have something of the file; nil where nobody keeps count.
    var isSupplied: Bool? { state.withLock { $0.isSupplied } }

    /// Notes whether this node needs more peers: whoever finds them looks more often as long as it does.
    func note(isSupplied: Bool) {
        change { state in
            defer { state.isSupplied = isSupplied }
            return state.isSupplied != isSupplied
        }
    }

    public func update(_ change: (inout Facts) -> Void) {
        self.change { state in
            let before = state.facts
            change(&state.facts)
            return state.facts != before
        }
    }

    /// Tells the observers, if there was a change.
    private func change(_ body: (inout State) -> Bool) {
        let observers = state.withLock { body(&$0) ? Array($0.observers.values) : [] }
        for observer in observers { observer() }
    }

    /// Calls `action` after each change, until `stopObserving` is called with the number that is returned.
    func observe(_ action: @escaping @Sendable () -> Void) -> UInt64 {
        state.withLock { state in
            state.nextObserver += 1
            state.observers[state.nextObserver] = action
            return state.nextObserver
        }
    }

    func stopObserving(_ number: UInt64) {
        state.withLock { _ = $0.observers.removeValue(forKey: number) }
    }
}

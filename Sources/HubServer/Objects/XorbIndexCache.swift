import Synchronization
import Xet

/// The indices of recently used xorbs, within a byte budget; the least recently used go first.
final class XorbIndexCache: Sendable {
    private struct Entry {
        var index: XorbIndex
        var lastUse: UInt64
    }

    private struct State {
        var entries: [XorbHash: Entry] = [:]
        var cost = 0
        var clock: UInt64 = 0
    }

    private let store: ObjectStore
    private let budget: Int
    private let state = Mutex(State())

    /// The budget is in bytes, about 40 of which each chunk takes.
    init(store: ObjectStore, budget: Int = 32 << 20) {
        self.store = store
        self.budget = budget
    }

    /// The index of a stored xorb. Reads the object's footer when it is not at hand, so call it where blocking is fine.
    func index(of xorb: XorbHash) throws -> XorbIndex {
        let known = state.withLock { state -> XorbIndex? in
            state.clock += 1
            state.entries[xorb]?.lastUse = state.clock
            return state.entries[xorb]?.index
        }
        if let known { return known }
        let index = try store.index(of: xorb)
        insert(index)
        return index
    }

    /// Keeps an index in place of an older one of the same xorb.
    func insert(_ index: XorbIndex) {
        state.withLock { state in
            state.clock += 1
            let older = state.entries.updateValue(Entry(index: index, lastUse: state.clock), forKey: index.hash)
            state.cost -= older.map { Self.cost($0.index) } ?? 0
            state.cost += Self.cost(index)
            while state.cost > budget, state.entries.count > 1,
                let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                state.entries[oldest.key] = nil
                state.cost -= Self.cost(oldest.value.index)
            }
        }
    }

    private static func cost(_ index: XorbIndex) -> Int { 128 + 40 * index.chunkCount }
}

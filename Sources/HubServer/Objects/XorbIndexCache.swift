import Synchronization
import Xet

/// The indices of recently used objects, within a byte budget; the least recently used go first.
final class XorbIndexCache: Sendable {
    private struct Entry {
        var index: XorbIndex
        var lastUse: UInt64
    }

    private struct State {
        var entries: [ObjectKey: Entry] = [:]
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

    /// The index of a stored object. Reads the object's footer when it is not at hand, so call it where blocking is fine.
    func index(of key: ObjectKey) throws -> XorbIndex {
        let known = state.withLock { state -> XorbIndex? in
            state.clock += 1
            state.entries[key]?.lastUse = state.clock
            return state.entries[key]?.index
        }
        if let known { return known }
        let index = try store.index(of: key)
        insert(index, of: key)
        return index
    }

    /// Keeps the index of an object.
    func insert(_ index: XorbIndex, of key: ObjectKey) {
        state.withLock { state in
            state.clock += 1
            let older = state.entries.updateValue(Entry(index: index, lastUse: state.clock), forKey: key)
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

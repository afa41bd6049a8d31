internal import Synchronization

/// What one peer has said unasked and nobody has dealt with yet, in bytes of memory. Those who deal with it have queues
/// of their own without an end; this is what bounds them.
final class EventBacklog: Sendable {
    /// Counts something until nobody holds it any more, also where a queue is thrown away with what is in it.
    final class Hold: Sendable {
        private let backlog: EventBacklog
        private let cost: Int

        fileprivate init(_ backlog: EventBacklog, cost: Int) {
            self.backlog = backlog
            self.cost = cost
        }

        deinit { backlog.bytes.wrappingSubtract(cost, ordering: .relaxed) }
    }

    private let bytes = Atomic(0)
    /// As much as waits on the connection itself before anybody reads.
    static let most = 8 << 20

    /// - Returns: nil if more waits than may. Answers cost nothing: they are bounded by what was asked for.
    func hold(_ cost: Int) -> Hold? {
        let hold = Hold(self, cost: cost)
        let waiting = bytes.wrappingAdd(cost, ordering: .relaxed).newValue
        return cost == 0 || waiting <= Self.most ? hold : nil
    }
}

internal import Synchronization

/// Counts what happens at a desk, so that whoever shows it sees when to look again.
package final class DeskPulse: Sendable {
    private let count = Mutex<UInt64>(0)

    package init() {}

    package var value: UInt64 { count.withLock { $0 } }

    func beat() { count.withLock { $0 &+= 1 } }
}

internal import Synchronization

/// How many calls are being answered.
final class CallCounter: Sendable {
    private let count = Mutex(0)

    func enter(below most: Int) -> Bool {
        count.withLock { count in
            guard count < most else { return false }
            count += 1
            return true
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
}

/// When a collection stops before its end.
final class GarbageLimits {
    private let deadline: ContinuousClock.Instant?
    private var deletesLeft: Int
    private let isCancelled: @Sendable () -> Bool
    private(set) var isExhausted = false

    init(_ options: GarbageOptions, isCancelled: @escaping @Sendable () -> Bool) {
        deadline = options.budget.map { .now + $0 }
        deletesLeft = options.maximumDeletes ?? .max
        self.isCancelled = isCancelled
    }

    /// How many deletions of at most `wanted` may be done in the next transaction; 0 ends the collection.
    func allowance(_ wanted: Int) -> Int {
        if isCancelled() || deadline.map({ .now >= $0 }) == true || deletesLeft == 0 { isExhausted = true }
        return isExhausted ? 0 : min(wanted, deletesLeft)
    }

    func spend(_ count: Int) { deletesLeft -= min(count, deletesLeft) }
}

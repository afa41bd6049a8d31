internal import Synchronization
internal import Transfer

/// Turns sums into steps: the engine tells how far it is, displays want what was added.
final class MakeMeter: Sendable {
    private let observer: any TransferObserver
    private let title: String
    private let last = Mutex<Int64>(0)

    init(_ observer: any TransferObserver, title: String) {
        self.observer = observer
        self.title = title
    }

    func reached(_ bytes: Int64) {
        let step = last.withLock { last in
            defer { last = max(last, bytes) }
            return max(0, bytes - last)
        }
        if step > 0 { observer.advanced(title, bytes: UInt64(step)) }
    }
}

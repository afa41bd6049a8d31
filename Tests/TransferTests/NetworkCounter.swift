import Synchronization
import Transfer

/// Adds up the bytes that crossed the network.
final class NetworkCounter: TransferObserver {
    private let total = Atomic<UInt64>(0)

    var bytes: UInt64 { total.load(ordering: .relaxed) }

    func began(_ item: TransferItem) {}
    func advanced(_ name: String, bytes: UInt64) {}
    func travelled(_ bytes: UInt64) { total.add(bytes, ordering: .relaxed) }
    func finished(_ name: String, outcome: TransferOutcome) {}
}

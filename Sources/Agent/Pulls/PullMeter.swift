internal import Synchronization
internal import Transfer

/// Adds up what one pull reports.
final class PullMeter: TransferObserver {
    struct Figures: Sendable {
        var totalFiles = 0
        var finishedFiles = 0
        var failedFiles = 0
        var totalBytes: UInt64 = 0
        var completedBytes: UInt64 = 0
        var networkBytes: UInt64 = 0
        var peerBytes: UInt64 = 0
        /// By name: size, and bytes that are here.
        var active: [String: (size: UInt64, done: UInt64)] = [:]
    }

    private let board: ActivityBoard
    private let figures = Mutex(Figures())

    init(board: ActivityBoard) { self.board = board }

    var current: Figures { figures.withLock { $0 } }

    func began(_ item: TransferItem) {
        figures.withLock { figures in
            figures.totalFiles += 1
            figures.totalBytes += item.totalBytes
            figures.active[item.name] = (item.totalBytes, 0)
        }
        board.add { _ in }
    }

    func advanced(_ name: String, bytes: UInt64) {
        figures.withLock { figures in
            figures.completedBytes += bytes
            figures.active[name]?.done += bytes
        }
        board.add { _ in }
    }

    func travelled(_ bytes: UInt64) {
        figures.withLock { $0.networkBytes += bytes }
        board.add { $0.fromHub += bytes }
    }

    func travelledFromPeers(_ bytes: UInt64) {
        figures.withLock { figures in
            figures.networkBytes += bytes
            figures.peerBytes += bytes
        }
        board.add { $0.fromPeers += bytes }
    }

    func finished(_ name: String, outcome: TransferOutcome) {
        figures.withLock { figures in
            if let file = figures.active.removeValue(forKey: name), outcome == .alreadyPresent {
                figures.completedBytes += file.size - min(file.size, file.done)
            }
            if outcome == .failed { figures.failedFiles += 1 } else { figures.finishedFiles += 1 }
        }
        board.add { _ in }
    }
}

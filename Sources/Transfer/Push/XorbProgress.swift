internal import Synchronization
internal import Xet

/// The progress of files whose new chunks are in one xorb: it is told as the xorb travels, for over a slow line reading is
/// done long before.
final class XorbProgress: Sendable {
    /// Bytes of files that wait for a xorb to be full.
    struct Shares: Sendable {
        fileprivate var parts: [(name: String, bytes: UInt64)] = []

        /// Divides what was packed of a batch among its files.
        /// - Parameters:
        ///   - chunks: of the batch.
        ///   - newBytes: how much of it has to travel; the rest is where it should be already.
        /// - Returns: for each file the bytes that need not travel.
        mutating func add(
            _ batch: ChunkBatch, _ chunks: Range<Int>, newBytes: UInt64, names: (Int) -> String
        ) -> [(name: String, bytes: UInt64)] {
            let pieces = batch.pieces.compactMap { piece -> (name: String, bytes: UInt64)? in
                let bytes = batch.chunks[piece.chunks.clamped(to: chunks)].reduce(0) { $0 + UInt64($1.length) }
                return bytes > 0 ? (names(piece.file), bytes) : nil
            }
            let total = pieces.reduce(0) { $0 + $1.bytes }
            guard total > 0 else { return [] }
            return pieces.map { piece in
                let share = UInt64(Double(piece.bytes) * (Double(min(newBytes, total)) / Double(total)))
                if share > 0 { parts.append((piece.name, share)) }
                return (piece.name, piece.bytes - share)
            }
        }
    }

    private struct State {
        var parts: [(name: String, bytes: UInt64)]
        var sent = 0
        var told: UInt64 = 0
    }

    private let total: UInt64
    private let packedLength: Int
    private let observer: any TransferObserver
    private let state: Mutex<State>

    /// - Parameter packedLength: bytes of the xorb.
    init(_ shares: Shares, packedLength: Int, observer: any TransferObserver) {
        total = shares.parts.reduce(0) { $0 + $1.bytes }
        self.packedLength = max(packedLength, 1)
        self.observer = observer
        state = Mutex(State(parts: shares.parts.reversed()))
    }

    /// Bytes of the xorb have travelled.
    func travelled(_ count: Int) {
        tell { state in
            state.sent = min(state.sent + count, packedLength)
            return UInt64(Double(total) * (Double(state.sent) / Double(packedLength)))
        }
    }

    /// The xorb is where it should be.
    func finish() { tell { _ in total } }

    private func tell(_ wanted: (inout State) -> UInt64) {
        let advances = state.withLock { state -> [(name: String, bytes: UInt64)] in
            let goal = min(wanted(&state), total)
            var advances: [(name: String, bytes: UInt64)] = []
            while state.told < goal, let part = state.parts.last {
                let step = min(part.bytes, goal - state.told)
                state.told += step
                advances.append((part.name, step))
                if step == part.bytes {
                    state.parts.removeLast()
                } else {
                    state.parts[state.parts.count - 1].bytes -= step
                }
            }
            return advances
        }
        for advance in advances { observer.advanced(advance.name, bytes: advance.bytes) }
    }
}

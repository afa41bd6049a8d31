internal import Synchronization
internal import Xet
internal import XetClient

/// Where the parts of a file lie in its CAS, gathered from the plans of a pull.
final class TermLog: Sendable {
    struct Entry: Sendable {
        /// File bytes.
        var range: Range<UInt64>
        var xorb: XorbHash
        var chunks: Range<UInt32>
    }

    private struct State {
        var entries: [Entry] = []
        var isWhole = false
    }

    private let state = Mutex(State())

    /// - Parameter start: the file position that the plan was asked for.
    func note(_ plan: Reconstruction, startingAt start: UInt64) {
        guard plan.offsetIntoFirstTerm <= start else { return }
        var position = start - plan.offsetIntoFirstTerm
        let added = plan.terms.map { term in
            defer { position += term.unpackedLength }
            return Entry(range: position..<position + term.unpackedLength, xorb: term.xorb, chunks: term.chunks)
        }
        state.withLock { if !$0.isWhole { $0.entries += added } }
    }

    /// Takes over what plans for all of a file have told; later ones tell nothing new.
    func complete(with all: TermLog) {
        let entries = all.all
        state.withLock { $0 = State(entries: entries, isWhole: true) }
    }

    /// In the order of the file.
    var all: [Entry] { state.withLock { $0.entries.sorted { $0.range.lowerBound < $1.range.lowerBound } } }
}

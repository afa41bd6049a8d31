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

    private let entries = Mutex<[Entry]>([])

    /// - Parameter start: the file position that the plan was asked for.
    func note(_ plan: Reconstruction, startingAt start: UInt64) {
        guard plan.offsetIntoFirstTerm <= start else { return }
        var position = start - plan.offsetIntoFirstTerm
        let added = plan.terms.map { term in
            defer { position += term.unpackedLength }
            return Entry(range: position..<position + term.unpackedLength, xorb: term.xorb, chunks: term.chunks)
        }
        entries.withLock { $0 += added }
    }

    /// In the order of the file.
    var all: [Entry] { entries.withLock { $0.sorted { $0.range.lowerBound < $1.range.lowerBound } } }
}

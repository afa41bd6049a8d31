/// How a file is cut into the pieces that are planned: runs of whole chunks, the same on every node that has the file's
/// manifest.
package struct PieceLayout: Sendable {
    /// The first chunk of each piece, and behind the last piece the number of chunks.
    package let firstChunks: [UInt32]
    /// The file position of each piece, and behind the last piece the file's size.
    package let starts: [UInt64]

    /// - Parameters:
    ///   - lengths: of the file's chunks, in order.
    ///   - pieceBytes: what a piece has at most, unless a single chunk has more.
    package init(lengths: some Sequence<UInt32>, pieceBytes: Int) {
        var firstChunks: [UInt32] = []
        var starts: [UInt64] = []
        var position: UInt64 = 0
        var chunk: UInt32 = 0
        for length in lengths {
            if let start = starts.last, position + UInt64(length) - start <= UInt64(pieceBytes) {
            } else {
                firstChunks.append(chunk)
                starts.append(position)
            }
            position += UInt64(length)
            chunk += 1
        }
        firstChunks.append(chunk)
        starts.append(position)
        self.firstChunks = firstChunks
        self.starts = starts
    }

    /// Bytes of the pieces of a file: small enough that many nodes have different ones soon, large enough that there are
    /// not too many.
    package static func pieceBytes(forFileOf size: UInt64) -> Int {
        Int(min(max(size / 1024, 256 << 10), 2 << 20))
    }

    package var count: Int { firstChunks.count - 1 }
    package var size: UInt64 { starts[count] }

    /// Where pieces lie in the file.
    package func bytes(of pieces: Range<Int>) -> Range<UInt64> {
        starts[pieces.lowerBound]..<starts[pieces.upperBound]
    }

    package func length(of pieces: Range<Int>) -> Int {
        Int(starts[pieces.upperBound] - starts[pieces.lowerBound])
    }

    package func chunks(of pieces: Range<Int>) -> Range<UInt32> {
        firstChunks[pieces.lowerBound]..<firstChunks[pieces.upperBound]
    }

    /// The piece that has the byte at a position; the last one for positions past the end.
    package func piece(at position: UInt64) -> Int {
        max(0, min(Self.firstIndex(in: starts) { $0 > position } - 1, count - 1))
    }

    /// The pieces that have all their chunks in a range.
    package func pieces(within chunks: Range<UInt32>) -> Range<Int> {
        let first = Self.firstIndex(in: firstChunks) { $0 >= chunks.lowerBound }
        let end = Self.firstIndex(in: firstChunks) { $0 > chunks.upperBound } - 1
        return first < end ? first..<end : first..<first
    }

    /// The pieces that have any chunk in a range.
    package func pieces(touching chunks: Range<UInt32>) -> Range<Int> {
        guard !chunks.isEmpty else { return 0..<0 }
        let first = Self.firstIndex(in: firstChunks) { $0 > chunks.lowerBound } - 1
        let end = Self.firstIndex(in: firstChunks) { $0 >= chunks.upperBound }
        return max(0, first)..<min(count, end)
    }

    private static func firstIndex<T>(in sorted: [T], where isPast: (T) -> Bool) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if isPast(sorted[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

internal import ChunkStore

/// How a file is cut into the pieces that are planned: runs of whole chunks, the same on every node that has the file's
/// manifest.
package struct PieceLayout: Sendable {
    /// The first chunk of each piece, and behind the last piece the number of chunks.
    package let firstChunks: [UInt32]
    /// The file position of each piece, and behind the last piece the file's size. Inside a whole that is not known yet,
    /// about there.
    package private(set) var starts: [UInt64]
    /// What can be passed on only as a whole, because nothing less proves itself; each is one or more runs of pieces.
    private var wholes: [[Range<Int>]] = []
    /// Which of them each piece is part of, -1 for none; empty where pieces can be passed on one by one.
    private var wholeNumbers: [Int32] = []
    /// Pieces that cannot be passed on one by one.
    private(set) var wholePieces = 0
    /// Bytes of the largest whole.
    private(set) var largestWhole: UInt64 = 0

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

    /// A part of a file of which it is known only how many chunks it has.
    package struct Stretch: Sendable {
        var chunks: Range<Int>
        var bytes: Range<UInt64>
        var whole: Int?

        /// - Parameter whole: of stretches with the same number nothing can be passed on before all have come; nil where
        ///   nobody can pass on anything.
        package init(chunks: Range<Int>, bytes: Range<UInt64>, whole: Int?) {
            self.chunks = chunks
            self.bytes = bytes
            self.whole = whole
        }
    }

    /// Lays out a file of which only stretches are known: how many chunks each has and where it starts.
    /// - Parameters:
    ///   - stretches: in the order of the file, without gaps.
    ///   - pieceChunks: what a piece has at most.
    package init(
        stretches: some Sequence<Stretch>, pieceChunks: Int
    ) {
        var firstChunks: [UInt32] = []
        var starts: [UInt64] = []
        var end: (chunk: UInt32, position: UInt64) = (0, 0)
        for stretch in stretches {
            let first = starts.count
            for chunk in stride(from: stretch.chunks.lowerBound, to: stretch.chunks.upperBound, by: pieceChunks) {
                let part = UInt64(chunk - stretch.chunks.lowerBound) * UInt64(stretch.bytes.count)
                firstChunks.append(UInt32(chunk))
                starts.append(stretch.bytes.lowerBound + part / UInt64(stretch.chunks.count))
            }
            wholeNumbers += repeatElement(Int32(stretch.whole ?? -1), count: starts.count - first)
            if let whole = stretch.whole {
                while wholes.count <= whole { wholes.append([]) }
                wholes[whole].append(first..<starts.count)
            }
            end = (UInt32(stretch.chunks.upperBound), stretch.bytes.upperBound)
        }
        firstChunks.append(end.chunk)
        starts.append(end.position)
        self.firstChunks = firstChunks
        self.starts = starts
        wholePieces = wholeNumbers.count { $0 >= 0 }
        largestWhole = wholes.map { $0.reduce(0) { $0 + UInt64(length(of: $1)) } }.max() ?? 0
    }

    /// Whether there was ever anything that can be passed on only as a whole.
    package var hasWholes: Bool { !wholeNumbers.isEmpty }

    /// All of what can be passed on only together with a piece; nil where the piece can be by itself.
    package func whole(of piece: Int) -> [Range<Int>]? {
        guard !wholeNumbers.isEmpty, wholeNumbers[piece] >= 0 else { return nil }
        return wholes[Int(wholeNumbers[piece])]
    }

    /// Notes where pieces start.
    mutating func settle(_ pieces: Range<Int>, startingAt start: (UInt32) -> UInt64) {
        for piece in pieces { starts[piece] = start(firstChunks[piece]) }
        dissolve([pieces])
    }

    /// Pieces are no longer part of anything.
    mutating func dissolve(_ whole: [Range<Int>]) {
        guard hasWholes else { return }
        for part in whole {
            for piece in part where wholeNumbers[piece] >= 0 {
                wholeNumbers[piece] = -1
                wholePieces -= 1
            }
        }
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
        max(0, min(starts.partitionPoint { $0 > position } - 1, count - 1))
    }

    /// The pieces that have all their chunks in a range.
    package func pieces(within chunks: Range<UInt32>) -> Range<Int> {
        let first = firstChunks.partitionPoint { $0 >= chunks.lowerBound }
        let end = firstChunks.partitionPoint { $0 > chunks.upperBound } - 1
        return first < end ? first..<end : first..<first
    }

    /// The pieces that have any chunk in a range.
    package func pieces(touching chunks: Range<UInt32>) -> Range<Int> {
        guard !chunks.isEmpty else { return 0..<0 }
        let first = firstChunks.partitionPoint { $0 > chunks.lowerBound } - 1
        let end = firstChunks.partitionPoint { $0 >= chunks.upperBound }
        return max(0, first)..<min(count, end)
    }
}

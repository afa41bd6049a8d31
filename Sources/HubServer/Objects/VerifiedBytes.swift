package import NIOCore
import NIOPosix
import Xet

/// The plain bytes of a stored file, or of a part of it, in pieces of about a mebibyte.
///
/// Every chunk is decoded and hashed before it leaves; a chunk that does not match ends the sequence with an error.
/// Memory is bounded by one piece and its packed form.
package struct VerifiedBytes: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer

    let stored: ContentFile
    let range: Range<UInt64>
    let objects: ObjectStore
    let indices: XorbIndexCache
    let damage: DamageReports

    private var recipe: FileRecipe { stored.recipe }

    /// Unpacked bytes that one piece holds at most, unless a single chunk is larger.
    static let pieceSize = 1 << 20

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    package struct AsyncIterator: AsyncIteratorProtocol {
        private let source: VerifiedBytes
        private var segment = 0
        /// The next chunk inside the segment; nil at its start.
        private var nextChunk: UInt32?
        /// File position of the next chunk.
        private var position: UInt64 = 0
        private var openObject: (xorb: XorbHash, file: OpenFile)?

        init(_ source: VerifiedBytes) { self.source = source }

        package mutating func next() async throws -> ByteBuffer? {
            while segment < source.recipe.segments.count, position < source.range.upperBound {
                let current = source.recipe.segments[segment]
                let length = UInt64(current.unpackedLength)
                if nextChunk == nil, position + length <= source.range.lowerBound {
                    position += length
                    segment += 1
                    continue
                }
                let state = (next: nextChunk ?? current.chunks.lowerBound, position: position, object: openObject)
                let step = try await ContentThreads.reading.runIfActive { [source] in
                    try source.reportedStep(
                        current, next: state.next, position: state.position,
                        open: state.object?.xorb == current.xorb ? state.object?.file : nil)
                }
                openObject = (current.xorb, step.file)
                position = step.position
                if step.next == current.chunks.upperBound {
                    segment += 1
                    nextChunk = nil
                } else {
                    nextChunk = step.next
                }
                if let piece = step.piece { return piece }
            }
            return nil
        }
    }

    struct Step: Sendable {
        var piece: ByteBuffer?
        var next: UInt32
        var position: UInt64
        var file: OpenFile
    }

    private func reportedStep(
        _ segment: FileRecipe.Segment, next: UInt32, position: UInt64, open: OpenFile?,
    ) throws -> Step {
        let key = try stored.object(of: segment.xorb)
        return try damage.watching(key) {
            try step(segment, of: key, next: next, position: position, open: open)
        }
    }

    /// Reads, decodes and checks the next run of chunks of a segment, skipping those before the range. Blocks.
    private func step(
        _ segment: FileRecipe.Segment, of key: ObjectKey, next: UInt32, position: UInt64, open: OpenFile?,
    ) throws -> Step {
        let index = try indices.index(of: key)
        guard index.contains(segment.chunks) else {
            throw ContentError.damagedMetadata("a recipe points outside xorb \(segment.xorb)")
        }
        let file = try open ?? objects.open(key)
        var first = next
        var position = position
        while first < segment.chunks.upperBound, position + UInt64(index.chunk(first).length) <= range.lowerBound {
            position += UInt64(index.chunk(first).length)
            first += 1
        }
        var end = first
        var unpacked = 0
        while end < segment.chunks.upperBound, position + UInt64(unpacked) < range.upperBound {
            let length = Int(index.chunk(end).length)
            if end > first, unpacked + length > Self.pieceSize { break }
            unpacked += length
            end += 1
        }
        guard end > first else { return Step(piece: nil, next: first, position: position, file: file) }
        var piece = try VerifiedChunks.read(first..<end, of: index, from: file)
        let after = position + UInt64(unpacked)
        if after > range.upperBound {
            piece.moveWriterIndex(to: piece.writerIndex - Int(after - range.upperBound))
        }
        if position < range.lowerBound { piece.moveReaderIndex(forwardBy: Int(range.lowerBound - position)) }
        return Step(piece: piece, next: end, position: after, file: file)
    }
}

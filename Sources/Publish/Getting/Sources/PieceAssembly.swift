internal import NIOCore
internal import PublishWire

/// Cuts the bytes of a run of pieces, as they come, into those pieces.
///
/// Proof of `@unchecked Sendable`: the feeder's actor alone works with it.
final class PieceAssembly: @unchecked Sendable {
    /// A part of a file, by its place in the metainfo.
    struct Part {
        var file: Int
        var range: Range<Int64>
    }

    /// What is to be read, in order: parts of files, each as long as possible, and pads.
    let parts: [Part]
    private let metainfo: Metainfo
    private let end: Int
    private var piece: Int
    private var content: [UInt8] = []

    init(_ metainfo: Metainfo, _ pieces: Range<Int>) {
        self.metainfo = metainfo
        piece = pieces.lowerBound
        end = pieces.upperBound
        var parts: [Part] = []
        for piece in pieces {
            for span in metainfo.spans(ofPiece: piece) {
                if let last = parts.last, last.file == span.file, last.range.upperBound == span.range.lowerBound {
                    parts[parts.count - 1].range = last.range.lowerBound..<span.range.upperBound
                } else {
                    parts.append(Part(file: span.file, range: span.range))
                }
            }
        }
        self.parts = parts
    }

    /// Pieces that are not complete yet.
    var rest: Range<Int> { piece..<end }

    /// - Returns: the pieces that these bytes complete.
    func take(_ bytes: ByteBuffer) -> [(piece: Int, content: [UInt8])] {
        var complete: [(piece: Int, content: [UInt8])] = []
        var bytes = bytes
        while bytes.readableBytes > 0, piece < end {
            let size = metainfo.size(ofPiece: piece)
            if content.isEmpty { content.reserveCapacity(size) }
            guard let part = bytes.readSlice(length: min(bytes.readableBytes, size - content.count)) else { break }
            content.append(contentsOf: part.readableBytesView)
            guard content.count == size else { continue }
            complete.append((piece, content))
            content = []
            piece += 1
        }
        return complete
    }
}

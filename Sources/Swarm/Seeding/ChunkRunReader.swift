internal import ChunkStore
internal import NIOCore
internal import Xet

/// Reads runs of chunks and hashes what it has read.
enum ChunkRunReader {
    /// Hashed together while they are in the processor's cache.
    private static let batchBytes = 1 << 20

    /// Reads chunks back to back.
    /// - Parameter asFrames: whether each chunk gets the header that it has in a xorb, where it is stored as it is.
    /// - Returns: nil when the file has not, or not any more, what the list says. Blocks.
    static func read(
        _ chunks: Range<Int>, of list: ChunkList, from file: RandomAccessFile, asFrames: Bool = false
    ) throws -> ByteBuffer? {
        let headroom = asFrames ? ChunkHeader.size : 0
        let lengths = chunks.map { Int(list[$0].length) }
        let total = lengths.reduce(0, +)
        var buffer = ByteBufferAllocator().buffer(capacity: total + headroom * lengths.count)
        var next = chunks.lowerBound
        var position = list.offset(of: next)
        while next < chunks.upperBound {
            var end = next
            var bytes = 0
            while end < chunks.upperBound, end == next || bytes < batchBytes {
                bytes += lengths[end - chunks.lowerBound]
                end += 1
            }
            let batch = lengths[next - chunks.lowerBound..<end - chunks.lowerBound]
            guard
                try append(next..<end, Array(batch), of: list, from: file, at: position, headroom, to: &buffer)
            else { return nil }
            position += UInt64(bytes)
            next = end
        }
        return buffer
    }

    private static func append(
        _ chunks: Range<Int>, _ lengths: [Int], of list: ChunkList, from file: RandomAccessFile, at position: UInt64,
        _ headroom: Int, to buffer: inout ByteBuffer
    ) throws -> Bool {
        let bytes = lengths.reduce(0, +)
        let space = bytes + headroom * lengths.count
        var isRight = false
        try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: space) { target in
            guard let base = target.baseAddress else { return 0 }
            // Read behind all headers, then moved apart from the front, which never overtakes what is still to move.
            let start = space - bytes
            let read = UnsafeMutableRawBufferPointer(start: base + start, count: bytes)
            guard try file.read(into: read, at: position) == bytes else { return 0 }
            var offsets: [Int] = []
            var from = start
            var to = 0
            for length in lengths {
                if headroom > 0 {
                    ChunkHeader(packedLength: length, scheme: .none, unpackedLength: length).store(to: base + to)
                    (base + to + headroom).copyMemory(from: base + from, byteCount: length)
                }
                offsets.append(to + headroom)
                from += length
                to += headroom + length
            }
            isRight = matches(chunks, of: list, at: UnsafeRawPointer(base), offsets: offsets, lengths: lengths)
            return isRight ? space : 0
        }
        return isRight
    }

    /// Whether chunks that lie in memory are those of the list.
    static func matches(
        _ chunks: Range<Int>, of list: ChunkList, at base: UnsafeRawPointer, offsets: [Int], lengths: [Int]
    ) -> Bool {
        var hashes = [ChunkHash](repeating: .zero, count: chunks.count)
        offsets.withUnsafeBufferPointer { offsets in
            lengths.withUnsafeBufferPointer { lengths in
                hashes.withUnsafeMutableBufferPointer { hashes in
                    guard let target = hashes.baseAddress else { return }
                    ChunkHashing.hash(base: base, offsets: offsets, lengths: lengths, into: target)
                }
            }
        }
        return zip(chunks, hashes).allSatisfy { list[$0].hash == $1 }
    }
}

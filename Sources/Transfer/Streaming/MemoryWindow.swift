internal import NIOCore
internal import Xet

/// A stretch of a file in memory, with room for the chunks that reach over its two ends.
///
/// Proof of `@unchecked Sendable`: while a window is filled, each fetch writes only the ranges that its plan gives it, and
/// a plan gives no byte twice; it is read only after all fetches have ended.
final class MemoryWindow: RandomAccess, @unchecked Sendable {
    private let origin: UInt64
    private let memory: UnsafeMutableRawBufferPointer

    init(_ range: Range<UInt64>) {
        let overhang = UInt64(XetLimits.maximumChunk)
        origin = range.lowerBound - min(range.lowerBound, overhang)
        memory = .allocate(byteCount: Int(range.upperBound - origin + overhang), alignment: 64)
    }

    deinit { memory.deallocate() }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws {
        try slot(offset, bytes.count).copyMemory(from: bytes)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws -> Int {
        buffer.copyMemory(from: UnsafeRawBufferPointer(try slot(offset, buffer.count)))
        return buffer.count
    }

    /// A copy of a part.
    func bytes(_ range: Range<UInt64>) throws -> ByteBuffer {
        ByteBuffer(bytes: try slot(range.lowerBound, range.count))
    }

    private func slot(_ offset: UInt64, _ count: Int) throws(TransferError) -> UnsafeMutableRawBufferPointer {
        guard offset >= origin, offset - origin <= UInt64(memory.count - count) else {
            throw TransferError(code: .badReply, message: "a chunk lies outside of the range that was asked for")
        }
        let start = Int(offset - origin)
        return UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + count])
    }
}

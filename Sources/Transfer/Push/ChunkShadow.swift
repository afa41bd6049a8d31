internal import Xet

/// Copies of chunks from a file that is only shown, which somebody may be writing to: what goes into a xorb must be what
/// was hashed.
///
/// Proof of `@unchecked Sendable`: its ``Packer`` owns it, which one job at a time uses.
final class ChunkShadow: @unchecked Sendable {
    struct Torn: Error {}

    private var memory: UnsafeMutableRawBufferPointer?

    deinit { memory?.deallocate() }

    /// A copy of a chunk, which has its hash. It stays until the chunk of another batch takes its place.
    /// - Throws: ``Torn`` when the file holds something else by now.
    func copy(of index: Int, in batch: ChunkBatch) throws -> UnsafeRawBufferPointer {
        let memory = self.memory ?? .allocate(byteCount: BatchReader.capacity, alignment: 64)
        self.memory = memory
        let bytes = batch.bytes(at: index)
        let place = batch.offsets[index]
        let copy = UnsafeMutableRawBufferPointer(rebasing: memory[place..<place + bytes.count])
        copy.copyMemory(from: bytes)
        guard ChunkHashing.hash(UnsafeRawBufferPointer(copy)) == batch.chunks[index].hash else {
            throw Torn()
        }
        return UnsafeRawBufferPointer(copy)
    }
}

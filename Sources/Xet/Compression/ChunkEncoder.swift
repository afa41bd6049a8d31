import CKernels
import CLZ4

/// Packs chunks. It owns its scratch memory, so use one per task and keep it.
public final class ChunkEncoder {
    /// A chunk, and how it shall be packed.
    struct Job {
        var bytes: UnsafeRawBufferPointer
        var scheme: CompressionScheme

        /// Room that the job needs while it is packed, header included.
        var room: Int { Self.room(for: bytes.count) }

        static func room(for count: Int) -> Int {
            ChunkHeader.size + LZ4Frame.overhead + count + count / 255 + shoal_planes_margin
        }
    }

    private let scratch: UnsafeMutableRawPointer
    private let state: UnsafeMutableRawPointer
    private var jobs: [shoal_planes_job] = []
    /// For the room that `encode(_:scheme:into:)` is not given.
    private lazy var spare = [UInt8](repeating: 0, count: Job.room(for: XetLimits.maximumChunk))

    public init() {
        scratch = .allocate(byteCount: shoal_planes_scratch, alignment: 64)
        state = .allocate(byteCount: Int(LZ4_sizeofState()), alignment: 16)
    }

    deinit {
        scratch.deallocate()
        state.deallocate()
    }

    /// Writes header and payload of one chunk. A chunk that does not shrink is stored with `CompressionScheme.none`.
    ///
    /// - Parameters:
    ///   - chunk: 1 to `XetLimits.maximumChunk` bytes.
    ///   - scheme: anything but `bitSlicedLZ4`, which is read only.
    ///   - output: at least `ChunkHeader.size` + `chunk.count` bytes.
    /// - Returns: how many bytes were written.
    public func encode(
        _ chunk: UnsafeRawBufferPointer, scheme: CompressionScheme, into output: UnsafeMutableRawBufferPointer,
    ) -> Int {
        precondition(output.count >= ChunkHeader.size + chunk.count, "the output must hold the unpacked chunk")
        var size = 0
        spare.withUnsafeMutableBytes { spare in
            encode([Job(bytes: chunk, scheme: scheme)], into: spare) { size = $0 }
            output.copyMemory(from: UnsafeRawBufferPointer(rebasing: spare[..<size]))
        }
        return size
    }

    /// Writes chunks back to back at the start of `space`: many at once take much less time each than one by one.
    ///
    /// - Parameters:
    ///   - chunks: each as for the other method.
    ///   - space: at least the sum of the jobs' `room`.
    ///   - written: told the size of each chunk in turn, header included.
    func encode(_ chunks: [Job], into space: UnsafeMutableRawBufferPointer, written: (Int) -> Void) {
        precondition(chunks.reduce(0) { $0 + $1.room } <= space.count, "the jobs need their room")
        guard let base = space.baseAddress else { return }
        packGroups(of: chunks, at: base)
        var packed = jobs.makeIterator()
        var end = base
        for chunk in chunks {
            // What was packed already lies further back, or in place: nothing is overwritten before its turn.
            let size = write(chunk, grouped: chunk.scheme == .byteGroupedLZ4 ? packed.next() : nil, at: end)
            written(size)
            end += size
        }
    }

    /// Packs all byte-grouped chunks, each at the payload of its own room.
    private func packGroups(of chunks: [Job], at base: UnsafeMutableRawPointer) {
        jobs.removeAll(keepingCapacity: true)
        var room = base
        for chunk in chunks {
            precondition((1...XetLimits.maximumChunk).contains(chunk.bytes.count), "a chunk has 1 to 131072 bytes")
            precondition(chunk.scheme != .bitSlicedLZ4, "bit-sliced chunks are not written")
            if chunk.scheme == .byteGroupedLZ4 {
                jobs.append(
                    shoal_planes_job(
                        input: chunk.bytes.baseAddress, count: chunk.bytes.count,
                        output: room + ChunkHeader.size + LZ4Frame.headerSize, packed: 0))
            }
            room += chunk.room
        }
        jobs.withUnsafeMutableBufferPointer { shoal_planes_pack(scratch, $0.baseAddress, $0.count) }
    }

    private func write(_ chunk: Job, grouped: shoal_planes_job?, at start: UnsafeMutableRawPointer) -> Int {
        let (bytes, payload) = (chunk.bytes, start + ChunkHeader.size)
        if let packed = pack(chunk, grouped: grouped, into: payload) {
            ChunkHeader(packedLength: packed, scheme: chunk.scheme, unpackedLength: bytes.count).store(to: start)
            return ChunkHeader.size + packed
        }
        ChunkHeader(packedLength: bytes.count, scheme: .none, unpackedLength: bytes.count).store(to: start)
        UnsafeMutableRawBufferPointer(start: payload, count: bytes.count).copyMemory(from: bytes)
        return ChunkHeader.size + bytes.count
    }

    /// The payload's size; nil when the chunk does not shrink.
    private func pack(_ chunk: Job, grouped: shoal_planes_job?, into payload: UnsafeMutableRawPointer) -> Int? {
        let (bytes, limit) = (chunk.bytes, chunk.bytes.count - 1)
        switch chunk.scheme {
        case .none, .bitSlicedLZ4:
            return nil
        case .lz4:
            return LZ4Frame.encode(count: bytes.count, into: payload, limit: limit) { target, room in
                let packed = LZ4_compress_fast_extState(
                    state, bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                    target.assumingMemoryBound(to: CChar.self), Int32(bytes.count), Int32(room), 1)
                return packed > 0 ? Int(packed) : nil
            }
        case .byteGroupedLZ4:
            return LZ4Frame.encode(count: bytes.count, into: payload, limit: limit) { target, room in
                guard let grouped, let output = grouped.output, grouped.packed <= room else { return nil }
                target.copyMemory(from: output, byteCount: grouped.packed)
                return grouped.packed
            }
        }
    }
}

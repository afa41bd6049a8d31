internal import ChunkStore
internal import NIOPosix
internal import Xet
public import XetClient

extension TransferEngine {
    /// Compares a file on disk, chunk by chunk, with the manifest that an earlier pull has kept.
    /// - Parameters:
    ///   - path: the file.
    ///   - manifest: where its manifest is kept.
    ///   - progress: told the bytes that were read, batch by batch, from any thread.
    /// - Returns: the ranges whose bytes are wrong or missing; nil when there is no manifest that proves itself.
    public func audit(
        _ request: XetFileRequest, at path: String, manifest: String,
        progress: @escaping @Sendable (UInt64) -> Void = { _ in }
    ) async throws -> [Range<UInt64>]? {
        guard let manifest = await load(manifest, request) else { return nil }
        let file = try RandomAccessFile(path: path, access: .read)
        var bad = CoverageMap()
        try await compare(manifest, with: file) { batch in
            for range in batch.bad { bad.insert(range) }
            progress(batch.length)
        }
        let length = try file.length
        if length > request.size { bad.insert(request.size..<length) }
        return bad.ranges
    }

    /// Takes what is good of a damaged file over into its partial file and journal, from where
    /// ``pullXet(_:from:into:observer:)`` goes on and fetches only the rest. The damaged file is not changed.
    /// - Returns: the bytes taken over; nil when no manifest can be had, so that no chunk can be told from another.
    public func salvage(
        _ request: XetFileRequest, from damaged: String, cas: CASClient, into partial: PartialFile
    ) async throws -> UInt64? {
        guard request.size > 0,
            let manifest = try await manifest(of: request, from: cas, partial: partial, candidates: [])
        else {
            return nil
        }
        let source = try RandomAccessFile(path: damaged, access: .read)
        let target = try RandomAccessFile(path: partial.path, access: .update)
        let opened = try await pool.runIfActive {
            try Journal.open(path: partial.journal, file: request.hash, size: request.size)
        }
        // Chunks that an interrupted repair has brought already are better than those of the damaged file.
        let known = Set(opened.records.map(\.offset))
        var kept: UInt64 = 0
        try await compare(manifest, with: source) { batch in
            let good = batch.good.filter { !known.contains($0.offset) }
            for record in good {
                let start = Int(record.offset - batch.offset)
                let bytes = batch.bytes[start..<start + Int(record.chunk.length)]
                try target.write(UnsafeRawBufferPointer(rebasing: bytes), at: record.offset)
            }
            try opened.journal.append(good)
            kept += good.reduce(0) { $0 + UInt64($1.chunk.length) }
        }
        return kept
    }

    /// Consecutive chunks of a file, compared with its manifest.
    private struct ComparedBatch {
        /// Where the batch starts in the file.
        var offset: UInt64
        /// What the manifest says the batch is long.
        var length: UInt64
        /// The bytes on disk; fewer than ``length`` where the file ends too soon.
        var bytes: UnsafeRawBufferPointer
        var good: [JournalRecord] = []
        var bad: [Range<UInt64>] = []
    }

    /// Reads a file in the order of its manifest; the bytes of a batch are valid only during the call.
    private func compare(
        _ manifest: ManifestFile, with file: RandomAccessFile, _ body: (ComparedBatch) throws -> Void
    ) async throws {
        let batchBytes = 4 << 20
        var index = 0
        var position: UInt64 = 0
        try await memory.withReservation(batchBytes + XetLimits.maximumChunk) {
            let buffer = UnsafeMutableRawBufferPointer.allocate(
                byteCount: batchBytes + XetLimits.maximumChunk, alignment: 64)
            defer { buffer.deallocate() }
            // Proof of safety: the pool's thread is awaited before the buffer is touched again.
            nonisolated(unsafe) let room = buffer
            while index < manifest.chunkCount {
                try Task.checkCancellation()
                let (first, start) = (index, position)
                let chunks = Self.batch(of: manifest, from: first, upTo: batchBytes)
                let length = chunks.reduce(0) { $0 + Int($1.length) }
                let (got, hashes) = try await pool.runIfActive { () -> (Int, [ChunkHash]) in
                    let slot = UnsafeMutableRawBufferPointer(rebasing: room[..<length])
                    let got = try file.read(into: slot, at: start)
                    return (got, Self.hashes(of: chunks, in: UnsafeRawBufferPointer(rebasing: slot[..<got])))
                }
                var batch = ComparedBatch(
                    offset: start, length: UInt64(length), bytes: UnsafeRawBufferPointer(rebasing: buffer[..<got]))
                for (place, chunk) in chunks.enumerated() {
                    let record = JournalRecord(offset: position, chunk: chunk)
                    if place < hashes.count, hashes[place] == chunk.hash {
                        batch.good.append(record)
                    } else {
                        batch.bad.append(record.range)
                    }
                    position = record.range.upperBound
                }
                index += chunks.count
                try body(batch)
            }
        }
    }

    private static func batch(of manifest: ManifestFile, from first: Int, upTo bytes: Int) -> [Chunk] {
        var chunks: [Chunk] = []
        var length = 0
        for index in first..<manifest.chunkCount where length < bytes {
            chunks.append(manifest[index])
            length += Int(chunks[chunks.count - 1].length)
        }
        return chunks
    }

    /// The hashes of those chunks that lie wholly inside the bytes.
    private static func hashes(of chunks: [Chunk], in bytes: UnsafeRawBufferPointer) -> [ChunkHash] {
        var offsets: [Int] = []
        var lengths: [Int] = []
        var end = 0
        for chunk in chunks {
            guard end + Int(chunk.length) <= bytes.count else { break }
            offsets.append(end)
            lengths.append(Int(chunk.length))
            end += Int(chunk.length)
        }
        var hashes = [ChunkHash](repeating: .zero, count: offsets.count)
        guard let base = bytes.baseAddress, !offsets.isEmpty else { return [] }
        ChunkHashing.hash(base, offsets: offsets, lengths: lengths, into: &hashes)
        return hashes
    }
}

package import ChunkStore
package import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Transport
internal import Xet

/// A running pull of a file whose manifest is known, as those see it who bring parts of it and pass parts of it on.
///
/// Chunks are named by their index in the manifest.
package final class SharedPull: Sendable {
    package let request: XetFileRequest
    package let chunkCount: Int
    let pull: XetPull
    package let manifest: ManifestFile
    /// The partial file that is being filled.
    package let path: String
    let peerBytes = Atomic<UInt64>(0)

    init(_ pull: XetPull, manifest: ManifestFile, path: String) {
        self.path = path
        self.pull = pull
        self.manifest = manifest
        request = pull.request
        chunkCount = manifest.chunkCount
    }

    /// Bytes of chunks that peers have sent, right or wrong.
    package var receivedFromPeers: UInt64 { peerBytes.load(ordering: .relaxed) }

    /// Bytes that came from the CAS so far, as they travelled.
    package var receivedFromOrigin: UInt64 { pull.networkBytes }

    /// Where somebody who reads the file meanwhile waits for bytes; nil while nobody does.
    package var wantedFrom: UInt64? { pull.ledger.follower?.wantedFrom }

    package var isComplete: Bool { pull.ledger.coveredBytes == request.size }

    /// Whether a stretch of the file is verified and written.
    package func contains(_ bytes: Range<UInt64>) -> Bool { pull.ledger.contains(bytes) }

    /// The stretches of the file that are missing, each of whole chunks.
    package var gaps: [Range<UInt64>] { pull.ledger.gaps(in: 0..<request.size) }

    /// Verifies the chunks of a run, writes those that are right and missing, and notes them; on a pool thread.
    /// - Parameter run: the plain bytes of the chunks, one after the other.
    /// - Returns: how many chunks from the first one on are right; whoever sent the others is to blame.
    /// - Throws: `StorageError`, `CancellationError`.
    package func store(_ run: ByteBuffer, chunks: Range<Int>) async throws -> Int {
        peerBytes.add(UInt64(run.readableBytes), ordering: .relaxed)
        let (right, written) = try await pull.engine.pool.runIfActive { [self] in
            try run.withUnsafeReadableBytes { try store($0, chunks) }
        }
        if written > 0 { pull.observer.advanced(request.name, bytes: written) }
        return right
    }

    /// Tells the observer of bytes that a peer has sent.
    package func travelled(_ bytes: Int) { pull.observer.travelledFromPeers(UInt64(bytes)) }

    private func store(_ bytes: UnsafeRawBufferPointer, _ chunks: Range<Int>) throws -> (right: Int, written: UInt64) {
        guard let base = bytes.baseAddress, !chunks.isEmpty, chunks.upperBound <= chunkCount else { return (0, 0) }
        var right = 0
        var records: [JournalRecord] = []
        records.reserveCapacity(chunks.count)
        Self.hash(base, count: bytes.count, lengths: chunks.lazy.map { Int(self.manifest[$0].length) }) { found in
            let start = manifest.offset(of: chunks.lowerBound)
            var position = start
            for (place, hash) in found.enumerated() {
                let chunk = manifest[chunks.lowerBound + place]
                guard chunk.hash == hash else { break }
                records.append(JournalRecord(offset: position, chunk: chunk))
                position += UInt64(chunk.length)
                right += 1
            }
        }
        // Bytes behind the last chunk are a lie as well.
        if right == chunks.count, let last = records.last,
            last.range.upperBound - records[0].offset != UInt64(bytes.count)
        {
            right -= 1
        }
        var written: UInt64 = 0
        var next = 0
        while next < records.count {
            guard !pull.ledger.contains(records[next].range) else {
                next += 1
                continue
            }
            let first = next
            while next < records.count, !pull.ledger.contains(records[next].range) { next += 1 }
            let stretch = records[first].offset..<records[next - 1].range.upperBound
            let from = Int(stretch.lowerBound - records[0].offset)
            try pull.file.write(
                UnsafeRawBufferPointer(rebasing: bytes[from..<from + stretch.count]), at: stretch.lowerBound)
            try pull.ledger.add(Array(records[first..<next]))
            written += UInt64(stretch.count)
        }
        return (right, written)
    }

    /// Hashes chunks that lie back to back, as many as are wholly there.
    private static func hash(
        _ base: UnsafeRawPointer, count: Int, lengths: some Sequence<Int>, _ body: ([ChunkHash]) throws -> Void
    ) rethrows {
        var offsets: [Int] = []
        var whole: [Int] = []
        var end = 0
        for length in lengths {
            guard length <= count - end else { break }
            offsets.append(end)
            whole.append(length)
            end += length
        }
        var hashes = [ChunkHash](repeating: .zero, count: offsets.count)
        if !offsets.isEmpty { ChunkHashing.hash(base, offsets: offsets, lengths: whole, into: &hashes) }
        try body(hashes)
    }

    /// Fetches a stretch of the file from the CAS, as far as it is missing, and nothing but the chunks that it touches.
    /// What came before a cancellation is kept.
    /// - Throws: as ``TransferEngine/pullXet(_:from:into:reusing:peers:observer:)``.
    package func fetchFromOrigin(_ bytes: Range<UInt64>) async throws { try await pull.fetchMissing(in: bytes) }

    /// Takes memory for bytes that peers are asked for out of the engine's one budget, if it is free now.
    package func reserve(_ bytes: Int) -> Bool { pull.engine.memory.takeIfFree(bytes) }

    /// Gives it back.
    package func release(_ bytes: Int) { pull.engine.memory.release(bytes) }

    /// Whether peers may be asked for so many bytes now, where the user limits what may come.
    package func mayAsk(for bytes: Int) -> Bool { pull.engine.settings.downloadLimit?.takeIfDue(bytes) ?? true }

    /// The engine's budget of bytes in flight.
    package var memoryBudget: Int { pull.engine.settings.memoryBudget }
}

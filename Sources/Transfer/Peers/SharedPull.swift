internal import ChunkStore
package import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Transport
internal import Xet

/// A running pull of a file whose chunks are known, or become known, as those see it who bring parts of it and pass
/// parts of it on.
///
/// Chunks are named by their index in the file.
package final class SharedPull: Sendable {
    package let request: XetFileRequest
    let pull: XetPull
    package let chunks: SharedChunks
    /// The partial file that is being filled.
    package let path: String
    let peerBytes = Atomic<UInt64>(0)

    init(_ pull: XetPull, chunks: SharedChunks, path: String) {
        self.path = path
        self.pull = pull
        self.chunks = chunks
        request = pull.request
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

    /// Whether chunks are verified and written; as long as nobody knows what they are, whether they have come.
    /// - Parameter bytes: where they lie in the file.
    package func contains(_ chunks: Range<Int>, at bytes: Range<UInt64>) -> Bool {
        guard let draft = self.chunks.draft, draft.isKnown(xorb: draft.place(of: chunks.lowerBound).xorb) else {
            return contains(bytes)
        }
        return draft.isVerified(chunks)
    }

    /// Takes what a peer says is the manifest of a file that has none yet; on a pool thread.
    /// - Returns: false when it is not.
    package func learn(manifest: ByteBuffer) async throws -> Bool {
        guard let draft = chunks.draft else { return true }
        return try await pull.engine.pool.runIfActive {
            manifest.withUnsafeReadableBytes { draft.learn(manifest: $0) }
        }
    }

    /// Bytes that a manifest of the file can have.
    package var longestManifest: Int { TransferEngine.longestManifest(of: request) }

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
        guard let base = bytes.baseAddress, !chunks.isEmpty, chunks.upperBound <= self.chunks.count,
            let start = self.chunks.offset(of: chunks.lowerBound)
        else { return (0, 0) }
        var right = 0
        var records: [JournalRecord] = []
        records.reserveCapacity(chunks.count)
        Self.hash(base, count: bytes.count, lengths: chunks.lazy.map { Int(self.chunks.chunk(at: $0)?.length ?? 0) }) {
            found in
            var position = start
            for (place, hash) in found.enumerated() {
                guard let chunk = self.chunks.chunk(at: chunks.lowerBound + place), chunk.hash == hash else { break }
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
            guard !isHere(chunks.lowerBound + next, records[next]) else {
                next += 1
                continue
            }
            let first = next
            while next < records.count, !isHere(chunks.lowerBound + next, records[next]) { next += 1 }
            let stretch = records[first].offset..<records[next - 1].range.upperBound
            let from = Int(stretch.lowerBound - records[0].offset)
            try pull.file.write(
                UnsafeRawBufferPointer(rebasing: bytes[from..<from + stretch.count]), at: stretch.lowerBound)
            try pull.ledger.add(Array(records[first..<next]))
            written += UInt64(stretch.count)
        }
        return (right, written)
    }

    private func isHere(_ index: Int, _ record: JournalRecord) -> Bool {
        chunks.draft?.isVerified(index..<index + 1) ?? pull.ledger.contains(record.range)
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

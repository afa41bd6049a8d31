internal import ChunkStore
internal import NIOCore
internal import Xet
internal import XetClient

/// Turns the bytes of one ranged GET into verified chunks on disk.
///
/// Proof of `@unchecked Sendable`: one stream owns a receiver; it hands it to a pool thread and awaits that job before
/// it touches the receiver again, so no two threads use it at once.
final class FetchReceiver: @unchecked Sendable {
    /// Packed bytes collected before they are decoded.
    static let batchBytes = 1 << 20

    /// What a connection may hold before it is taken: four reads of up to 1 MiB.
    static let networkBytes = 4 << 20

    /// What a receiver does with the chunks: fetch what is missing, or compare with what is there.
    enum Purpose { case fill, compare(known: [UInt64: Chunk]) }

    private let job: FetchJob
    private let file: any RandomAccess
    private let ledger: PullLedger
    private let manifest: ManifestFile?
    private let purpose: Purpose

    private let spaces: DecodeSpaces
    /// The start of a chunk whose end has not come yet.
    private var carry: [UInt8] = []
    private var nextChunk: UInt32
    private var consumed: UInt64 = 0

    /// File position of each target's next chunk, and its index in the manifest.
    private var cursors: [(position: UInt64, index: Int?)]
    private var tree = MerkleTreeBuilder()

    /// Chunks that differ from what was known (only with `.compare`).
    private(set) var changes: [JournalRecord] = []
    /// File bytes written since the last call of ``takeWritten()``.
    private var written: UInt64 = 0

    init(
        job: FetchJob, file: any RandomAccess, ledger: PullLedger, manifest: ManifestFile?, spaces: DecodeSpaces,
        purpose: Purpose = .fill
    ) {
        self.job = job
        self.file = file
        self.ledger = ledger
        self.manifest = manifest
        self.spaces = spaces
        self.purpose = purpose
        nextChunk = job.fetch.chunks.lowerBound
        cursors = job.targets.map { ($0.fileOffset, nil) }
    }

    /// The memory that a receiver for a job needs, its share of network buffers and of decoding included.
    static func memory(for job: FetchJob) -> Int {
        let expected = Int(clamping: job.fetch.bytes.count)
        let carried = ChunkHeader.size + ChunkHeader.maximumPackedLength
        return min(2 * batchBytes + carried, expected) + DecodeSpace.capacity + min(networkBytes, expected)
    }

    /// File bytes written since the last call.
    func takeWritten() -> UInt64 {
        defer { written = 0 }
        return written
    }

    /// Decodes, verifies and stores all chunks that are complete with these parts of the reply.
    func process(_ parts: [ByteBuffer]) throws {
        try spaces.withSpace { space in
            do {
                for part in parts { try part.withUnsafeReadableBytes { try take($0, space) } }
            } catch {
                // What came before the damage is good: keep it.
                try? storeBatch(space)
                throw error
            }
            try storeBatch(space)
        }
    }

    /// Checks that the reply held exactly the promised chunks.
    /// - Returns: whether the chunks were a whole xorb and proved its hash.
    func finish() throws -> Bool {
        guard nextChunk == job.fetch.chunks.upperBound, carry.isEmpty else {
            throw TransferError(
                code: .badReply,
                message: "the bytes of xorb \(job.fetch.xorb) end inside chunk \(nextChunk)")
        }
        guard job.fetch.chunks.lowerBound == 0 else { return false }
        return tree.finish().retyped(as: XorbKind.self) == job.fetch.xorb
    }

    /// Takes the next bytes of the reply. Whole chunks are decoded where they lie.
    private func take(_ bytes: UnsafeRawBufferPointer, _ space: DecodeSpace) throws {
        var rest = bytes
        while !rest.isEmpty {
            guard nextChunk < job.fetch.chunks.upperBound else {
                throw TransferError(
                    code: .badReply, message: "xorb \(job.fetch.xorb) has bytes after its last chunk")
            }
            if carry.isEmpty, let length = try chunkLength(rest), rest.count >= length {
                try decode(UnsafeRawBufferPointer(rebasing: rest[..<length]), space)
                rest = UnsafeRawBufferPointer(rebasing: rest[length...])
                continue
            }
            let wanted = try carry.withUnsafeBytes { try chunkLength($0) } ?? ChunkHeader.size
            let count = min(wanted - carry.count, rest.count)
            carry += UnsafeRawBufferPointer(rebasing: rest[..<count])
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            guard carry.count == wanted, wanted > ChunkHeader.size else { continue }
            try carry.withUnsafeBytes { try decode($0, space) }
            carry.removeAll(keepingCapacity: true)
        }
    }

    /// The length of the next chunk, header included; nil when its header is not complete.
    private func chunkLength(_ bytes: UnsafeRawBufferPointer) throws -> Int? {
        guard bytes.count >= ChunkHeader.size else { return nil }
        let header = try ChunkHeader(parsing: bytes, at: job.fetch.bytes.lowerBound + consumed)
        let length = ChunkHeader.size + header.packedLength
        guard consumed + UInt64(length) <= UInt64(job.fetch.bytes.count) else {
            throw TransferError(
                code: .badReply, message: "chunk \(nextChunk) of xorb \(job.fetch.xorb) passes the range's end")
        }
        return length
    }

    private func decode(_ chunk: UnsafeRawBufferPointer, _ space: DecodeSpace) throws {
        let position = job.fetch.bytes.lowerBound + consumed
        let header = try ChunkHeader(parsing: chunk, at: position)
        if !space.hasRoom(for: header.unpackedLength) { try storeBatch(space) }
        try space.decode(
            header, payload: UnsafeRawBufferPointer(rebasing: chunk[ChunkHeader.size...]), offset: position)
        consumed += UInt64(chunk.count)
        nextChunk += 1
    }

    private func storeBatch(_ space: DecodeSpace) throws {
        guard space.count > 0 else { return }
        defer { space.clear() }
        space.hashChunks()
        if job.fetch.chunks.lowerBound == 0 {
            for index in 0..<space.count { tree.append(space.hashes[index], length: UInt64(space.lengths[index])) }
        }
        let batch = nextChunk - UInt32(space.count)..<nextChunk
        for target in job.targets.indices {
            let shared = batch.clamped(to: job.targets[target].chunks)
            guard !shared.isEmpty else { continue }
            let chunks = Int(shared.lowerBound - batch.lowerBound)..<Int(shared.upperBound - batch.lowerBound)
            try store(chunks, of: space, target)
        }
    }

    /// Stores chunks of the batch for one target: checks each, writes neighbours in one call, then journals them.
    private func store(_ chunks: Range<Int>, of space: DecodeSpace, _ target: Int) throws {
        var records: [JournalRecord] = []
        records.reserveCapacity(chunks.count)
        var run = 0..<0
        var runOffset: UInt64 = 0
        var failure: TransferError?

        func flush() throws {
            guard !run.isEmpty else { return }
            try file.write(space.bytes(of: run), at: runOffset)
            run = 0..<0
        }

        for index in chunks {
            let chunk = Chunk(hash: space.hashes[index], length: UInt32(space.lengths[index]))
            let record = JournalRecord(offset: cursors[target].position, chunk: chunk)
            guard fits(record, target, isLast: index == chunks.upperBound - 1) else {
                failure = TransferError(
                    code: .badReply, message: "chunks of xorb \(job.fetch.xorb) have other lengths than the plan says")
                break
            }
            if let mismatch = check(record, target) {
                failure = mismatch
                break
            }
            cursors[target].position = record.range.upperBound
            guard wants(record) else { continue }
            // Wanted chunks are neighbours in the file as they are in memory.
            if run.upperBound == index, !run.isEmpty {
                run = run.lowerBound..<index + 1
            } else {
                try flush()
                run = index..<index + 1
                runOffset = record.offset
            }
            records.append(record)
        }
        try flush()
        if case .fill = purpose { try ledger.add(records) } else { changes += records }
        written += records.reduce(0) { $0 + UInt64($1.chunk.length) }
        if let failure { throw failure }
    }

    /// Whether a chunk stays inside its target, and ends it exactly when it is the target's last.
    private func fits(_ record: JournalRecord, _ target: Int, isLast: Bool) -> Bool {
        let place = job.targets[target]
        let end = place.fileOffset + place.length
        guard record.range.upperBound <= min(end, ledger.size) else { return false }
        return !isLast || nextChunk < place.chunks.upperBound || record.range.upperBound == end
    }

    private func wants(_ record: JournalRecord) -> Bool {
        switch purpose {
        case .fill: record.range.overlaps(job.wanted) && !ledger.contains(record.range)
        case .compare(let known): known[record.offset] != record.chunk
        }
    }

    /// Compares a chunk with the manifest, where there is one.
    private func check(_ record: JournalRecord, _ target: Int) -> TransferError? {
        guard let manifest else { return nil }
        let index = cursors[target].index ?? manifest.index(startingAt: record.offset)
        guard let index, index < manifest.chunkCount, manifest[index] == record.chunk else {
            return TransferError(
                code: .digestMismatch,
                message:
                    "a chunk of xorb \(job.fetch.xorb) does not hash to what the file needs at byte \(record.offset)",
                hint: "the hub's store or something on the way to it corrupts data; run `shoal pull` again later")
        }
        cursors[target].index = index + 1
        return nil
    }
}

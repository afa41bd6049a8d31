internal import ChunkStore
internal import NIOCore
internal import Xet
internal import XetClient

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Turns the bytes of one ranged GET into verified chunks on disk, in two fixed buffers.
///
/// Proof of `@unchecked Sendable`: one stream owns a receiver; it hands it to a pool thread and awaits that job before
/// it touches the receiver again, so no two threads use it at once.
final class FetchReceiver: @unchecked Sendable {
    /// Room for what is read ahead of a batch: a batch's worth, and the start of a chunk.
    static let inputCapacity = batchBytes + ChunkHeader.size + 2 * XetLimits.maximumChunk
    static let outputCapacity = 16 * XetLimits.maximumChunk
    /// Packed bytes collected before a batch is decoded; enough to fill the lanes of the hash kernels.
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

    private let input: UnsafeMutableRawBufferPointer
    private var inputStart = 0
    private var inputEnd = 0
    private let output: UnsafeMutableRawBufferPointer
    private var decoder = ChunkDecoder()
    private var nextChunk: UInt32
    private var consumed: UInt64 = 0

    private var lengths: [Int] = []
    private var offsets: [Int] = []
    private var hashes: [ChunkHash]
    /// File position of each target's next chunk, and its index in the manifest.
    private var cursors: [(position: UInt64, index: Int?)]
    private var tree = MerkleTreeBuilder()

    /// Chunks that differ from what was known (only with `.compare`).
    private(set) var changes: [JournalRecord] = []
    /// File bytes written since the last call of ``takeWritten()``.
    private var written: UInt64 = 0

    init(
        job: FetchJob, file: any RandomAccess, ledger: PullLedger, manifest: ManifestFile?, purpose: Purpose = .fill
    ) {
        self.job = job
        self.file = file
        self.ledger = ledger
        self.manifest = manifest
        self.purpose = purpose
        let expected = Int(clamping: job.fetch.bytes.count)
        input = .allocate(byteCount: min(Self.inputCapacity, expected), alignment: 64)
        let chunks = min(job.fetch.chunks.count, Self.outputCapacity / XetLimits.maximumChunk)
        output = .allocate(byteCount: chunks * XetLimits.maximumChunk, alignment: 64)
        hashes = Array(repeating: .zero, count: Self.outputCapacity / XetLimits.minimumChunk)
        nextChunk = job.fetch.chunks.lowerBound
        cursors = job.targets.map { ($0.fileOffset, nil) }
    }

    deinit {
        input.deallocate()
        output.deallocate()
    }

    /// The memory that a receiver for a job needs, its share of network buffers included.
    static func memory(for job: FetchJob) -> Int {
        let expected = Int(clamping: job.fetch.bytes.count)
        let chunks = min(job.fetch.chunks.count, outputCapacity / XetLimits.maximumChunk)
        return min(inputCapacity, expected) + chunks * XetLimits.maximumChunk + min(networkBytes, expected)
    }

    var bufferedBytes: Int { inputEnd - inputStart }
    var isFull: Bool { inputEnd == input.count }

    /// Takes as many bytes as fit.
    func take(_ part: inout ByteBuffer) {
        if inputStart > 0, inputEnd + part.readableBytes > input.count { compact() }
        let count = min(part.readableBytes, input.count - inputEnd)
        guard count > 0 else { return }
        part.readWithUnsafeReadableBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: input[inputEnd..<inputEnd + count])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            return count
        }
        inputEnd += count
    }

    private func compact() {
        guard inputStart > 0, let base = input.baseAddress else { return }
        memmove(base, base + inputStart, inputEnd - inputStart)
        inputEnd -= inputStart
        inputStart = 0
    }

    /// File bytes written since the last call.
    func takeWritten() -> UInt64 {
        defer { written = 0 }
        return written
    }

    /// Decodes, verifies and stores all chunks that are complete in the buffer.
    func process() throws {
        while try decodeBatch() { try storeBatch() }
        compact()
    }

    /// Checks that the reply held exactly the promised chunks.
    /// - Returns: whether the chunks were a whole xorb and proved its hash.
    func finish() throws -> Bool {
        guard nextChunk == job.fetch.chunks.upperBound, bufferedBytes == 0 else {
            throw TransferError(
                code: .badReply,
                message: "the bytes of xorb \(job.fetch.xorb) end inside chunk \(nextChunk)")
        }
        guard job.fetch.chunks.lowerBound == 0 else { return false }
        return tree.finish().retyped(as: XorbKind.self) == job.fetch.xorb
    }

    /// Decodes chunks into the output buffer until it is full or no complete chunk is left.
    private func decodeBatch() throws -> Bool {
        lengths.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        var used = 0
        while nextChunk < job.fetch.chunks.upperBound, bufferedBytes >= ChunkHeader.size, lengths.count < hashes.count {
            let position = job.fetch.bytes.lowerBound + consumed
            let header = try ChunkHeader(
                parsing: UnsafeRawBufferPointer(rebasing: input[inputStart..<inputEnd]), at: position)
            let total = ChunkHeader.size + header.packedLength
            guard bufferedBytes >= total else {
                guard consumed + UInt64(total) <= UInt64(job.fetch.bytes.count) else {
                    throw TransferError(
                        code: .badReply, message: "chunk \(nextChunk) of xorb \(job.fetch.xorb) passes the range's end")
                }
                break
            }
            guard used + header.unpackedLength <= output.count else { break }
            let start = inputStart + ChunkHeader.size
            try decoder.decode(
                header, payload: UnsafeRawBufferPointer(rebasing: input[start..<start + header.packedLength]),
                into: UnsafeMutableRawBufferPointer(rebasing: output[used..<used + header.unpackedLength]),
                offset: position)
            offsets.append(used)
            lengths.append(header.unpackedLength)
            used += header.unpackedLength
            inputStart += total
            consumed += UInt64(total)
            nextChunk += 1
        }
        if nextChunk == job.fetch.chunks.upperBound, bufferedBytes > 0 {
            throw TransferError(code: .badReply, message: "xorb \(job.fetch.xorb) has bytes after its last chunk")
        }
        return !lengths.isEmpty
    }

    private func storeBatch() throws {
        guard let base = output.baseAddress else { return }
        let count = lengths.count
        ChunkHashing.hash(base, offsets: offsets, lengths: lengths, into: &hashes)
        if job.fetch.chunks.lowerBound == 0 {
            for index in 0..<count { tree.append(hashes[index], length: UInt64(lengths[index])) }
        }
        let batch = nextChunk - UInt32(count)..<nextChunk
        for target in job.targets.indices {
            let shared = batch.clamped(to: job.targets[target].chunks)
            if !shared.isEmpty {
                try store(Int(shared.lowerBound - batch.lowerBound)..<Int(shared.upperBound - batch.lowerBound), target)
            }
        }
    }

    /// Stores chunks of the batch for one target: checks each, writes neighbours in one call, then journals them.
    private func store(_ chunks: Range<Int>, _ target: Int) throws {
        var records: [JournalRecord] = []
        records.reserveCapacity(chunks.count)
        var run = 0..<0
        var runOffset: UInt64 = 0
        var failure: TransferError?

        func flush() throws {
            guard !run.isEmpty else { return }
            try file.write(UnsafeRawBufferPointer(rebasing: output[run]), at: runOffset)
            run = 0..<0
        }

        for index in chunks {
            let chunk = Chunk(hash: hashes[index], length: UInt32(lengths[index]))
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
            let bytes = offsets[index]..<offsets[index] + lengths[index]
            if run.upperBound == bytes.lowerBound, runOffset + UInt64(run.count) == record.offset, !run.isEmpty {
                run = run.lowerBound..<bytes.upperBound
            } else {
                try flush()
                run = bytes
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

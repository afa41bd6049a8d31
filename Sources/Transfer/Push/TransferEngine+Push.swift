internal import ChunkStore
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Xet
public import XetClient

extension TransferEngine {
    /// Stores files in a CAS: reads each byte once, skips chunks that this push has already seen, uploads xorbs while
    /// reading on, and registers the files at the end. What the files are called is up to the caller's commit.
    /// - Throws: at the first file that cannot be read or stored; xorbs that were uploaded stay.
    public func push(
        _ files: [PushFile], to cas: CASClient, observer: any TransferObserver
    ) async throws -> PushReport {
        guard let root = settings.shardCache else {
            return try await push(files, packer: Packer(known: []), to: cas, observer: observer)
        }
        let cache = ShardCache(root: root, cas: try await cas.location())
        let packer = Packer(known: try await pool.runIfActive { cache.load() })
        var report: PushReport
        do {
            report = try await push(files, packer: packer, to: cas, observer: observer)
        } catch let error as CASError where error.code == .rejected && packer.reliesOnKnown {
            // The CAS no longer has what it had: forget it, and send everything.
            logger.info("the shard cache is out of date", metadata: ["reason": "\(error.message)"])
            try await pool.runIfActive { cache.clear() }
            report = try await push(files, packer: Packer(known: []), to: cas, observer: observer)
        }
        do {
            let xorbs = report.storedXorbs
            try await pool.runIfActive { try cache.store(xorbs) }
        } catch let error as StorageError {
            logger.info("the shard cache cannot be written", metadata: ["reason": "\(error.message)"])
        }
        report.storedXorbs = []
        return report
    }

    private func push(
        _ files: [PushFile], packer: Packer, to cas: CASClient, observer: any TransferObserver
    ) async throws -> PushReport {
        let sender = XorbSender(cas: cas, observer: observer)
        let reader = BatchReader(paths: files.map(\.path), withSHA256: true) { _, error in throw error }
        let slotCount = max(2, (settings.memoryBudget - BatchReader.memory) / settings.xorbBytes)
        let reserved = BatchReader.memory + 2 * settings.xorbBytes
        let xorbs = try await memory.withReservation(reserved) {
            try await pack(
                files, reader: reader, packer: packer, sender: sender, slotCount: slotCount, observer: observer)
        }
        var report = try await register(files, packer: packer, xorbs: xorbs, cas: cas)
        report.xorbBytesSent = sender.sentBytes
        for file in files { observer.finished(file.name, outcome: .transferred) }
        return report
    }

    /// Runs reading and packing side by side, and an upload for each full xorb.
    /// - Returns: the xorbs in the order of their ordinals.
    private func pack(
        _ files: [PushFile], reader: BatchReader, packer: Packer, sender: XorbSender, slotCount: Int,
        observer: any TransferObserver
    ) async throws -> [XorbHash] {
        var slots = XorbSlots(limit: slotCount, maximumLength: settings.xorbBytes)
        let pool = pool
        return try await withThrowingTaskGroup(of: XorbSlot.self) { uploads in
            var xorbs: [XorbHash] = []

            func send(_ slot: XorbSlot) async throws {
                let body = try await pool.runIfActive { slot.finished() }
                packer.closeXorb()
                xorbs.append(body.hash)
                uploads.addTask {
                    try await sender.send(body)
                    return slot
                }
            }

            func freeSlot() async throws -> XorbSlot {
                if let slot = slots.take() { return slot }
                guard let slot = try await uploads.next() else { throw CancellationError() }
                slot.builder.reset()
                return slot
            }

            var slot = try await freeSlot()
            var batch = try await pool.runIfActive { try reader.next() }
            while let current = batch {
                try Task.checkCancellation()
                report(current, of: files, to: observer)
                async let following = pool.runIfActive { try reader.next() }
                var position: Int? = 0
                while let start = position {
                    let target = slot
                    position = try await pool.runIfActive { packer.pack(current, from: start, into: target.builder) }
                    if position != nil {
                        try await send(slot)
                        slot = try await freeSlot()
                    }
                }
                batch = try await following
            }
            if !slot.builder.isEmpty { try await send(slot) }
            try await uploads.waitForAll()
            return xorbs
        }
    }

    private func report(_ batch: ChunkBatch, of files: [PushFile], to observer: any TransferObserver) {
        for piece in batch.pieces {
            let bytes = batch.chunks[piece.chunks].reduce(0) { $0 + UInt64($1.length) }
            observer.advanced(files[piece.file].name, bytes: bytes)
        }
    }

    /// Builds the shards and uploads them.
    private func register(
        _ files: [PushFile], packer: Packer, xorbs hashes: [XorbHash], cas: CASClient
    ) async throws -> PushReport {
        var report = PushReport()
        report.newBytes = packer.newBytes
        report.dedupedBytes = packer.dedupedBytes
        report.chunks = packer.chunkCount
        report.xorbs = hashes.count
        let known = packer.index.known
        let xorbs = zip(known + hashes, packer.index.xorbs).map { (hash: $0, chunks: $1) }
        report.storedXorbs = xorbs.dropFirst(known.count).map { ShardXorb(hash: $0.hash, chunks: $0.chunks) }
        var shards = ShardSplitter(xorbs: report.storedXorbs)
        for (number, file) in files.enumerated() {
            guard let summary = packer.summaries[number], let sha256 = summary.sha256 else { continue }
            report.files.append(
                PushedFile(name: file.name, size: summary.size, fileHash: summary.fileHash, sha256: sha256))
            report.totalBytes += summary.size
            shards.add((packer.recipes[number] ?? FileRecipe()).shardFile(summary, xorbs: xorbs))
        }
        for shard in shards.finish() {
            let body = ByteBuffer(bytes: shard.uploadForm())
            try await cas.upload(shard: body)
            report.shardBytesSent += UInt64(body.readableBytes)
        }
        return report
    }
}

/// Uploads xorbs and counts what travelled.
private final class XorbSender: Sendable {
    private let cas: CASClient
    private let observer: any TransferObserver
    private let sent = Atomic<UInt64>(0)

    init(cas: CASClient, observer: any TransferObserver) {
        self.cas = cas
        self.observer = observer
    }

    var sentBytes: UInt64 { sent.load(ordering: .relaxed) }

    func send(_ body: XorbBody) async throws {
        _ = try await cas.upload(body) { [self] count in
            sent.add(UInt64(count), ordering: .relaxed)
            observer.travelled(UInt64(count))
        }
    }
}

/// The slots of a push, made when first needed.
private struct XorbSlots {
    let limit: Int
    let maximumLength: Int
    private var made = 0

    init(limit: Int, maximumLength: Int) {
        self.limit = limit
        self.maximumLength = maximumLength
    }

    /// A new slot, while the limit allows one.
    mutating func take() -> XorbSlot? {
        guard made < limit else { return nil }
        made += 1
        return XorbSlot(maximumLength: maximumLength)
    }
}

internal import ChunkStore
internal import NIOCore
internal import NIOPosix
internal import Xet
internal import XetClient

/// One try of a push: reads, packs, uploads, registers.
struct PushRun: Sendable {
    /// What the files are known to be without reading them: recipes that the CAS has accepted before.
    struct Unread: Sendable {
        var summary: FileSummary
        var recipe: ShardFile
    }

    /// The CAS refused a shard that refers to xorbs which this run did not bring.
    struct Refusal: Error {
        var cause: CASError
        var borrowed: Set<XorbHash>
    }

    let engine: TransferEngine
    let files: [PushFile]
    let cas: CASClient
    let sender: XorbSender
    let packer: Packer
    let queries: ChunkQueries?
    /// Xorbs of an interrupted push, which no shard has named yet.
    let resumed: [StoredXorb]
    let observer: any TransferObserver

    /// - Parameter unread: files, by number, that need not be read.
    func run(unread: [Int: Unread]) async throws -> PushReport {
        let toRead = files.indices.filter { unread[$0] == nil }
        // What replaces something is likely to be known for the most part, and then its bytes are not needed again.
        let replaces = toRead.map { files[$0].present != nil }
        let reader = BatchReader(
            paths: toRead.map { files[$0].path }, withSHA256: true, isStrict: true, shows: { replaces[$0] },
            onFailure: { _, error in throw error })
        let slotCount = max(2, (engine.settings.memoryBudget - BatchReader.memory) / engine.settings.xorbBytes)
        let reserved =
            BatchReader.memory + (replaces.contains(true) ? BatchReader.capacity : 0) + 2 * engine.settings.xorbBytes
        let began = FileIdentity.now
        for file in unread.keys { observer.advanced(files[file].name, bytes: files[file].size) }
        let read = toRead.map { files[$0] }
        let xorbs =
            toRead.isEmpty
            ? []
            : try await engine.memory.withReservation(reserved) {
                try await pack(read, reader: reader, slotCount: slotCount)
            }
        var results = unread
        for (position, number) in toRead.enumerated() {
            guard let summary = packer.summaries[position], let recipe = packer.recipes[position] else { continue }
            results[number] = Unread(summary: summary, recipe: resolved(recipe, xorbs: xorbs))
        }
        await remember(toRead.compactMap { number in results[number].map { (files[number].path, $0.summary) } }, began)
        var report = try await register(results, own: xorbs)
        report.readBytes = toRead.reduce(0) { $0 + (results[$1]?.summary.size ?? 0) }
        return report
    }

    /// Runs reading and packing side by side, and an upload for each full xorb.
    /// - Returns: the xorbs of the packer's index that are complete, in the order of their ordinals.
    private func pack(_ read: [PushFile], reader: BatchReader, slotCount: Int) async throws -> [StoredXorb] {
        try await withThrowingTaskGroup(of: Void.self) { questions in
            defer { questions.cancelAll() }
            return try await pack(read, reader: reader, slotCount: slotCount) { chunks in
                guard let queries else { return }
                for chunk in chunks where queries.mayAsk() { questions.addTask { await queries.ask(chunk) } }
                await queries.pause()
                packer.learn(queries.takeArrived())
            }
        }
    }

    private func pack(
        _ read: [PushFile], reader: BatchReader, slotCount: Int, ask: ([ChunkHash]) async -> Void
    ) async throws -> [StoredXorb] {
        let pool = engine.pool
        let sizes = read.map(\.size)
        let recorder = engine.local.map { ChunkListRecorder(shelf: $0.manifests) }
        var slots = XorbSlots(limit: slotCount, maximumLength: engine.settings.xorbBytes)
        return try await withThrowingTaskGroup(of: XorbSlot.self) { uploads in
            var xorbs: [StoredXorb] = []
            var shares = XorbProgress.Shares()

            func send(_ slot: XorbSlot) async throws {
                let body = try await pool.runIfActive { slot.finished(on: pool) }
                let xorb = StoredXorb(
                    hash: body.hash, chunks: packer.closeXorb(), packedLength: UInt32(body.length))
                xorbs.append(xorb)
                let progress = XorbProgress(shares, packedLength: body.length, observer: observer)
                shares = XorbProgress.Shares()
                uploads.addTask {
                    try await sender.send(body, xorb, progress)
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
            var next = try await pool.runIfActive { try reader.next() }
            while let first = next {
                try Task.checkCancellation()
                let target = slot
                let skimmed = try await pool.runIfActive {
                    try skim(first, reader: reader, of: read, sizes: sizes, recorder: recorder, into: target.builder)
                }
                guard let current = skimmed.batch else { break }
                async let following = pool.runIfActive { try reader.next() }
                if queries != nil, skimmed.start == nil { await ask(skimmed.questions) }
                var position = skimmed.start
                repeat {
                    if position != nil {
                        try await send(slot)
                        slot = try await freeSlot()
                    }
                    let (target, start, before) = (slot, position ?? 0, packer.counts.newBytes)
                    position = try await pool.runIfActive {
                        try packed(current, from: start, of: read, into: target.builder)
                    }
                    guard skimmed.start == nil else { continue }
                    let known = shares.add(
                        current, start..<(position ?? current.chunks.count),
                        newBytes: packer.counts.newBytes - before
                    ) { read[$0].name }
                    for part in known where part.bytes > 0 { observer.advanced(part.name, bytes: part.bytes) }
                } while position != nil
                if current.window != nil, packer.counts.newBytes > engine.settings.copiedBytes {
                    reader.readFromNowOn()
                }
                next = try await following
            }
            if !slot.builder.isEmpty { try await send(slot) }
            try await uploads.waitForAll()
            return xorbs
        }
    }

    /// Bytes that one job goes through before others have their turn.
    private static let skimmedBytes = 16 << 20

    /// Where ``skim(_:reader:of:sizes:recorder:into:)`` stopped.
    private struct Skimmed {
        /// The first batch that has something new; nil at the end.
        var batch: ChunkBatch?
        /// The questions that it is worth.
        var questions: [ChunkHash] = []
        /// Where it goes on, if the xorb was full before its end.
        var start: Int?
    }

    /// Goes through batches in which everything is known, a batch and the next ones, on one thread: that takes less time
    /// than handing each from one thread to another.
    private func skim(
        _ first: ChunkBatch, reader: BatchReader, of read: [PushFile], sizes: [UInt64], recorder: ChunkListRecorder?,
        into builder: XorbBuilder
    ) throws -> Skimmed {
        var batch: ChunkBatch? = first
        var bytes = 0
        while let current = batch {
            recorder?.add(current)
            let questions = packer.questions(in: current, sizes: sizes)
            guard bytes < Self.skimmedBytes, packer.knows(current) else {
                return Skimmed(batch: current, questions: questions)
            }
            report(current, of: read)
            if let start = try packed(current, from: 0, of: read, into: builder) {
                return Skimmed(batch: current, start: start)
            }
            bytes += BatchReader.batchBytes
            batch = try reader.next()
        }
        return Skimmed()
    }

    private func packed(
        _ batch: ChunkBatch, from start: Int, of read: [PushFile], into builder: XorbBuilder
    ) throws -> Int? {
        do {
            return try packer.pack(batch, from: start, into: builder)
        } catch let change as Packer.Changed {
            throw TransferError.changed(read[change.file].path, "its content")
        }
    }

    private func report(_ batch: ChunkBatch, of read: [PushFile]) {
        for piece in batch.pieces {
            let bytes = batch.chunks[piece.chunks].reduce(0) { $0 + UInt64($1.length) }
            observer.advanced(read[piece.file].name, bytes: bytes)
        }
    }

    private func remember(_ summaries: [(path: String, summary: FileSummary)], _ began: Int64) async {
        guard let local = engine.local, !summaries.isEmpty else { return }
        try? await engine.pool.runIfActive { local.note(summaries, began: began, logger: engine.logger) }
    }

    /// Puts the hashes of this push's own xorbs where the packer had none yet.
    private func resolved(_ recipe: ShardFile, xorbs: [StoredXorb]) -> ShardFile {
        let known = packer.index.known
        var recipe = recipe
        for position in recipe.segments.indices {
            guard let ordinal = DedupIndex.ordinal(of: recipe.segments[position].xorb) else { continue }
            recipe.segments[position].xorb =
                ordinal < known.count ? known[ordinal] : xorbs[ordinal - known.count].hash
        }
        return recipe
    }

    /// Builds the shards and uploads them.
    private func register(_ results: [Int: Unread], own: [StoredXorb]) async throws -> PushReport {
        var report = PushReport()
        let counts = packer.counts
        report.newBytes = counts.newBytes
        report.dedupedBytes = counts.dedupedBytes
        report.queriedBytes = counts.queriedBytes
        report.defragPreventedBytes = counts.defragPreventedBytes
        report.chunks = counts.chunks
        report.xorbs = own.count
        let named = Set(results.values.flatMap { $0.recipe.segments.map(\.xorb) })
        report.storedXorbs = own + resumed.filter { named.contains($0.hash) }
        var shards = ShardSplitter(xorbs: report.storedXorbs)
        for (number, file) in files.enumerated() {
            guard let result = results[number], let sha256 = result.summary.sha256 else { continue }
            let isPresent = sha256 == file.present
            report.files.append(
                PushedFile(
                    name: file.name, size: result.summary.size, fileHash: result.summary.fileHash, sha256: sha256,
                    isPresent: isPresent))
            report.totalBytes += result.summary.size
            if isPresent { continue }
            report.storedFiles.append(result.recipe)
            shards.add(result.recipe)
        }
        // What was not read was known as well.
        report.dedupedBytes = report.totalBytes - min(report.totalBytes, report.newBytes)
        do {
            for part in shards.finish() {
                let body = ByteBuffer(bytes: part.shard.uploadForm())
                try await cas.upload(shard: body)
                report.shardBytesSent += UInt64(body.readableBytes)
            }
        } catch let error as CASError where [.rejected, .notFound].contains(error.code) {
            let borrowed = named.subtracting(own.map(\.hash))
            guard !borrowed.isEmpty else { throw error }
            throw Refusal(cause: error, borrowed: borrowed)
        }
        return report
    }
}

internal import ChunkStore
internal import Logging
internal import NIOPosix
public import Xet
public import XetClient

extension TransferEngine {
    /// Stores files in a CAS: reads each byte once, skips chunks that this push has already seen or that the CAS is known
    /// to have, uploads xorbs while reading on, and registers the files at the end. Files that were read before and have
    /// not changed are not read again. What the files are called is up to the caller's commit.
    ///
    /// A push that was interrupted is continued by the next to the same CAS: xorbs that were acknowledged do not travel
    /// again.
    /// - Throws: at the first file that cannot be read or stored; xorbs that were uploaded stay.
    public func push(
        _ files: [PushFile], to cas: CASClient, observer: any TransferObserver
    ) async throws -> PushReport {
        let cache = try await local?.shardCache(of: cas.location())
        var operation = PushOperation(engine: self, files: files, cas: cas, cache: cache, observer: observer)
        return try await operation.run()
    }
}

extension TransferEngine {
    /// Which of some files are remembered chunk by chunk, so that pushing one of them again sends nothing.
    public func remembered(_ files: Set<FileHash>, at cas: CASClient) async throws -> Set<FileHash> {
        guard let local else { return [] }
        let cache = local.shardCache(of: try await cas.location())
        return try await pool.runIfActive {
            var set = cache.open()
            return files.filter { file in
                guard let recipe = set.file(file) else { return false }
                // Lists of chunks stand in other shards, which may be gone.
                return recipe.segments.allSatisfy { set.chunks($0.chunkStart..<$0.chunkEnd, of: $0.xorb) != nil }
            }
        }
    }
}

/// A push with all its tries: each time the CAS turns out to have lost something, that much is forgotten and sent.
private struct PushOperation {
    let engine: TransferEngine
    let files: [PushFile]
    let cas: CASClient
    let cache: ShardCache?
    let observer: any TransferObserver
    private static let tries = 4

    init(
        engine: TransferEngine, files: [PushFile], cas: CASClient, cache: ShardCache?, observer: any TransferObserver
    ) {
        self.engine = engine
        self.files = files
        self.cas = cas
        self.cache = cache
        self.observer = observer
    }

    mutating func run() async throws -> PushReport {
        let opened = await openSession()
        let sender = XorbSender(
            cas: cas, session: opened?.session, pool: engine.pool, logger: engine.logger, observer: observer)
        let queries =
            engine.settings.asksAboutChunks
            ? cache.map { ChunkQueries(cas: cas, cache: $0, pool: engine.pool, logger: engine.logger) } : nil
        var lost: Set<XorbHash> = []
        var trusts = true
        var attempt = 1
        while true {
            let resumed = (opened?.session.xorbs ?? []).filter { !lost.contains($0.hash) }
            let known = trusts ? resumed + (opened?.others ?? []).filter { !lost.contains($0.hash) } : []
            if !resumed.isEmpty { observer.kept() }
            let set = try await shards(without: lost, trusts: trusts)
            let run = PushRun(
                engine: engine, files: files, cas: cas, sender: sender,
                packer: Packer(index: DedupIndex(known: known, cached: set)), queries: trusts ? queries : nil,
                resumed: trusts ? resumed : [], observer: observer)
            do {
                var report = try await run.run(unread: trusts ? await unread(in: set) : [:])
                report.xorbBytesSent = sender.sentBytes
                await remember(report, session: opened?.session, used: run.packer.index.cache)
                report.storedXorbs = []
                report.storedFiles = []
                for file in report.files {
                    observer.finished(file.name, outcome: file.isPresent ? .alreadyPresent : .transferred)
                }
                return report
            } catch let refusal as PushRun.Refusal {
                guard attempt < Self.tries else { throw refusal.cause }
                engine.logger.info("the CAS has lost something", metadata: ["reason": "\(refusal.cause.message)"])
                let gone = await self.lost(of: refusal, isFirst: attempt == 1)
                // What was lost and has been sent since is there again, under the same name as a rule.
                lost = lost.subtracting(sender.acknowledged).union(gone)
                attempt += 1
                trusts = attempt < Self.tries
                if let cache { try await engine.pool.runIfActive { cache.forget(gone) } }
            } catch {
                if let session = opened?.session, session.xorbs.isEmpty { session.finish() }
                throw error
            }
        }
    }

    private func openSession() async -> (session: PushSession, others: [StoredXorb])? {
        guard let cache else { return nil }
        do {
            return try await engine.pool.runIfActive { try cache.openSession() }
        } catch {
            engine.logger.info("this push cannot be continued later", metadata: ["reason": "\(error)"])
            return nil
        }
    }

    private func shards(without lost: Set<XorbHash>, trusts: Bool) async throws -> ShardSet {
        guard let cache, trusts else { return ShardSet() }
        return try await engine.pool.runIfActive {
            var set = cache.open()
            set.ignore(lost)
            return set
        }
    }

    /// The files that are as they were when the CAS took them.
    private func unread(in set: ShardSet) async -> [Int: PushRun.Unread] {
        guard let local = engine.local else { return [:] }
        let files = files
        let found = try? await engine.pool.runIfActive {
            var set = set
            var found: [Int: PushRun.Unread] = [:]
            for (number, file) in files.enumerated() where file.size > 0 {
                guard let record = local.find(file.path), let sha256 = record.sha256,
                    var recipe = set.file(record.fileHash), recipe.size == record.identity.size
                else { continue }
                recipe.sha256 = sha256
                found[number] = PushRun.Unread(
                    summary: FileSummary(
                        size: recipe.size, fileHash: record.fileHash, sha256: sha256, chunkCount: 0),
                    recipe: recipe)
            }
            return found
        }
        return found ?? [:]
    }

    /// Finds out which of the xorbs that a refused shard refers to are gone: first those that the CAS names, then those
    /// that it does not have either; when it says nothing, all of them.
    ///
    /// A hub may say "no" of a xorb that only other repositories have, and let it be used all the same: so the question
    /// comes second.
    private func lost(of refusal: PushRun.Refusal, isFirst: Bool) async -> Set<XorbHash> {
        var gone = Set(
            refusal.cause.message.split { !$0.isHexDigit }.compactMap { XorbHash($0) }
                .filter { refusal.borrowed.contains($0) })
        if isFirst, !gone.isEmpty { return gone }
        await withTaskGroup(of: XorbHash?.self) { group in
            var pending = refusal.borrowed.subtracting(gone).makeIterator()
            func askNext() {
                guard let xorb = pending.next() else { return }
                group.addTask { [cas] in (try? await cas.holds(xorb)) == false ? xorb : nil }
            }
            for _ in 0..<8 { askNext() }
            while let answer = await group.next() {
                if let answer { gone.insert(answer) }
                askNext()
            }
        }
        return gone.isEmpty ? refusal.borrowed : gone
    }

    /// Remembers what the CAS has now.
    private func remember(_ report: PushReport, session: PushSession?, used: ShardSet) async {
        guard let cache, let local = engine.local else { return }
        do {
            try await engine.pool.runIfActive {
                cache.noteUse(of: used)
                var parts = ShardSplitter(xorbs: report.storedXorbs)
                for file in report.storedFiles { parts.add(file) }
                for part in parts.finish() { try cache.store(part.shard) }
                session?.finish()
                local.manifests.prune()
            }
        } catch {
            engine.logger.info("what was pushed cannot be remembered", metadata: ["reason": "\(error)"])
        }
    }
}

internal import ChunkStore
internal import Logging
internal import NIOPosix
internal import Xet
internal import XetClient

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension XetPull {
    /// A file whose chunks are not known is read whole if at least this share of what was sampled is wanted: reading
    /// goes at about 1 GB/s, so below it a network of 50 MB/s is as fast.
    private static let worthwhileShare = 0.05
    /// Files up to this size are read whole without sampling.
    private static let smallFile: UInt64 = 8 << 20

    /// Fills what local files can give.
    /// - Returns: file bytes that were filled.
    func reuse(_ candidates: [LocalCandidate]) async throws -> UInt64 {
        guard !candidates.isEmpty, !ledger.gaps(in: 0..<request.size).isEmpty else { return 0 }
        guard let wanted = try await wantedChunks(), !wanted.isEmpty else { return 0 }
        let sink = ChunkSink(file: file, ledger: ledger, wanted: wanted)
        var filled: UInt64 = 0
        for candidate in candidates {
            guard ledger.coveredBytes < request.size else { break }
            do {
                filled += try await take(from: candidate, into: sink)
            } catch let error as StorageError where error.path == candidate.path {
                // It was an offer; whatever is wrong with it, the network has the bytes as well.
                engine.logger.debug("not usable", metadata: ["path": "\(candidate.path)", "reason": "\(error)"])
            }
        }
        return filled
    }

    /// The chunks of the file as far as they are known: from its manifest, or from what is remembered about the xorbs
    /// that it is made of.
    private func wantedChunks() async throws -> WantedChunks? {
        let list: WantedChunks.List
        if let manifest {
            list = .manifest(manifest)
        } else {
            let records = try await knownRecords()
            guard !records.isEmpty else { return nil }
            list = .records(records)
        }
        return try await engine.pool.runIfActive { WantedChunks(list) { !ledger.contains($0) } }
    }

    /// What the shard cache knows about the file's chunks, for hubs that serve no manifests.
    private func knownRecords() async throws -> [JournalRecord] {
        guard let local = engine.local else { return [] }
        let cache = local.shardCache(of: try await cas.location())
        let opened = try await engine.pool.runIfActive { cache.open() }
        guard !opened.isEmpty else { return [] }
        var set = opened
        var records: [JournalRecord] = []
        var position: UInt64 = 0
        while position < request.size {
            let window = position..<min(position + engine.settings.planWindow, request.size)
            guard let plan = try? await cas.reconstruction(of: request.hash, range: window),
                plan.offsetIntoFirstTerm <= position
            else { break }
            var offset = position - plan.offsetIntoFirstTerm
            for term in plan.terms {
                if let chunks = set.chunks(term.chunks, of: term.xorb),
                    chunks.reduce(0, { $0 + UInt64($1.length) }) == term.unpackedLength
                {
                    var start = offset
                    for chunk in chunks {
                        records.append(JournalRecord(offset: start, chunk: chunk))
                        start += UInt64(chunk.length)
                    }
                }
                offset += term.unpackedLength
            }
            guard offset > position, offset <= request.size else { break }
            position = offset
        }
        return records.filter { $0.range.upperBound <= request.size }
    }

    private func take(from candidate: LocalCandidate, into sink: ChunkSink) async throws -> UInt64 {
        if let manifest, candidate.hash == request.hash {
            if let cloned = try await clone(candidate, manifest) { return cloned }
            return try await copy(candidate, list: manifest, into: sink)
        }
        if let hash = candidate.hash, let list = await list(of: candidate, hash) {
            return try await copy(candidate, list: list, into: sink)
        }
        let wanted = sink.wanted
        let isWorthwhile = try await engine.memory.withReservation(ScanningCopy.memory) {
            try await engine.pool.runIfActive {
                let source = try RandomAccessFile(path: candidate.path, access: .read)
                let size = try source.length
                return try size <= Self.smallFile
                    || ScanningCopy.share(of: wanted, in: source, size: size) >= Self.worthwhileShare
            }
        }
        return isWorthwhile ? try await scan(candidate, into: sink) : 0
    }

    /// The chunk list of a candidate, if it stands anywhere.
    private func list(of candidate: LocalCandidate, _ hash: FileHash) async -> ManifestFile? {
        let paths = [candidate.manifest, engine.local?.manifests.path(of: hash)].compactMap(\.self)
        let found: ManifestFile? = try? await engine.pool.runIfActive { () -> ManifestFile? in
            guard let size = FileIdentity(path: candidate.path)?.size else { return nil }
            for path in paths {
                if let list = ManifestFile(path: path, file: hash, size: size) { return list }
            }
            return nil
        }
        return found
    }

    private func copy(
        _ candidate: LocalCandidate, list: ManifestFile, into sink: ChunkSink
    ) async throws -> UInt64 {
        let copy = try await engine.pool.runIfActive {
            ListedCopy(source: try RandomAccessFile(path: candidate.path, access: .read), list: list, sink: sink)
        }
        return try await run(memory: 2 * ListedCopy.batchBytes) { try copy.step() }
    }

    private func scan(_ candidate: LocalCandidate, into sink: ChunkSink) async throws -> UInt64 {
        let local = engine.local
        let began = FileIdentity.now
        let scan = try await engine.pool.runIfActive {
            try ScanningCopy(path: candidate.path, sink: sink, list: local?.manifests.makeWriter())
        }
        let filled = try await run(memory: ScanningCopy.memory) { try scan.step() }
        if let local, let summary = scan.summary {
            let logger = engine.logger
            try await engine.pool.runIfActive {
                local.note([(candidate.path, summary)], began: began, logger: logger)
            }
        }
        return filled
    }

    /// Repeats a step until it returns nil, each on the pool.
    private func run(memory: Int, _ step: @escaping @Sendable () throws -> UInt64?) async throws -> UInt64 {
        var filled: UInt64 = 0
        try await engine.memory.withReservation(memory) {
            while let bytes = try await engine.pool.runIfActive(step) {
                try Task.checkCancellation()
                filled += bytes
                if bytes > 0 { observer.advanced(request.name, bytes: bytes) }
                if ledger.coveredBytes == request.size { break }
            }
        }
        return filled
    }

    /// Shares the blocks of a file with the same content, where the file system can, and hashes what is there then.
    /// - Returns: file bytes that proved right; nil where nothing was shared.
    private func clone(_ candidate: LocalCandidate, _ manifest: ManifestFile) async throws -> UInt64? {
        guard ledger.coveredBytes == 0, let target = file as? RandomAccessFile else { return nil }
        let isCloned = try await engine.pool.runIfActive {
            let source = try RandomAccessFile(path: candidate.path, access: .read)
            return try source.length == request.size && target.clone(source)
        }
        guard isCloned else { return nil }
        let before = ledger.coveredBytes
        var records: [JournalRecord] = []
        var position: UInt64 = 0
        for number in 0..<manifest.chunkCount {
            records.append(JournalRecord(offset: position, chunk: manifest[number]))
            position += UInt64(manifest[number].length)
            guard records.count == 4096 || number == manifest.chunkCount - 1 else { continue }
            try await onDisk(records) { good in
                let before = ledger.coveredBytes
                try? ledger.add(good)
                observer.advanced(request.name, bytes: ledger.coveredBytes - before)
            }
            records.removeAll(keepingCapacity: true)
        }
        return ledger.coveredBytes - before
    }
}

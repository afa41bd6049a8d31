internal import ChunkStore
internal import Logging
internal import NIOPosix
internal import Xet
public import XetClient

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension TransferEngine {
    /// Builds a Xet file in its partial file and returns once all of it is verified and on the disk; the caller
    /// renames it.
    ///
    /// A kill at any instant leaves a journal from which the next call continues. Chunks are verified on arrival when
    /// the file's manifest can be had, else by the root over all chunks at the end.
    /// - Parameter candidates: files on this disk that may have parts of it, the most promising first. What they give is
    ///   hashed before it counts and does not travel. Nil means that all of it shall come from the CAS.
    /// - Throws: ``TransferError`` when the source's bytes cannot be made to match; `CASError`, `TransportError`,
    ///   `StorageError`; `CancellationError`.
    public func pullXet(
        _ request: XetFileRequest, from cas: CASClient, into partial: PartialFile,
        reusing candidates: [LocalCandidate]? = nil, observer: any TransferObserver
    ) async throws -> PullStatistics {
        try await pullXet(request, from: cas, into: partial, reusing: candidates, peers: nil, observer: observer)
    }

    /// ``pullXet(_:from:into:reusing:observer:)`` with peers beside the CAS, or in its place.
    /// - Parameter follower: reads the file while it is built.
    package func pullXet(
        _ request: XetFileRequest, from cas: CASClient, into partial: PartialFile,
        reusing candidates: [LocalCandidate]? = nil, peers: (any PeerSource)?, follower: (any PullFollower)? = nil,
        observer: any TransferObserver
    ) async throws -> PullStatistics {
        let file = try RandomAccessFile(path: partial.path, access: .update)
        guard request.size > 0 else {
            guard request.hash.isZero else {
                throw TransferError(
                    code: .digestMismatch,
                    message: "\(request.name) is empty, but its hash is not that of an empty file")
            }
            try await pool.runIfActive { try file.truncate(to: 0) }
            return PullStatistics()
        }
        var copies: [LocalCandidate] = []
        if let candidates { copies = await self.copies(of: request) + candidates }
        let swarm = peers.map { SwarmAccess($0.join(request), isExclusive: $0.isExclusive) }
        do {
            let statistics = try await build(
                request, in: file, from: cas, partial: partial, copies: copies, swarm: swarm, follower: follower,
                observer: observer)
            await swarm?.swarm.leave()
            return statistics
        } catch {
            await swarm?.swarm.leave()
            throw error
        }
    }

    /// What went on before a manifest came from a peer in the middle of a pull.
    private struct EarlierPart {
        var manifest: ManifestFile
        var statistics: PullStatistics
        var coveredBytes: UInt64
    }

    private func build(
        _ request: XetFileRequest, in file: RandomAccessFile, from cas: CASClient, partial: PartialFile,
        copies: [LocalCandidate], swarm: SwarmAccess?, after earlier: EarlierPart? = nil,
        follower: (any PullFollower)?, observer: any TransferObserver
    ) async throws -> PullStatistics {
        let manifest =
            if let earlier {
                earlier.manifest
            } else {
                try await manifest(of: request, from: cas, partial: partial, candidates: copies, swarm: swarm)
            }
        let opened = try await pool.runIfActive {
            try Journal.open(path: partial.journal, file: request.hash, size: request.size)
        }
        let ledger = PullLedger(
            size: request.size, journal: opened.journal, closesRoot: manifest == nil, follower: follower)
        let pull = XetPull(
            request: request, cas: cas, file: file, manifest: manifest, ledger: ledger, engine: self, observer: observer
        )
        var statistics = earlier?.statistics ?? PullStatistics()
        if let earlier {
            _ = try await pull.resume(opened.records, alreadyShown: earlier.coveredBytes)
            if ledger.coveredBytes < earlier.coveredBytes { follower?.disproved() }
        } else {
            statistics.resumedBytes = try await pull.resume(opened.records)
            statistics.reusedBytes = try await pull.reuse(copies)
        }
        if ledger.coveredBytes < request.size { try await pool.runIfActive { try file.reserve(request.size) } }
        var draft: ManifestDraft?
        if let swarm, let manifest {
            statistics.peerBytes = try await pull.fetch(with: swarm, chunks: .manifest(manifest), path: partial.path)
        } else if let swarm {
            guard !swarm.isExclusive || ledger.coveredBytes == request.size else {
                throw TransferError(
                    code: .noPeers,
                    message: "\(request.name): neither peers nor the hub tell the chunks, so nothing could be checked",
                    hint: "allow the hub as well: leave out --p2p-only")
            }
            let path = partial.manifest ?? partial.journal + ".manifest"
            var end = try await pull.fetchAlone(
                until: swarm, orCompany: request.size >= XetPull.smallestShared, path: path)
            if case .company = end {
                draft = try await pull.makeDraft(journalPath: partial.journal)
                if let draft {
                    statistics.peerBytes = try await pull.fetch(with: swarm, chunks: .draft(draft), path: partial.path)
                } else {
                    end = try await pull.fetchAlone(until: swarm, orCompany: false, path: path)
                }
            }
            if case .manifest(let manifest) = end {
                statistics.networkBytes = pull.networkBytes
                let earlier = EarlierPart(
                    manifest: manifest, statistics: statistics, coveredBytes: ledger.coveredBytes)
                defer { if partial.manifest == nil { unlink(path) } }
                return try await build(
                    request, in: file, from: cas, partial: partial, copies: [], swarm: swarm, after: earlier,
                    follower: follower, observer: observer)
            }
        } else {
            try await pull.fetchMissing()
        }
        var isFulfilled = false
        if let draft { isFulfilled = try await pull.fulfils(draft) }
        if let draft, isFulfilled {
            if let path = partial.manifest { await keepManifest(of: request, path) { draft.chunks } }
        } else if manifest == nil {
            try await pull.closeRoot(journalPath: partial.journal)
            if let path = partial.manifest {
                await keepManifest(of: request, path) { try Self.chunks(of: request, journal: partial.journal) }
            }
        }
        await learn(from: pull, partial: partial)
        statistics.networkBytes += pull.networkBytes + statistics.peerBytes
        statistics.verifiedChunks = ledger.verifiedChunks
        statistics.trust =
            manifest != nil || isFulfilled ? .manifest : pull.everyXorbProved ? .xorb : .provisional
        try await pool.runIfActive {
            try file.truncate(to: request.size)
            try file.synchronize()
        }
        logger.debug(
            "file verified",
            metadata: [
                "file": "\(request.name)", "trust": "\(statistics.trust?.rawValue ?? "")",
                "network_bytes": "\(statistics.networkBytes)", "resumed_bytes": "\(statistics.resumedBytes)",
                "reused_bytes": "\(statistics.reusedBytes)",
                "peer_bytes": "\(statistics.peerBytes)",
            ])
        return statistics
    }
}

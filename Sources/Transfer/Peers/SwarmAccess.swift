internal import ChunkStore
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The swarm of a file, and whether the CAS may be asked as well.
struct SwarmAccess: Sendable {
    let swarm: any FileSwarm
    let isExclusive: Bool

    init(_ swarm: any FileSwarm, isExclusive: Bool) {
        self.swarm = swarm
        self.isExclusive = isExclusive
    }
}

extension XetPull {
    /// Fetches what is missing from peers and the CAS.
    /// - Returns: bytes that peers have sent.
    func fetch(with access: SwarmAccess, chunks: SharedChunks, path: String) async throws -> UInt64 {
        let shared = SharedPull(self, chunks: chunks, path: path)
        if !shared.isComplete { try await access.swarm.fill(shared) }
        if !shared.isComplete {
            guard !access.isExclusive else {
                throw TransferError(
                    code: .noPeers, message: "\(request.name): no peer has all that is missing",
                    hint: "allow the hub as well: leave out --p2p-only")
            }
            try await fetchMissing()
        }
        return shared.receivedFromPeers
    }

    /// Fetches from the CAS until everything is there, or peers change what is best to do.
    /// - Parameter orCompany: whether peers do so that have no manifest.
    func fetchAlone(until access: SwarmAccess, orCompany: Bool, path: String) async throws -> EndOfSolitude {
        try await withThrowingTaskGroup(of: EndOfSolitude?.self) { group in
            group.addTask {
                try await fetchMissing()
                return nil
            }
            group.addTask {
                do {
                    let found = try await engine.manifest(
                        of: request, fromPeersOf: access.swarm, orCompany: orCompany, path: path)
                    return found.map { .manifest($0) } ?? (orCompany ? .company : nil)
                } catch is CancellationError {
                    throw CancellationError()
                } catch {
                    engine.logger.debug(
                        "no manifest from peers", metadata: ["file": "\(request.name)", "reason": "\(error)"])
                    return nil
                }
            }
            defer { group.cancelAll() }
            while let end = try await group.next() {
                if let end {
                    group.cancelAll()
                    // The fetch ends first: what it has brought is kept, and the journal is free.
                    while let rest = await group.nextResult() {
                        if case .failure(let error) = rest, error is StorageError { throw error }
                    }
                    return end
                }
                if ledger.coveredBytes == request.size { return .complete }
            }
            return .complete
        }
    }
}

/// Why a file was no longer fetched from the CAS alone.
enum EndOfSolitude: Sendable {
    case complete
    /// A peer has told the manifest.
    case manifest(ManifestFile)
    /// There are peers, and none has a manifest.
    case company
}

extension TransferEngine {
    /// Asks peers for a manifest and keeps the first that proves itself.
    /// - Parameters:
    ///   - orCompany: whether to give up when there are peers, but none that has it.
    ///   - orSearch: whether to give up, where peers are the only source, when others can be looked for by xorbs.
    ///   - path: where to keep it.
    func manifest(
        of request: XetFileRequest, fromPeersOf swarm: any FileSwarm, orCompany: Bool = false, orSearch: Bool = false,
        path: String
    ) async throws -> ManifestFile? {
        let temporary = path + ".peer.tmp"
        defer { unlink(temporary) }
        let isFound = try await swarm.manifest(
            longest: Self.longestManifest(of: request), orCompany: orCompany, orSearch: orSearch
        ) { [self] bytes in
            try await pool.runIfActive {
                unlink(temporary)
                let file = try RandomAccessFile(path: temporary, access: .append)
                try bytes.withUnsafeReadableBytes { try file.append($0) }
            }
            guard await load(temporary, request) != nil else { return false }
            rename(temporary, path)
            return true
        }
        return isFound ? await load(path, request) : nil
    }

    /// Bytes that the manifest of a file can have: the smallest chunks allowed make the longest list.
    static func longestManifest(of request: XetFileRequest) -> Int {
        let mostChunks = request.size / UInt64(XetLimits.minimumChunk) + 1
        return ManifestWire.headerSize + Int(clamping: mostChunks) * ManifestWire.recordSize
    }
}

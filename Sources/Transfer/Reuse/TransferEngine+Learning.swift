internal import ChunkStore
internal import Logging
internal import NIOPosix
public import Xet
internal import XetClient

extension TransferEngine {
    /// Files on this disk that were the wanted one when they were hashed, by what is remembered.
    func copies(of request: XetFileRequest) async -> [LocalCandidate] {
        // A small file is fetched sooner than looked for.
        guard let local, request.size >= ManifestShelf.smallestFile else { return [] }
        let found = try? await pool.runIfActive {
            local.files.all { $0.fileHash == request.hash && $0.identity.size == request.size }
                .filter { FileIdentity(path: $0.path) == $0.identity }
                .map { LocalCandidate(path: $0.path, hash: $0.fileHash) }
        }
        return found ?? []
    }

    /// Files on this disk that were hashed before and are called like the wanted one and about as large.
    public func namesakes(of name: String, size: UInt64) async -> [LocalCandidate] {
        guard let local else { return [] }
        let suffix = "/" + (name.split(separator: "/").last ?? "")
        let found = try? await pool.runIfActive {
            local.files.all { $0.path.hasSuffix(suffix) && Self.isSimilar($0.identity.size, size) }
                .filter { FileIdentity(path: $0.path) == $0.identity }
                .sorted { $0.identity.modified > $1.identity.modified }
                .prefix(8).map { LocalCandidate(path: $0.path, hash: $0.fileHash) }
        }
        return found ?? []
    }

    /// Whether a file may well be another version of one, by its size: between half and twice as large.
    public static func isSimilar(_ size: UInt64, _ other: UInt64) -> Bool {
        size >= other / 2 && size / 2 <= other
    }

    /// What is known of the content of a local file, for a pull that may use parts of it.
    public func candidate(path: String, hash: FileHash? = nil, manifest: String? = nil) async -> LocalCandidate {
        guard hash == nil, let local else { return LocalCandidate(path: path, hash: hash, manifest: manifest) }
        let known: FileHash? = try? await pool.runIfActive { local.find(path)?.fileHash }
        return LocalCandidate(path: path, hash: known, manifest: manifest)
    }

    /// Notes files that have just been completed and verified, by their final names.
    public func remember(_ files: [(path: String, hash: FileHash, sha256: SHA256Digest?)]) async {
        guard let local, !files.isEmpty else { return }
        // A change right after would not show in the times yet: wait until it would.
        try? await Task.sleep(for: .milliseconds(25))
        let began = FileIdentity.now
        let logger = logger
        try? await pool.runIfActive {
            let summaries = files.compactMap { file in
                FileIdentity(path: file.path).map { identity in
                    let summary = FileSummary(
                        size: identity.size, fileHash: file.hash, sha256: file.sha256, chunkCount: 0,
                        identity: identity)
                    return (path: file.path, summary: summary)
                }
            }
            local.note(summaries, began: began, logger: logger)
        }
    }

    /// Keeps what a finished pull has told: the chunk list of a file that came without a manifest, and which xorbs of the
    /// CAS hold its chunks, so that a push of something like it need not send them. Best effort.
    func learn(from pull: XetPull, partial: PartialFile) async {
        guard let local, (ManifestShelf.smallestFile...ManifestShelf.largestFile).contains(pull.request.size) else {
            return
        }
        do {
            let cache = local.shardCache(of: try await pull.cas.location())
            let terms = pull.terms.all
            try await pool.runIfActive {
                let list = try self.chunkList(of: pull, partial: partial, local: local)
                guard !terms.isEmpty, let list else { return }
                try LearntShard.make(terms: terms, list: list, file: pull.request) { try cache.store($0) }
                local.manifests.prune()
            }
        } catch {
            logger.info("what was pulled cannot be remembered", metadata: ["reason": "\(error)"])
        }
    }

    private func chunkList(of pull: XetPull, partial: PartialFile, local: LocalState) throws -> ManifestFile? {
        let request = pull.request
        let path = partial.manifest ?? local.manifests.path(of: request.hash)
        if let manifest = pull.manifest {
            // One that was fetched for this pull alone goes to the shelf.
            if partial.manifest == nil, ManifestFile(path: path, file: request.hash, size: request.size) == nil {
                let writer = local.manifests.makeWriter()
                writer.append((0..<manifest.chunkCount).lazy.map { manifest[$0] })
                writer.finish(request.hash)
            }
            return manifest
        }
        // The pull may have kept it already, where the caller wanted it.
        if let kept = ManifestFile(path: path, file: request.hash, size: request.size) { return kept }
        guard let chunks = try Self.chunks(of: request, journal: partial.journal) else { return nil }
        let writer = local.manifests.makeWriter()
        writer.append(chunks)
        writer.finish(request.hash)
        return ManifestFile(path: local.manifests.path(of: request.hash), file: request.hash, size: request.size)
    }
}

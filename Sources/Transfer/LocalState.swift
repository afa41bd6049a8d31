package import ChunkStore
internal import Logging
internal import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What is remembered from one run to the next, so that bytes that are here or there already need not travel, nor files
/// be read twice. All of it may be lost or damaged at any time without harm.
package struct LocalState: Sendable {
    /// Hashes of files by path.
    package let files: FileTable
    /// Chunk lists of files by hash.
    package let manifests: ManifestShelf
    /// The folder of all shard caches.
    package let shards: String
    private let shardBytes: Int

    /// - Returns: nil when nothing is to be remembered.
    init?(_ settings: TransferSettings) {
        guard let folder = settings.stateFolder, settings.indexBytes > 0 else { return nil }
        files = FileTable(path: folder + "/files")
        manifests = ManifestShelf(path: folder + "/manifests", byteLimit: settings.indexBytes / 2)
        shards = folder + "/shards"
        shardBytes = settings.indexBytes / 2
    }

    /// What is known of the content of a CAS.
    func shardCache(of cas: String) -> ShardCache { ShardCache(root: shards, cas: cas, byteLimit: shardBytes) }

    /// What is known of a file that has not changed since it was read; blocks.
    func find(_ path: String) -> FileTable.Record? {
        guard let real = Self.real(path), let identity = FileIdentity(path: real) else { return nil }
        return files.find(path: real, identity: identity)
    }

    /// Remembers hashes of files that were read; blocks.
    func note(_ summaries: [(path: String, summary: FileSummary)], began: Int64, logger: Logger) {
        let records = summaries.compactMap { path, summary in
            summary.identity.flatMap { identity in
                Self.real(path).map {
                    FileTable.Record(path: $0, identity: identity, fileHash: summary.fileHash, sha256: summary.sha256)
                }
            }
        }
        do {
            try files.note(records, began: began)
        } catch {
            logger.info("hashes cannot be remembered", metadata: ["reason": "\(error.message)"])
        }
    }

    /// The one name of a file, without links.
    private static func real(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}

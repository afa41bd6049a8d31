import GRDB

/// What a repository's large files take, in all their versions.
struct RepoStorage: Sendable, Equatable {
    /// Distinct large files, and their sizes together: what storing each version whole would take.
    var fileCount = 0
    var logicalBytes: Int64 = 0
    /// Xorbs that the files draw on; other repositories may draw on them too.
    var xorbCount = 0
    /// Their chunks before compression.
    var unpackedBytes: Int64 = 0
    /// Their chunks on disk.
    var storedBytes: Int64 = 0

    static func of(repo: Int64, in db: Database) throws -> RepoStorage {
        let statement = try db.cachedStatement(
            sql: """
                SELECT
                    (SELECT count(*) FROM repo_file WHERE repo = ?1) AS files,
                    (SELECT ifnull(sum(size), 0) FROM repo_file JOIN file ON file.id = repo_file.file WHERE repo = ?1)
                        AS logical,
                    count(*) AS xorbs, ifnull(sum(unpacked_length), 0) AS unpacked, ifnull(sum(body_length), 0) AS stored
                FROM repo_xorb JOIN xorb ON xorb.id = repo_xorb.xorb WHERE repo = ?1
                """)
        guard let row = try Row.fetchOne(statement, arguments: [repo]) else { return RepoStorage() }
        return RepoStorage(
            fileCount: row["files"], logicalBytes: row["logical"], xorbCount: row["xorbs"],
            unpackedBytes: row["unpacked"], storedBytes: row["stored"])
    }

    /// Bytes that need not be stored because other versions or files have the same chunks.
    var deduplicatedBytes: Int64 { max(0, logicalBytes - unpackedBytes) }
    var compressedBytes: Int64 { max(0, unpackedBytes - storedBytes) }
}

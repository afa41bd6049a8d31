import Foundation
import GRDB
import Xet

/// A file as the content tables know it.
struct ContentFile: Sendable {
    var id: Int64
    var hash: FileHash
    var size: UInt64
    var chunkCount: UInt64
    var recipe: FileRecipe
}

/// Where a xorb stands: its row, and whether a given repository may know of it.
struct XorbStanding: Sendable, Hashable {
    var id: Int64
    var isLinked: Bool
}

/// The statements on the content tables; all run inside a caller's transaction.
enum ContentTables {
    // MARK: Xorbs

    static func standing(of xorb: XorbHash, repo: Int64, in database: Database) throws -> XorbStanding? {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT id, EXISTS (SELECT 1 FROM repo_xorb WHERE repo = ? AND xorb = xorb.id) AS linked
                    FROM xorb WHERE hash = ?
                    """), arguments: [repo, Data(xorb.bytes)])
        return row.map { XorbStanding(id: $0["id"], isLinked: $0["linked"]) }
    }

    /// Records a stored xorb and links it to the repository that sent it. Does nothing that is already done.
    /// - Returns: true when the repository did not have it before.
    static func register(_ xorb: XorbIndex, repo: Int64, in database: Database) throws -> Bool {
        try database.cachedStatement(
            sql: """
                INSERT INTO xorb (hash, body_length, unpacked_length, chunk_count) VALUES (?, ?, ?, ?)
                ON CONFLICT (hash) DO NOTHING
                """
        ).execute(arguments: [
            Data(xorb.hash.bytes), Int64(xorb.bodyLength), Int64(xorb.unpackedLength), xorb.chunkCount,
        ])
        guard let standing = try standing(of: xorb.hash, repo: repo, in: database) else {
            throw DatabaseError(message: "a xorb vanished while it was registered")
        }
        guard !standing.isLinked else { return false }
        try link(xorb: standing.id, repo: repo, in: database)
        return true
    }

    /// Whether a user who may write to a repository may build its files on a xorb: one that is linked to a public
    /// repository that is not gated, to one of the same namespace, which that user can read, or to none that still exists. An admin
    /// reads everything.
    static func isUsable(xorb: Int64, repo: Int64, user: String, in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (
                        SELECT 1 FROM repo_xorb JOIN repo ON repo.id = repo_xorb.repo
                        WHERE repo_xorb.xorb = ?1 AND (
                            repo.is_private = 0 AND repo.gated IS NULL
                            OR repo.namespace = (SELECT target.namespace FROM repo AS target WHERE target.id = ?2)))
                    OR NOT EXISTS (SELECT 1 FROM repo_xorb WHERE xorb = ?1)
                    OR EXISTS (SELECT 1 FROM access_token WHERE user = ?3 AND role = ?4)
                    """), arguments: [xorb, repo, user, TokenRole.admin.rawValue]) ?? false
    }

    static func link(xorb: Int64, repo: Int64, in database: Database) throws {
        try database.cachedStatement(sql: "INSERT OR IGNORE INTO repo_xorb (repo, xorb) VALUES (?, ?)")
            .execute(arguments: [repo, xorb])
    }

    // MARK: Files

    static func file(_ hash: FileHash, in database: Database) throws -> ContentFile? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT id, hash, size, chunk_count, recipe FROM file WHERE hash = ?"),
            arguments: [Data(hash.bytes)]
        ).map { try ContentFile(row: $0) }
    }

    static func file(_ hash: FileHash, linkedTo repo: Int64, in database: Database) throws -> ContentFile? {
        try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT id, hash, size, chunk_count, recipe FROM file
                    WHERE hash = ? AND EXISTS (SELECT 1 FROM repo_file WHERE repo = ? AND file = file.id)
                    """), arguments: [Data(hash.bytes), repo]
        ).map { try ContentFile(row: $0) }
    }

    static func isLinked(file: FileHash, repo: Int64, in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT 1 FROM repo_file JOIN file ON file.id = repo_file.file WHERE repo = ? AND hash = ?
                    """), arguments: [repo, Data(file.bytes)]) ?? false
    }

    /// Records a file whose recipe has been checked; an equal file that is there already stays as it is.
    static func insert(
        file hash: FileHash, size: UInt64, chunkCount: UInt64, recipe: FileRecipe, in database: Database,
    ) throws -> Int64 {
        try database.cachedStatement(
            sql: """
                INSERT INTO file (hash, size, chunk_count, recipe) VALUES (?, ?, ?, ?)
                ON CONFLICT (hash) DO NOTHING
                """
        ).execute(arguments: [Data(hash.bytes), Int64(size), Int64(chunkCount), recipe.encoded()])
        guard
            let id = try Int64.fetchOne(
                database.cachedStatement(sql: "SELECT id FROM file WHERE hash = ?"), arguments: [Data(hash.bytes)])
        else { throw DatabaseError(message: "a file vanished while it was registered") }
        return id
    }

    /// - Returns: true when the repository did not have the file before.
    static func link(file: Int64, repo: Int64, in database: Database) throws -> Bool {
        try database.cachedStatement(sql: "INSERT OR IGNORE INTO repo_file (repo, file) VALUES (?, ?)")
            .execute(arguments: [repo, file])
        return database.changesCount > 0
    }

    // MARK: SHA-256

    static func claim(sha256: SHA256Digest, file: Int64, repo: Int64, in database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO repo_sha256 (repo, sha256, file) VALUES (?, ?, ?)
                ON CONFLICT (repo, sha256) DO UPDATE SET file = excluded.file
                """
        ).execute(arguments: [repo, Data(sha256.bytes), file])
    }

    /// The file a repository's writers gave a SHA-256 for; with no repository named, the first one given anywhere.
    static func file(
        forSHA256 digest: SHA256Digest, repo: Int64?, in database: Database,
    ) throws -> (hash: FileHash, size: UInt64)? {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT hash, size FROM repo_sha256 JOIN file ON file.id = repo_sha256.file
                    WHERE sha256 = ? AND (? IS NULL OR repo = ?) ORDER BY file.id LIMIT 1
                    """), arguments: [Data(digest.bytes), repo, repo])
        return try row.map { row in
            let size: Int64 = row["size"]
            return (try FileHash(column: row["hash"]), UInt64(size))
        }
    }

    static func statistics(in database: Database) throws -> StorageStatistics {
        let row = try Row.fetchOne(
            database,
            sql: """
                SELECT (SELECT count(*) FROM xorb) AS xorbs, (SELECT count(*) FROM file) AS files,
                    (SELECT ifnull(sum(body_length), 0) FROM xorb) AS stored,
                    (SELECT ifnull(sum(unpacked_length), 0) FROM xorb) AS unpacked,
                    (SELECT ifnull(sum(size), 0) FROM file) AS logical
                """)
        guard let row else { return StorageStatistics() }
        return StorageStatistics(
            xorbCount: row["xorbs"], fileCount: row["files"], storedBytes: row["stored"],
            unpackedBytes: row["unpacked"], logicalBytes: row["logical"])
    }
}

extension ContentFile {
    init(row: Row) throws {
        let size: Int64 = row["size"]
        let chunkCount: Int64 = row["chunk_count"]
        id = row["id"]
        hash = try FileHash(column: row["hash"])
        self.size = UInt64(size)
        self.chunkCount = UInt64(chunkCount)
        recipe = try FileRecipe(decoding: row["recipe"])
    }
}

extension XetHash {
    /// Reads a 32-byte column.
    init(column bytes: Data) throws {
        guard bytes.count == 32 else { throw ContentError.damagedMetadata("a hash column has \(bytes.count) bytes") }
        self = bytes.withUnsafeBytes { raw in raw.baseAddress.map { Self(loading: $0) } ?? .zero }
    }
}

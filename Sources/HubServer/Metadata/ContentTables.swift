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
    /// The objects of the recipe's xorbs.
    var objects: [XorbHash: ObjectKey]
}

/// Where a xorb stands: its row, its object, and whether a given repository may know of it.
struct XorbStanding: Sendable, Hashable {
    var id: Int64
    var row: StoredXorb<ObjectKey>
    var isLinked: Bool

    var key: ObjectKey { row.key }
}

/// The statements on the content tables; all run inside a caller's transaction.
enum ContentTables {
    // MARK: Xorbs

    static func standing(of xorb: XorbHash, repo: Int64, in database: Database) throws -> XorbStanding? {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT id, key, state, is_bad, touched_at, condemned_at,
                        EXISTS (SELECT 1 FROM repo_xorb WHERE repo = ? AND xorb = xorb.id) AS linked
                    FROM xorb WHERE hash = ?
                    """), arguments: [repo, Data(xorb.bytes)])
        return try row.map { XorbStanding(id: $0["id"], row: try StoredXorb(row: $0), isLinked: $0["linked"]) }
    }

    /// Whether a user who may use a repository may know of a xorb: one that this repository or an open one has, one of
    /// the repositories that the user may read as a member or by a gate, or one that the user sent. An admin reads
    /// everything.
    ///
    /// - Parameter isLimited: whether the user's token speaks for certain repositories alone; then what else the user
    ///   may read does not count.
    static func isUsable(
        xorb: Int64, repo: Int64, user: String, isLimited: Bool = false, in database: Database,
    ) throws -> Bool {
        let isSender = try Bool.fetchOne(
            database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM xorb_sender WHERE xorb = ? AND user = ?)"),
            arguments: [xorb, user])
        guard isSender != true || isLimited else { return true }
        return try isUsable("xorb", xorb, repo: repo, user: isLimited ? "" : user, in: database)
    }

    /// The same of a file.
    static func isUsable(
        file: Int64, repo: Int64, user: String, isLimited: Bool = false, in database: Database,
    ) throws -> Bool {
        try isUsable("file", file, repo: repo, user: isLimited ? "" : user, in: database)
    }

    private static func isUsable(
        _ kind: String, _ id: Int64, repo: Int64, user: String, in database: Database,
    ) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (
                        SELECT 1 FROM repo_\(kind) AS link JOIN repo ON repo.id = link.repo
                        WHERE link.\(kind) = ?1 AND repo.is_disabled = 0 AND (
                            repo.id = ?2 OR repo.namespace = ?3
                            OR repo.is_private = 0 AND repo.gated IS NULL
                            OR repo.namespace IN (SELECT org FROM membership WHERE user = ?3)
                            OR repo.is_private = 0 AND EXISTS (
                                SELECT 1 FROM access_request AS asked
                                WHERE asked.repo = repo.id AND asked.user = ?3 AND asked.status = 'accepted')))
                    OR EXISTS (SELECT 1 FROM access_token WHERE user = ?3 AND role = ?4
                        AND (expires_at IS NULL OR expires_at > unixepoch()))
                    """), arguments: [id, repo, user, TokenRole.admin.rawValue]) ?? false
    }

    /// - Returns: true when the repository did not have the xorb before.
    @discardableResult
    static func link(xorb: Int64, repo: Int64, now: Int64, in database: Database) throws -> Bool {
        try link("xorb", xorb, repo: repo, now: now, in: database)
    }

    /// Links or, where the link is there already, touches it.
    private static func link(
        _ kind: String, _ id: Int64, repo: Int64, now: Int64, in database: Database,
    ) throws -> Bool {
        try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO repo_\(kind) (repo, \(kind), touched_at) VALUES (?, ?, ?)"
        ).execute(arguments: [repo, id, now])
        guard database.changesCount == 0 else { return true }
        try database.cachedStatement(
            sql: "UPDATE repo_\(kind) SET touched_at = ?3 WHERE repo = ?1 AND \(kind) = ?2 AND touched_at < ?3"
        ).execute(arguments: [repo, id, now])
        return false
    }

    /// Remembers who sent a xorb.
    static func note(sender user: String, of xorb: Int64, in database: Database) throws {
        guard !user.isEmpty else { return }
        try database.cachedStatement(sql: "INSERT OR IGNORE INTO xorb_sender (xorb, user) VALUES (?, ?)")
            .execute(arguments: [xorb, user])
    }

    // MARK: Files

    static func file(_ hash: FileHash, in database: Database) throws -> ContentFile? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT id, hash, size, chunk_count, recipe FROM file WHERE hash = ?"),
            arguments: [Data(hash.bytes)]
        ).map { try ContentFile(row: $0, in: database) }
    }

    static func file(_ hash: FileHash, linkedTo repo: Int64, in database: Database) throws -> ContentFile? {
        try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT id, hash, size, chunk_count, recipe FROM file
                    WHERE hash = ? AND EXISTS (SELECT 1 FROM repo_file WHERE repo = ? AND file = file.id)
                    """), arguments: [Data(hash.bytes), repo]
        ).map { try ContentFile(row: $0, in: database) }
    }

    static func isLinked(file: FileHash, repo: Int64, in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT 1 FROM repo_file JOIN file ON file.id = repo_file.file WHERE repo = ? AND hash = ?
                    """), arguments: [repo, Data(file.bytes)]) ?? false
    }

    /// Whether a file leads to an object that was found damaged or missing.
    static func isDamaged(_ file: FileHash, in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM file JOIN file_xorb ON file_xorb.file = file.id
                        JOIN xorb ON xorb.id = file_xorb.xorb WHERE file.hash = ? AND xorb.is_bad)
                    """), arguments: [Data(file.bytes)]) ?? false
    }

    /// Records a file whose recipe has been checked. An equal file that is there already keeps its recipe, unless
    /// that one leads to a damaged xorb.
    ///
    /// - Parameter xorbs: the rows of the recipe's xorbs, which this transaction has revived.
    static func insert(
        file hash: FileHash, size: UInt64, chunkCount: UInt64, recipe: FileRecipe, xorbs: some Collection<Int64>,
        now: Int64, in database: Database,
    ) throws -> Int64 {
        if let id = try touch(file: hash, now: now, in: database) {
            guard try isDamaged(hash, in: database) else { return id }
            try database.execute(sql: "UPDATE file SET recipe = ? WHERE id = ?", arguments: [recipe.encoded(), id])
            try database.execute(sql: "DELETE FROM file_xorb WHERE file = ?", arguments: [id])
            try insertEdges(of: id, to: xorbs, in: database)
            return id
        }
        try database.cachedStatement(
            sql: "INSERT INTO file (hash, size, chunk_count, recipe, touched_at) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [Data(hash.bytes), Int64(size), Int64(chunkCount), recipe.encoded(), now])
        let id = database.lastInsertedRowID
        try insertEdges(of: id, to: xorbs, in: database)
        return id
    }

    private static func insertEdges(
        of file: Int64, to xorbs: some Collection<Int64>, in database: Database,
    ) throws {
        for xorb in xorbs {
            try database.cachedStatement(sql: "INSERT OR IGNORE INTO file_xorb (file, xorb) VALUES (?, ?)")
                .execute(arguments: [file, xorb])
        }
    }

    /// Notes that a file is wanted (U5).
    /// - Returns: its row, nil when it is not stored.
    static func touch(file hash: FileHash, now: Int64, in database: Database) throws -> Int64? {
        let row = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT id, touched_at FROM file WHERE hash = ?"),
            arguments: [Data(hash.bytes)])
        guard let row else { return nil }
        let id: Int64 = row["id"]
        if row["touched_at"] < now {
            try database.cachedStatement(sql: "UPDATE file SET touched_at = ? WHERE id = ?")
                .execute(arguments: [now, id])
        }
        return id
    }

    /// - Returns: true when the repository did not have the file before.
    static func link(file: Int64, repo: Int64, now: Int64, in database: Database) throws -> Bool {
        try link("file", file, repo: repo, now: now, in: database)
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
    init(row: Row, in database: Database) throws {
        let size: Int64 = row["size"]
        let chunkCount: Int64 = row["chunk_count"]
        id = row["id"]
        hash = try FileHash(column: row["hash"])
        self.size = UInt64(size)
        self.chunkCount = UInt64(chunkCount)
        recipe = try FileRecipe(decoding: row["recipe"])
        let xorbs = try Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT xorb.key FROM file_xorb JOIN xorb ON xorb.id = file_xorb.xorb WHERE file_xorb.file = ?
                    """), arguments: [id])
        objects = [:]
        while let xorb = try xorbs.next() {
            guard let key = xorb["key"] as ObjectKey? else { throw ContentError.damagedMetadata("a xorb has no key") }
            objects[key.xorb] = key
        }
    }

    /// The object of a xorb that the recipe names.
    func object(of xorb: XorbHash) throws(ContentError) -> ObjectKey {
        guard let key = objects[xorb] else {
            throw .damagedMetadata("file \(hash) refers to the unknown xorb \(xorb)")
        }
        return key
    }
}

extension XetHash {
    /// Reads a 32-byte column.
    init(column bytes: Data) throws {
        guard bytes.count == 32 else { throw ContentError.damagedMetadata("a hash column has \(bytes.count) bytes") }
        self = bytes.withUnsafeBytes { raw in raw.baseAddress.map { Self(loading: $0) } ?? .zero }
    }
}

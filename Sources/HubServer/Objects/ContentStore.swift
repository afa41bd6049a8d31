import Foundation
package import GRDB
import NIOCore
import NIOPosix
package import Xet

/// The contents of all repositories: xorbs on disk, files as recipes over them, and who may know of what.
package final class ContentStore: Sendable {
    let objects: ObjectStore
    let indices: XorbIndexCache
    let database: HubDatabase
    let damage: DamageReports

    /// Opens the store below the data directory.
    package init(dataDirectory: String, database: HubDatabase) throws {
        objects = try ObjectStore(dataDirectory: dataDirectory)
        indices = XorbIndexCache(store: objects)
        self.database = database
        damage = DamageReports(database: database)
    }

    /// Removes what interrupted uploads of an earlier run left. Only the process that takes uploads may do so, before
    /// it takes the first.
    package func removeLeftovers() throws {
        objects.sweepIncoming(partAge: 0, grantAge: TimeInterval(XorbGrantPromise.lifetime))
        // Nobody is left to end these uploads.
        try database.pool.write { database in
            try database.execute(sql: "INSERT OR IGNORE INTO trash (key, not_before) SELECT key, 0 FROM upload")
            try database.execute(sql: "DELETE FROM upload")
        }
    }

    /// The index of a stored object; what is wrong with the object is noted.
    func index(of key: ObjectKey) throws -> XorbIndex {
        try damage.watching(key) { try indices.index(of: key) }
    }

    // MARK: Files

    /// The Xet file that a SHA-256 stands for. The digest is the uploader's word and holds per repository; with no
    /// repository named this is the first file it was given for anywhere, so link nothing on its strength alone.
    package func fileHash(
        forSHA256 digest: SHA256Digest, repo: Int64? = nil,
    ) async throws -> (hash: FileHash, size: UInt64)? {
        try await database.pool.read { try ContentTables.file(forSHA256: digest, repo: repo, in: $0) }
    }

    /// Lets a repository know of a file and of the xorbs it is made of, and notes that the file is wanted. What this
    /// transaction goes on to record about the file can be relied on: its row exists, and rows are deleted only when
    /// nothing names them (U5).
    /// - Throws: `ContentError.fileNotFound` when no such file is stored.
    package func link(file: FileHash, toRepo repo: Int64, in database: Database) throws {
        let now = Self.now
        guard let id = try ContentTables.touch(file: file, now: now, in: database) else {
            throw ContentError.fileNotFound(file)
        }
        guard try ContentTables.link(file: id, repo: repo, now: now, in: database) else { return }
        try database.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO repo_xorb (repo, xorb, touched_at)
                SELECT ?1, xorb, ?3 FROM file_xorb WHERE file = ?2
                """
        ).execute(arguments: [repo, id, now])
    }

    /// True when the repository may know of the file.
    package func isLinked(file: FileHash, repo: Int64) async throws -> Bool {
        try await database.pool.read { try ContentTables.isLinked(file: file, repo: repo, in: $0) }
    }

    /// The size in bytes of a stored file, nil when it is not stored.
    package func size(of file: FileHash) async throws -> UInt64? {
        try await database.pool.read { try ContentTables.file(file, in: $0)?.size }
    }

    /// The plain bytes of a file, each chunk checked against its hash before any of it is handed out. The sequence
    /// throws `ContentError.damagedObject` at the first chunk that does not match. `range` counts bytes of the file; nil
    /// stands for all of it.
    ///
    /// - Throws: `ContentError.fileNotFound`, `ContentError.rangeOutOfBounds`.
    package func read(file: FileHash, range: Range<UInt64>? = nil) async throws -> VerifiedBytes {
        let known = try await database.pool.read { try ContentTables.file(file, in: $0) }
        guard let known else { throw ContentError.fileNotFound(file) }
        let range = range ?? 0..<known.size
        guard range.upperBound <= known.size else { throw ContentError.rangeOutOfBounds }
        return VerifiedBytes(stored: known, range: range, objects: objects, indices: indices, damage: damage)
    }

    /// What the hub holds in all.
    package var storageStatistics: StorageStatistics {
        get async throws { try await database.pool.read { try ContentTables.statistics(in: $0) } }
    }

    // MARK: Xorbs

    func standing(of xorb: XorbHash, repo: Int64) async throws -> XorbStanding? {
        try await database.pool.read { try ContentTables.standing(of: xorb, repo: repo, in: $0) }
    }

    /// True when the repository has the xorb and its object is still there, so that nobody needs to send it again.
    /// Whoever is told so is going to build on it, which is noted.
    func holds(_ xorb: XorbHash, repo: Int64) async throws -> Bool {
        guard let standing = try await standing(of: xorb, repo: repo), standing.isLinked, !standing.row.isBad else {
            return false
        }
        guard try await ContentThreads.reading.runIfActive({ [objects] in try objects.holds(standing.key) }) else {
            return false
        }
        let now = Self.now
        guard standing.row.state == .condemned || standing.row.touchedAt < now - Self.touchInterval else { return true }
        return try await database.pool.write { try StorageTables.revive(xorb, now: now, in: $0) } != nil
    }

    /// Within this many seconds a second touch adds nothing worth a write.
    static let touchInterval: Int64 = 3600

    /// Unix seconds.
    static var now: Int64 { Int64(Date().timeIntervalSince1970) }

    // MARK: Files of repositories

    /// A file that the repository may know of.
    func file(_ hash: FileHash, linkedTo repo: Int64) async throws -> ContentFile? {
        try await database.pool.read { try ContentTables.file(hash, linkedTo: repo, in: $0) }
    }
}

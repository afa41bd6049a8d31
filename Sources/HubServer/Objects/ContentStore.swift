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

    /// Opens the store below the data directory and removes what interrupted uploads of an earlier run left. One
    /// process at a time may do so.
    package init(dataDirectory: String, database: HubDatabase) throws {
        objects = try ObjectStore(dataDirectory: dataDirectory)
        indices = XorbIndexCache(store: objects)
        self.database = database
        objects.sweepIncoming(partAge: 0, grantAge: TimeInterval(XorbGrantPromise.lifetime))
    }

    // MARK: Files

    /// The Xet file that a SHA-256 stands for. The digest is the uploader's word and holds per repository; with no
    /// repository named this is the first file it was given for anywhere, so link nothing on its strength alone.
    package func fileHash(
        forSHA256 digest: SHA256Digest, repo: Int64? = nil,
    ) async throws -> (hash: FileHash, size: UInt64)? {
        try await database.pool.read { try ContentTables.file(forSHA256: digest, repo: repo, in: $0) }
    }

    /// Lets a repository know of a file and of the xorbs it is made of. Does nothing when it already does.
    /// - Throws: `ContentError.fileNotFound` when no such file is stored.
    package func link(file: FileHash, toRepo repo: Int64, in database: Database) throws {
        guard let known = try ContentTables.file(file, in: database) else { throw ContentError.fileNotFound(file) }
        guard try ContentTables.link(file: known.id, repo: repo, in: database) else { return }
        for xorb in Set(known.recipe.segments.map(\.xorb)) {
            guard let standing = try ContentTables.standing(of: xorb, repo: repo, in: database) else {
                throw ContentError.damagedMetadata("a file refers to the unknown xorb \(xorb)")
            }
            try ContentTables.link(xorb: standing.id, repo: repo, in: database)
        }
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
        return VerifiedBytes(recipe: known.recipe, range: range, objects: objects, indices: indices)
    }

    /// What the hub holds in all.
    package var storageStatistics: StorageStatistics {
        get async throws { try await database.pool.read { try ContentTables.statistics(in: $0) } }
    }

    // MARK: Xorbs

    /// Validates a received body and makes it a durable xorb of the repository.
    /// - Returns: true when the repository did not have it before.
    /// - Throws: `XetFormatError` when the body is not the xorb that `hash` names.
    func admit(_ file: IncomingFile, as hash: XorbHash, length: Int, repo: Int64) async throws -> Bool {
        let index = try await ContentThreads.validating.runIfActive { [objects] in
            let validated = try file.file.withMapping(length: length) { body in
                try XorbValidation.validate(body, expecting: hash)
            }
            return try objects.publish(file, as: validated)
        }
        indices.insert(index)
        return try await database.pool.write { try ContentTables.register(index, repo: repo, in: $0) }
    }

    func standing(of xorb: XorbHash, repo: Int64) async throws -> XorbStanding? {
        try await database.pool.read { try ContentTables.standing(of: xorb, repo: repo, in: $0) }
    }

    /// True when the repository has the xorb and its object is still there, so that nobody needs to send it again.
    func holds(_ xorb: XorbHash, repo: Int64) async throws -> Bool {
        guard let standing = try await standing(of: xorb, repo: repo), standing.isLinked else { return false }
        return try await ContentThreads.reading.runIfActive { [objects] in try objects.holds(xorb) }
    }

    /// A file that the repository may know of.
    func file(_ hash: FileHash, linkedTo repo: Int64) async throws -> ContentFile? {
        try await database.pool.read { try ContentTables.file(hash, linkedTo: repo, in: $0) }
    }
}

import Foundation
import GRDB
import HTTPTypes
import NIOPosix
import Xet

/// Makes received plain bytes content of the store, as if a Xet client had pushed them (xet-protocol §5.7).
struct ContentIngest: Sendable {
    let content: ContentStore
    let spool: UploadSpool
    let repo: Int64
    /// Who sent the bytes.
    let user: String

    /// Stores the bytes and lets the repository know them by their SHA-256; durable when it returns.
    ///
    /// The recipe goes through the same checks as a shard from outside.
    /// - Parameter digest: the SHA-256 of the bytes where it is known; otherwise they are read for it.
    /// - Throws: ``HubFailure`` when the bytes are not those that `expected` names.
    func ingest(
        _ spooled: SpooledContent, expecting expected: Xet.SHA256Digest, digest: Xet.SHA256Digest? = nil
    ) async throws -> LargeContent {
        try await spool.gate.pass {
            let summary = try await ContentHashing.summarize(spooled, withSHA256: digest == nil)
            let sha256 = digest ?? summary.sha256
            guard sha256 == expected else {
                throw HubFailure(.unprocessableContent, "The upload has another SHA-256 than its oid \(expected)")
            }
            let stored = LargeContent(sha256: expected, fileHash: summary.fileHash, size: summary.size)
            if try await content.adopt(stored, repo: repo, user: user) { return stored }
            do {
                try await store(spooled, summary, expected)
            } catch is CASRefusal {
                // A xorb that nothing referred to yet was collected between its upload and the recipe's check.
                try await store(spooled, summary, expected)
            }
            return stored
        }
    }

    private func store(_ spooled: SpooledContent, _ summary: ContentSummary, _ sha256: Xet.SHA256Digest) async throws {
        let claims = CASClaims(user: user, repo: repo, scope: .write, expiry: .max)
        let file = try await ContentPacking.pack(spooled, as: summary, sha256: sha256, into: content, for: claims)
        let registration = ShardRegistration(
            shard: Shard(files: [file], xorbs: []), content: content, repo: repo, user: user)
        _ = try await registration.commit(registration.check())
    }
}

extension ContentStore {
    /// Gives a repository a file that is stored already, when its sender, who has shown all of its bytes, may build on
    /// the xorbs it lies in.
    /// - Returns: false when the bytes have to be stored.
    func adopt(_ file: LargeContent, repo: Int64, user: String) async throws -> Bool {
        let known = try await database.pool.read { db in
            try Self.usable(file, repo: repo, user: user, in: db)
        }
        guard let known else { return false }
        let isWhole = try await ContentThreads.reading.runIfActive { [objects] in
            try known.objects.values.allSatisfy { try objects.holds($0) }
        }
        guard isWhole else { return false }
        return try await database.pool.write { db in
            guard let known = try Self.usable(file, repo: repo, user: user, in: db) else { return false }
            // A collector may have condemned what nobody wanted until now.
            let now = Self.now
            for xorb in known.objects.keys {
                guard try StorageTables.revive(xorb, now: now, in: db) != nil else { return false }
            }
            try self.link(file: file.fileHash, toRepo: repo, in: db)
            try ContentTables.claim(sha256: file.sha256, file: known.id, repo: repo, in: db)
            return true
        }
    }

    private static func usable(_ file: LargeContent, repo: Int64, user: String, in db: Database) throws -> ContentFile?
    {
        guard let known = try ContentTables.file(file.fileHash, in: db), known.size == file.size else { return nil }
        for xorb in Set(known.recipe.segments.map(\.xorb)) {
            guard let standing = try ContentTables.standing(of: xorb, repo: repo, in: db), !standing.row.isBad else {
                return nil
            }
            guard try standing.isLinked || ContentTables.isUsable(xorb: standing.id, repo: repo, user: user, in: db)
            else { return nil }
        }
        return known
    }
}

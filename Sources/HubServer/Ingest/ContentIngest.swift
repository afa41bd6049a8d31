import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import NIOPosix
import Xet

/// Makes received plain bytes content of the store, as if a Xet client had pushed them (xet-protocol §5.7).
struct ContentIngest: Sendable {
    let content: ContentStore
    let spool: UploadSpool
    let secrets: ServerSecrets
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
                throw Self.wrongDigest(expected)
            }
            let stored = LargeContent(sha256: expected, fileHash: summary.fileHash, size: summary.size)
            if try await content.adopt(stored, repo: repo, user: user) { return stored }
            do {
                try await store(spooled, expected, buildingOnOthers: true)
            } catch is CASRefusal {
                // A xorb that nothing referred to yet was collected between its upload and the recipe's check.
                try await store(spooled, expected, buildingOnOthers: false)
            }
            return stored
        }
    }

    /// Files from this size on, in bytes, become content while they are being received: clients wait only so long for the
    /// answer after their last byte.
    static let streamedSize: UInt64 = 64 << 20

    /// Receives the body of a request and stores it as `ingest` does.
    func receive(
        _ request: Request, into file: IncomingFile, size: UInt64, expecting expected: Xet.SHA256Digest
    ) async throws -> LargeContent {
        let spooled = SpooledContent(files: [file.file])
        // What is there already need not be packed again to find that out.
        guard size >= Self.streamedSize,
            try await !content.mayAdopt(expected, size: size, repo: repo, user: user),
            let place = spool.streams.enterNow()
        else {
            let digest = try await SpoolReceiver.receive(request, into: file, size: size)
            return try await ingest(spooled, expecting: expected, digest: digest)
        }
        defer { place.leave() }
        let progress = SpoolProgress()
        let (digest, packed) = try await withThrowingTaskGroup(of: PackedContent.self) { group in
            group.addTask {
                do {
                    return try await ContentPacking.pack(
                        spooled, sha256: expected, into: content, for: claims, using: storedChunks,
                        following: progress, through: spool.gate)
                } catch {
                    progress.abandon()
                    throw error
                }
            }
            do {
                let digest = try await SpoolReceiver.receive(request, into: file, size: size, progress: progress)
                progress.finish()
                guard let packed = try await group.next() else { throw CancellationError() }
                return (digest, packed)
            } catch is SpoolProgress.Abandoned {
                // The cause is the other side's.
                _ = try await group.next()
                throw CancellationError()
            } catch {
                progress.abandon()
                throw error
            }
        }
        guard digest == expected else { throw Self.wrongDigest(expected) }
        let stored = LargeContent(sha256: expected, fileHash: packed.file.fileHash, size: packed.size)
        if try await content.adopt(stored, repo: repo, user: user) { return stored }
        do {
            try await register(packed)
            return stored
        } catch is CASRefusal {
            // A xorb that nothing referred to yet was collected between its upload and the recipe's check.
            return try await ingest(spooled, expecting: expected, digest: digest)
        }
    }

    private static func wrongDigest(_ expected: Xet.SHA256Digest) -> HubFailure {
        HubFailure(.unprocessableContent, "The upload has another SHA-256 than its oid \(expected)")
    }

    private var claims: CASClaims { CASClaims(user: user, repo: repo, scope: .write, expiry: .max) }

    /// Only what this repository or everybody may read: no token of the sender stands behind a signed URL.
    private var storedChunks: StoredChunks {
        var claims = claims
        claims.isLimited = true
        return StoredChunks(
            query: ChunkQuery(content: content, secrets: secrets, grace: .zero), claims: claims)
    }

    private func store(
        _ spooled: SpooledContent, _ sha256: Xet.SHA256Digest, buildingOnOthers: Bool
    ) async throws {
        try await register(
            ContentPacking.pack(
                spooled, sha256: sha256, into: content, for: claims, using: buildingOnOthers ? storedChunks : nil))
    }

    private func register(_ packed: PackedContent) async throws {
        let registration = ShardRegistration(
            shard: Shard(files: [packed.file], xorbs: []), content: content, repo: repo, user: user)
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

    /// Whether there is a file of this digest, by the word of those who sent it, that ``adopt(_:repo:user:)`` would take
    /// if the bytes turned out to be its.
    func mayAdopt(_ sha256: Xet.SHA256Digest, size: UInt64, repo: Int64, user: String) async throws -> Bool {
        try await database.pool.read { db in
            guard let known = try ContentTables.file(forSHA256: sha256, repo: nil, in: db), known.size == size else {
                return false
            }
            let file = LargeContent(sha256: sha256, fileHash: known.hash, size: size)
            return try Self.usable(file, repo: repo, user: user, in: db) != nil
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

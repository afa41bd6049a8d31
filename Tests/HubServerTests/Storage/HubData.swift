import Foundation
import GRDB
import HubWire
import TestSupport
import Testing
import Xet

@testable import HubServer

extension CASFixture {
    /// Stores a file as a client would, by its functions and not over HTTP.
    func upload(_ xorb: SampleXorb, repo: Int64? = nil, user: String = "alice") async throws {
        let file = try content.objects.makeIncoming()
        try xorb.body.withUnsafeBytes { try file.file.write($0, at: 0) }
        _ = try await content.admit(
            file, as: xorb.hash, length: xorb.body.count,
            for: CASClaims(user: user, repo: repo ?? self.repo, scope: .write, expiry: .max))
    }

    func register(_ file: SampleFile, repo: Int64? = nil, user: String = "alice") async throws {
        let bytes = Shard(files: [file.shard]).uploadForm()
        let incoming = try content.objects.makeIncoming()
        try bytes.withUnsafeBytes { try incoming.file.write($0, at: 0) }
        let registration = try await ShardRegistration(
            parsing: incoming, length: bytes.count, content: content, repo: repo ?? self.repo, user: user)
        _ = try await registration.commit(registration.check())
    }

    /// A SHA-256 to go with a file; the hub takes the uploader's word.
    static func digest(of file: SampleFile) -> SHA256Digest {
        file.hash.bytes.withUnsafeBytes { bytes in bytes.baseAddress.map(SHA256Digest.init(loading:)) ?? .ofNothing }
    }

    /// Commits a registered file under a path, or with nil deletes that path.
    @discardableResult
    func commit(_ file: SampleFile?, at path: String, repo: Int64? = nil) async throws -> GitObjectID {
        var draft = CommitDraft()
        draft.summary = "Change \(path)"
        if let file {
            draft.largeFiles = [
                (
                    try RepoPath(path),
                    LargeContent(
                        sha256: Self.digest(of: file), fileHash: file.hash, size: UInt64(file.bytes.count))
                )
            ]
        } else {
            draft.deletedFiles = [try RepoPath(path)]
        }
        let change = draft
        return try await services.database.pool.write { [content] database in
            let row = try #require(
                try Row.fetchOne(
                    database, sql: "SELECT type, namespace, name FROM repo WHERE id = ?",
                    arguments: [repo ?? self.repo]))
            let found = try #require(
                try Repo.find(.model, namespace: row["namespace"], name: row["name"], in: database))
            return try change.apply(
                to: "main", of: found, by: "alice", at: Int64(Date().timeIntervalSince1970 * 1000), content: content,
                in: database)
        }
    }

    /// Uploads, registers and commits.
    func push(_ file: SampleFile, _ xorbs: [SampleXorb], at path: String, repo: Int64? = nil) async throws {
        for xorb in xorbs { try await upload(xorb, repo: repo) }
        try await register(file, repo: repo)
        try await commit(file, at: path, repo: repo)
    }

    /// Points `main` at a new first commit with the files of its present one, as squashing a history does.
    func squash(repo: Int64? = nil) async throws {
        let repo = repo ?? self.repo
        try await services.database.pool.write { database in
            let store = GitStore(repo: repo, db: database)
            let head = try #require(try store.resolve("main"))
            let commit = GitCommit(
                tree: head.tree, parent: nil, author: "alice", date: head.date + 1, summary: "Squash")
            try store.insert(commit)
            try store.setRef("refs/heads/main", to: commit.id)
        }
    }

    /// Collects with no grace at all, or with the options given.
    @discardableResult
    func collect(
        at now: Int64 = ContentStore.now, _ configure: (inout GarbageOptions) -> Void = { $0.grace = .zero },
    ) async throws -> GarbageReport {
        var options = GarbageOptions()
        configure(&options)
        return try await Garbage.collect(dataDirectory: dataDirectory, options: options, now: now)
    }

    func count(_ table: String) async throws -> Int {
        try await services.database.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? -1 }
    }

    func fsck(deep: Bool = true, repairs: Bool = false) async throws -> FsckReport {
        var options = FsckOptions()
        options.isDeep = deep
        options.repairs = repairs
        return try await Fsck.check(dataDirectory: dataDirectory, options: options)
    }
}

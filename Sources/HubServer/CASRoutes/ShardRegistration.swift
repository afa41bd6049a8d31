import GRDB
import NIOPosix
import Xet

/// Takes an uploaded shard from its bytes to durable, linked files.
struct ShardRegistration: Sendable {
    let content: ContentStore
    let repo: Int64
    /// Who sends the shard.
    let user: String
    /// Whether the sender's token speaks for certain repositories alone.
    var isLimited = false
    let shard: Shard
    let progress: ShardProgress

    /// Parses a received shard.
    /// - Throws: `XetFormatError` when it does not parse or is not fit for upload.
    init(
        parsing file: IncomingFile, length: Int, content: ContentStore, repo: Int64, user: String,
    ) async throws {
        let shard = try await ContentThreads.validating.runIfActive {
            let shard = try file.file.withMapping(length: length) { try Shard(parsing: $0) }
            try shard.checkUpload()
            return shard
        }
        self.init(shard: shard, content: content, repo: repo, user: user)
    }

    init(shard: Shard, content: ContentStore, repo: Int64, user: String) {
        self.content = content
        self.repo = repo
        self.user = user
        self.shard = shard
        progress = ShardProgress(total: ShardChecker.steps(of: shard))
    }

    /// Checks every claim of the shard.
    func check() async throws -> [CheckedFile] {
        let standings = try await content.database.pool.read { [repo, user, isLimited, shard] database in
            var standings: [XorbHash: XorbStanding] = [:]
            for xorb in ShardChecker.xorbs(of: shard) {
                guard let standing = try ContentTables.standing(of: xorb, repo: repo, in: database) else { continue }
                // A xorb of somebody's private repositories alone is to others as if it were not stored.
                if !standing.isLinked {
                    let isUsable = try ContentTables.isUsable(
                        xorb: standing.id, repo: repo, user: user, isLimited: isLimited, in: database)
                    guard isUsable else { continue }
                }
                standings[xorb] = standing
            }
            return standings
        }
        let checker = ShardChecker(standings: standings, content: content, progress: progress)
        return try await ContentThreads.validating.runIfActive { [shard] in try checker.check(shard) }
    }

    /// Records checked files and links them and their xorbs to the repository, in one durable transaction.
    /// - Returns: true when the repository did not have all of the files before.
    func commit(_ files: [CheckedFile]) async throws -> Bool {
        try await content.register(files, repo: repo)
    }
}

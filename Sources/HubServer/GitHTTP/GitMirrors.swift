import Foundation
import GRDB
import Synchronization

/// The copies of repositories that git reads, `DATA/git/{id}`, made when git first asks and brought up to date each time.
final class GitMirrors: Sendable {
    private let root: String
    private let database: HubDatabase
    private let updates = Mutex<[Int64: Turnstile]>([:])

    /// Opens the folder. After a power cut nothing in it can be relied on, so it is emptied when the machine has started
    /// since; copies of repositories that are gone go too.
    init(dataDirectory: String, database: HubDatabase) throws {
        root = dataDirectory + "/git"
        self.database = database
        let manager = FileManager.default
        let mark = root + "/boot"
        let boot = manager.contents(atPath: "/proc/sys/kernel/random/boot_id") ?? Data()
        if boot.isEmpty || manager.contents(atPath: mark) != boot { try? manager.removeItem(atPath: root) }
        try manager.createDirectory(
            atPath: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try boot.write(to: URL(fileURLWithPath: mark))
        let repos = try database.pool.read { db in Set(try Int64.fetchAll(db, sql: "SELECT id FROM repo")) }
        for name in try manager.contentsOfDirectory(atPath: root) where name != "boot" {
            if Int64(name).map({ !repos.contains($0) }) ?? true { try? manager.removeItem(atPath: "\(root)/\(name)") }
        }
    }

    /// Brings the copy of a repository up to date with the database.
    func update(_ repo: Int64) async throws -> GitMirror {
        let turnstile = updates.withLock { updates in
            updates[repo]
                ?? {
                    let made = Turnstile(width: 1)
                    updates[repo] = made
                    return made
                }()
        }
        return try await turnstile.pass {
            let mirror = GitMirror(path: "\(self.root)/\(repo)")
            // Blocking is fine in here: the database has threads of its own.
            let (refs, tags, missing) = try await self.database.pool.read { db in
                try mirror.prepare()
                let store = GitStore(repo: repo, db: db)
                let refs = try store.refs()
                return (
                    refs, try store.annotatedTags(), try Self.missing(refs.map(\.target), in: mirror, repo: repo, db)
                )
            }
            for id in missing.reversed() {
                try Task.checkCancellation()
                try await self.database.pool.read { db in
                    // A store of its own each time: it keeps the trees it has read.
                    let store = GitStore(repo: repo, db: db)
                    guard let commit = try store.commit(id) else { throw DamagedRepository(repo: repo, object: id) }
                    try mirror.add(commit, from: store)
                }
            }
            try await self.database.pool.read { _ in
                for tag in tags { try mirror.add(tag) }
                try mirror.setRefs(refs, tags: tags)
            }
            return mirror
        }
    }

    /// The commits that the copy lacks, each before its parents.
    private static func missing(
        _ heads: [GitObjectID], in mirror: GitMirror, repo: Int64, _ db: Database
    ) throws -> [GitObjectID] {
        let store = GitStore(repo: repo, db: db)
        var order: [GitObjectID] = []
        var seen: Set<GitObjectID> = []
        for head in heads {
            var next: GitObjectID? = head
            var line: [GitObjectID] = []
            while let id = next, !seen.contains(id), !mirror.has(id) {
                guard let commit = try store.commit(id) else { throw DamagedRepository(repo: repo, object: id) }
                seen.insert(id)
                line.append(id)
                next = commit.parent
            }
            // What an earlier head has led to is older than this line.
            order = line + order
        }
        return order
    }
}

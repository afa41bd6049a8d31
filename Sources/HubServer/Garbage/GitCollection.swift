import Foundation
import GRDB
import Xet

/// The part of a collection that goes through repositories: commits, trees, blobs, and claims to contents.
///
/// What is reachable is noted in a temporary table of the collector's own connection. Before each batch of deletions,
/// inside its transaction, the note is brought up to date from commits that have come since, so that it then holds
/// everything that is reachable.
struct GitCollection {
    let collector: GarbageCollector

    private var queue: DatabaseQueue { collector.queue }
    private var now: Int64 { collector.now }
    private var cutoff: Int64 { collector.cutoff }

    /// Some object of a repository cannot be read, so nothing of the repository is known to be unreachable.
    private struct Unreadable: Error {}

    func run(_ report: inout GarbageReport) throws {
        try queue.writeWithoutTransaction { database in
            try GitWalk.prepare(in: database)
        }
        let repos = try queue.read { try Int64.fetchAll($0, sql: "SELECT id FROM repo ORDER BY id") }
        for repo in repos {
            guard collector.limits.allowance(1) > 0 else { return }
            do {
                let lost = try collectCommits(of: repo)
                report.commits.count += lost
                if try lost > 0 || hasLeftovers(repo) { try collectObjects(of: repo, &report) }
            } catch is Unreadable {
                let name = try queue.read {
                    try String.fetchOne(
                        $0, sql: "SELECT namespace || '/' || name FROM repo WHERE id = ?", arguments: [repo])
                }
                report.skippedRepos.append(name ?? "\(repo)")
                continue
            }
            try collectFileLinks(of: repo, &report)
            try collectXorbLinks(of: repo, &report)
        }
    }

    // MARK: Commits

    private static let reachable = """
        WITH RECURSIVE line (id) AS (
            SELECT target FROM git_ref WHERE repo = ?1
            UNION
            SELECT id FROM git_commit WHERE repo = ?1 AND unreachable_since > ?2
            UNION
            SELECT c.parent FROM line JOIN git_commit c ON c.repo = ?1 AND c.id = line.id WHERE c.parent IS NOT NULL
        )
        """

    /// Deletes the commits that have been unreachable for long enough, with those before them that only they lead to.
    /// - Returns: how many.
    private func collectCommits(of repo: Int64) throws -> Int {
        let limit = now - (collector.options.retention ?? collector.options.grace).components.seconds
        let isOdd = try queue.read { database in
            try Bool.fetchOne(
                database,
                sql: Self.reachable + """
                    SELECT EXISTS (SELECT 1 FROM git_commit WHERE repo = ?1
                        AND (unreachable_since IS NOT NULL OR id NOT IN (SELECT id FROM line)))
                    """, arguments: [repo, Int64.max])
        }
        guard isOdd == true else { return 0 }
        var count = 0
        try queue.inTransaction(.immediate) { database in
            try GitWalk.prepare(in: database)
            let mark = Self.reachable + "INSERT OR IGNORE INTO temp.gc_mark SELECT id FROM line"
            try database.execute(sql: mark, arguments: [repo, Int64.max])
            try database.execute(
                sql: """
                    UPDATE git_commit SET unreachable_since =
                        CASE WHEN id IN (SELECT id FROM temp.gc_mark) THEN NULL ELSE ifnull(unreachable_since, ?2) END
                    WHERE repo = ?1
                    AND (unreachable_since IS NULL) <> (id IN (SELECT id FROM temp.gc_mark))
                    """, arguments: [repo, now])
            // A commit that is still kept keeps those before it.
            try database.execute(sql: mark, arguments: [repo, limit])
            try database.execute(
                sql: "DELETE FROM git_commit WHERE repo = ? AND id NOT IN (SELECT id FROM temp.gc_mark)",
                arguments: [repo])
            count = database.changesCount
            return .commit
        }
        collector.limits.spend(count)
        return count
    }

    // MARK: Trees and blobs

    private static func bookmark(_ repo: Int64) -> String { "git-swept-\(repo)" }

    /// False when the repository was swept before and nothing has been stored in it since.
    private func hasLeftovers(_ repo: Int64) throws -> Bool {
        try queue.read { database in
            let swept = try Int64.fetchOne(
                database, sql: "SELECT value FROM bookmark WHERE name = ?", arguments: [Self.bookmark(repo)])
            guard let swept else { return true }
            return try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM git_touch WHERE repo = ? AND touched_at >= ?)",
                arguments: [repo, swept]) ?? true
        }
    }

    private func collectObjects(of repo: Int64, _ report: inout GarbageReport) throws {
        try queue.writeWithoutTransaction { database in
            try GitWalk.prepare(in: database)
            // Reads the hub's tables and writes this connection's own: nobody waits for it.
            try database.inTransaction(.deferred) {
                try mark(repo, in: database)
                return .commit
            }
        }
        var hasYoung = false
        for table in ["git_tree", "git_blob"] { try sweep(table, of: repo, &report, &hasYoung) }
        guard collector.limits.allowance(1) > 0 else { return }
        let isClean = !hasYoung
        try queue.inTransaction(.immediate) { [repo] database in
            try database.execute(
                sql: "DELETE FROM git_touch WHERE repo = ? AND touched_at <= ?", arguments: [repo, cutoff])
            try database.execute(
                sql: isClean
                    ? "INSERT OR REPLACE INTO bookmark (name, value) VALUES (?, ?)"
                    : "DELETE FROM bookmark WHERE name = ?",
                arguments: isClean ? [Self.bookmark(repo), now] : [Self.bookmark(repo)])
            return .commit
        }
    }

    /// Notes all that the commits of the repository lead to, and that is not noted yet.
    private func mark(_ repo: Int64, in database: Database) throws {
        try GitWalk(repo: repo, database: database).run { found in
            if case .tree(_, _, isParsed: false) = found { throw Unreadable() }
        }
    }

    private func sweep(
        _ table: String, of repo: Int64, _ report: inout GarbageReport, _ hasYoung: inout Bool,
    ) throws {
        let isYoung = """
            EXISTS (SELECT 1 FROM git_touch WHERE repo = o.repo AND id = o.id AND touched_at > ?)
            """
        let unmarked = "NOT EXISTS (SELECT 1 FROM temp.gc_mark WHERE id = o.id)"
        var removed = report.gitObjects
        var isFirst = true
        try collector.sweep { (last: Data?, limit, database) in
            isFirst = true
            return try Data.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT id FROM \(table) o WHERE repo = ? AND id > ? AND \(unmarked) AND NOT \(isYoung)
                        ORDER BY id LIMIT ?
                        """), arguments: [repo, last ?? Data(), cutoff, limit])
        } body: { id, database in
            if isFirst { try mark(repo, in: database) }
            isFirst = false
            let bytes = try Int64.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT \(table == "git_blob" ? "size" : "length(content)") FROM \(table) o
                        WHERE repo = ? AND id = ? AND \(unmarked) AND NOT \(isYoung)
                        """), arguments: [repo, id, cutoff])
            guard let bytes else { return false }
            try database.cachedStatement(sql: "DELETE FROM \(table) WHERE repo = ? AND id = ?")
                .execute(arguments: [repo, id])
            removed.add(bytes: bytes)
            return true
        }
        report.gitObjects = removed
        let young = try queue.read { database in
            try Bool.fetchOne(
                database,
                sql: "SELECT EXISTS (SELECT 1 FROM \(table) o WHERE repo = ? AND \(unmarked) AND \(isYoung))",
                arguments: [repo, cutoff])
        }
        if young == true { hasYoung = true }
    }

    // MARK: Claims

    /// A repository's claim to a file that none of its blobs points at (G1).
    private func collectFileLinks(of repo: Int64, _ report: inout GarbageReport) throws {
        let isStale = """
            l.repo = ?1 AND l.touched_at <= ?2 AND NOT EXISTS (
                SELECT 1 FROM file f JOIN git_blob b ON b.repo = l.repo AND b.file_hash = f.hash WHERE f.id = l.file)
            """
        var removed = report.links
        try collector.sweep { (last: Int64?, limit, database) in
            try Int64.fetchAll(
                database.cachedStatement(
                    sql: "SELECT file FROM repo_file l WHERE \(isStale) AND l.file > ?3 ORDER BY l.file LIMIT ?4"),
                arguments: [repo, cutoff, last ?? 0, limit])
        } body: { file, database in
            try database.cachedStatement(sql: "DELETE FROM repo_file AS l WHERE \(isStale) AND l.file = ?3")
                .execute(arguments: [repo, cutoff, file])
            guard database.changesCount > 0 else { return false }
            try database.cachedStatement(sql: "DELETE FROM repo_sha256 WHERE repo = ? AND file = ?")
                .execute(arguments: [repo, file])
            removed.add(bytes: 0)
            return true
        }
        report.links = removed
    }

    /// A repository's claim to a xorb that none of its files is made of.
    private func collectXorbLinks(of repo: Int64, _ report: inout GarbageReport) throws {
        let isStale = """
            l.repo = ?1 AND l.touched_at <= ?2 AND NOT EXISTS (
                SELECT 1 FROM file_xorb e JOIN repo_file f ON f.repo = l.repo AND f.file = e.file
                WHERE e.xorb = l.xorb)
            """
        var removed = report.links
        try collector.sweep { (last: Int64?, limit, database) in
            try Int64.fetchAll(
                database.cachedStatement(
                    sql: "SELECT xorb FROM repo_xorb l WHERE \(isStale) AND l.xorb > ?3 ORDER BY l.xorb LIMIT ?4"),
                arguments: [repo, cutoff, last ?? 0, limit])
        } body: { xorb, database in
            try database.cachedStatement(sql: "DELETE FROM repo_xorb AS l WHERE \(isStale) AND l.xorb = ?3")
                .execute(arguments: [repo, cutoff, xorb])
            guard database.changesCount > 0 else { return false }
            removed.add(bytes: 0)
            return true
        }
        report.links = removed
    }
}

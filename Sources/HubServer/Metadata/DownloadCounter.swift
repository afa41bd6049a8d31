import GRDB
import Synchronization

/// Counts downloads of repositories. Most counts wait in memory, for no download is worth a write of its own: a hub
/// that is killed forgets the last few.
package final class DownloadCounter: Sendable {
    private static let batch = 64

    private let waiting = Mutex<[Int64: Int64]>([:])

    /// Counts that are not in the database yet.
    func pending(_ repo: Int64) -> Int64 { waiting.withLock { $0[repo] ?? 0 } }

    /// Counts one download.
    func count(_ repo: Int64, in database: HubDatabase) async throws {
        let full: [Int64: Int64]? = waiting.withLock { counts in
            counts[repo, default: 0] += 1
            guard counts.values.reduce(0, +) >= Self.batch else { return nil }
            defer { counts = [:] }
            return counts
        }
        guard let full else { return }
        try await database.pool.write { db in try Self.store(full, in: db) }
    }

    /// Writes all counts down; call it before the database closes.
    func flush(to database: HubDatabase) throws {
        let counts = waiting.withLock { counts in
            defer { counts = [:] }
            return counts
        }
        guard !counts.isEmpty else { return }
        try database.pool.write { db in try Self.store(counts, in: db) }
    }

    private static func store(_ counts: [Int64: Int64], in db: Database) throws {
        for (repo, count) in counts {
            try db.execute(sql: "UPDATE repo SET downloads = downloads + ? WHERE id = ?", arguments: [count, repo])
        }
    }
}

import Foundation
import GRDB
import Xet

/// Finds what nothing leads to any more and removes it, beside a running hub (scale-out §4.2).
///
/// Works from the refs down: commits, trees and blobs, repositories' claims to files, files, xorbs, objects. Each step
/// first looks for candidates without holding anybody up, then takes a write transaction for a batch of them and looks
/// again: what is deleted was unreachable while nobody else could write. Blocks; give it a thread of its own.
struct GarbageCollector {
    let queue: DatabaseQueue
    /// Nil when nothing may be removed from the disk.
    let objects: ObjectStore?
    let options: GarbageOptions
    /// Unix seconds.
    let now: Int64
    let limits: GarbageLimits

    /// Rows that one transaction deletes, so that nobody waits long for it.
    static let batch = 200

    /// What was not used since then may go.
    var cutoff: Int64 { now - options.grace.components.seconds }

    func run() throws -> GarbageReport {
        let start = ContinuousClock.now
        var report = GarbageReport()
        report.isDryRun = options.isDryRun
        try GitCollection(collector: self).run(&report)
        try collectFiles(&report)
        try condemn(&report)
        try drop(&report)
        try collectIntents(&report)
        try emptyTrash(&report)
        objects?.sweepIncoming(
            partAge: TimeInterval(StorageTables.leaseLifetime), grantAge: TimeInterval(XorbGrantPromise.lifetime))
        try countWaiting(&report)
        if options.measuresWaste { report.waste = try WasteMeasurement(queue: queue).run() }
        report.isComplete = !limits.isExhausted
        report.seconds = (ContinuousClock.now - start) / .seconds(1)
        return report
    }

    /// Runs `body` in write transactions on candidates that `find` names page by page, until there are none.
    ///
    /// - Parameters:
    ///   - find: reads at most so many candidates after a given one, in ascending order.
    ///   - body: looks at one candidate again and deletes it; returns whether it did.
    func sweep<ID: DatabaseValueConvertible & Sendable>(
        find: (_ last: ID?, _ limit: Int, Database) throws -> [ID], body: (ID, Database) throws -> Bool,
    ) throws {
        var last: ID?
        while true {
            let limit = limits.allowance(Self.batch)
            guard limit > 0 else { return }
            let candidates = try queue.read { try find(last, limit, $0) }
            guard let end = candidates.last else { return }
            last = end
            var count = 0
            try queue.inTransaction(.immediate) { database in
                for candidate in candidates where try body(candidate, database) { count += 1 }
                return .commit
            }
            limits.spend(count)
        }
    }

    // MARK: Files

    /// Files that no repository claims (G1).
    private func collectFiles(_ report: inout GarbageReport) throws {
        var removed = report.files
        try sweep { (last: Int64?, limit, database) in
            try Int64.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT id FROM file WHERE id > ? AND touched_at <= ?
                        AND NOT EXISTS (SELECT 1 FROM repo_file WHERE file = file.id) ORDER BY id LIMIT ?
                        """), arguments: [last ?? 0, cutoff, limit])
        } body: { id, database in
            let row = try Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT size, touched_at FROM file WHERE id = ? AND touched_at <= ?
                        AND NOT EXISTS (SELECT 1 FROM repo_file WHERE file = file.id)
                        """), arguments: [id, cutoff])
            guard let row else { return false }
            for table in ["repo_sha256", "file_xorb"] {
                try database.cachedStatement(sql: "DELETE FROM \(table) WHERE file = ?").execute(arguments: [id])
            }
            try database.cachedStatement(sql: "DELETE FROM file WHERE id = ?").execute(arguments: [id])
            removed.add(bytes: row["size"], used: row["touched_at"])
            return true
        }
        report.files = removed
    }

    // MARK: Xorbs

    private static func stored(
        _ id: Int64, in database: Database,
    ) throws -> (row: StoredXorb<ObjectKey>, isUsed: Bool, bytes: Int64)? {
        try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT key, state, is_bad, touched_at, condemned_at, body_length,
                        EXISTS (SELECT 1 FROM file_xorb WHERE xorb = xorb.id) AS used
                    FROM xorb WHERE id = ?
                    """), arguments: [id]
        ).map { (try StoredXorb(row: $0), $0["used"], $0["body_length"]) }
    }

    /// Xorbs that no file is made of (G2).
    private func condemn(_ report: inout GarbageReport) throws {
        var condemned = report.condemned
        try sweep { (last: Int64?, limit, database) in
            try Int64.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT id FROM xorb WHERE id > ? AND state = 0 AND touched_at <= ?
                        AND NOT EXISTS (SELECT 1 FROM file_xorb WHERE xorb = xorb.id) ORDER BY id LIMIT ?
                        """), arguments: [last ?? 0, cutoff, limit])
        } body: { id, database in
            guard let found = try Self.stored(id, in: database),
                let row = StorageRules.condemn(found.row, isUsed: found.isUsed, cutoff: cutoff, now: now)
            else { return false }
            try StorageTables.write(row, id: id, in: database)
            condemned.add(bytes: found.bytes, used: row.touchedAt)
            return true
        }
        report.condemned = condemned
    }

    /// Xorbs that have been condemned for long enough (G3).
    private func drop(_ report: inout GarbageReport) throws {
        let limit = now - options.condemnation.components.seconds
        var dropped = report.dropped
        try sweep { (last: Int64?, count, database) in
            try Int64.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT id FROM xorb WHERE id > ? AND state = 1 AND condemned_at <= ?
                        AND NOT EXISTS (SELECT 1 FROM file_xorb WHERE xorb = xorb.id) ORDER BY id LIMIT ?
                        """), arguments: [last ?? 0, limit, count])
        } body: { id, database in
            guard let found = try Self.stored(id, in: database),
                let key = StorageRules.drop(found.row, isUsed: found.isUsed, condemnedBefore: limit)
            else { return false }
            try StorageTables.delete(xorb: id, in: database)
            try StorageTables.discard(key, notBefore: now, in: database)
            dropped.add(bytes: found.bytes, used: found.row.touchedAt)
            return true
        }
        report.dropped = dropped
    }

    private func countWaiting(_ report: inout GarbageReport) throws {
        let row = try queue.read { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT count(*) AS count, ifnull(sum(body_length), 0) AS bytes, min(touched_at) AS oldest
                    FROM xorb WHERE state = 1
                    """)
        }
        guard let row else { return }
        report.waiting = GarbageReport.Removed(count: row["count"], bytes: row["bytes"], oldest: row["oldest"])
    }

    // MARK: Objects

    /// Uploads whose lease has ended (G5).
    private func collectIntents(_ report: inout GarbageReport) throws {
        var removed = report.uploads
        try sweep { (last: ObjectKey?, limit, database) in
            try ObjectKey.fetchAll(
                database.cachedStatement(
                    sql: "SELECT key FROM upload WHERE key > ? AND lease_until <= ? ORDER BY key LIMIT ?"),
                arguments: [last?.description ?? "", now, limit])
        } body: { key, database in
            let lease = try Int64.fetchOne(
                database.cachedStatement(sql: "SELECT lease_until FROM upload WHERE key = ?"), arguments: [key])
            guard let lease, StorageRules.expires(leaseUntil: lease, now: now),
                try StorageTables.consumeIntent(key, in: database)
            else { return false }
            try StorageTables.discard(key, notBefore: now, in: database)
            removed.add(bytes: 0)
            return true
        }
        report.uploads = removed
    }

    /// Deletes what the trash names, then its names there; in this order a crash between the two repeats the deletion
    /// (G4).
    private func emptyTrash(_ report: inout GarbageReport) throws {
        guard let objects else { return }
        var removed = report.objects
        try sweep { (last: ObjectKey?, limit, database) in
            let keys = try ObjectKey.fetchAll(
                database.cachedStatement(
                    sql: "SELECT key FROM trash WHERE key > ? AND not_before <= ? ORDER BY key LIMIT ?"),
                arguments: [last?.description ?? "", now, limit])
            for key in keys {
                if let bytes = try objects.size(of: key) { removed.add(bytes: Int64(bytes)) }
                try objects.remove(key)
            }
            try objects.synchronizeFolders(of: keys)
            return keys
        } body: { key, database in
            try database.cachedStatement(sql: "DELETE FROM trash WHERE key = ?").execute(arguments: [key])
            return true
        }
        report.objects = removed
    }
}

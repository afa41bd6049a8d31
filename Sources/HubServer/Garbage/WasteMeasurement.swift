import Foundation
import GRDB
import Xet

/// Reckons how much of the stored bytes no file uses: chunks of xorbs that other chunks keep alive.
struct WasteMeasurement {
    let queue: DatabaseQueue

    private static let page = 500

    func run() throws -> GarbageReport.Waste {
        try queue.writeWithoutTransaction { database in
            try database.execute(
                sql: """
                    CREATE TEMP TABLE IF NOT EXISTS gc_use (
                        xorb BLOB NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
                        PRIMARY KEY (xorb, first, last)) WITHOUT ROWID
                    """)
            try database.execute(sql: "DELETE FROM temp.gc_use")
            defer { try? database.execute(sql: "DELETE FROM temp.gc_use") }
            var last: Int64 = 0
            while let next = try note(filesAfter: last, in: database) { last = next }
            return try reckon(in: database)
        }
    }

    /// Notes which chunks the next files use. Temporary tables are this connection's alone, so nobody waits.
    private func note(filesAfter last: Int64, in database: Database) throws -> Int64? {
        var end: Int64?
        try database.inTransaction(.deferred) {
            let rows = try Row.fetchAll(
                database, sql: "SELECT id, recipe FROM file WHERE id > ? ORDER BY id LIMIT ?",
                arguments: [last, Self.page])
            let insert = try database.cachedStatement(sql: "INSERT OR IGNORE INTO temp.gc_use VALUES (?, ?, ?)")
            for row in rows {
                for segment in try FileRecipe(decoding: row["recipe"]).segments {
                    try insert.execute(arguments: [
                        Data(segment.xorb.bytes), Int64(segment.chunks.lowerBound), Int64(segment.chunks.upperBound),
                    ])
                }
            }
            end = rows.last?["id"]
            return .commit
        }
        return end
    }

    private func reckon(in database: Database) throws -> GarbageReport.Waste {
        var waste = GarbageReport.Waste()
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT xorb.id, xorb.body_length, xorb.chunk_count, u.first, u.last
                FROM temp.gc_use u JOIN xorb ON xorb.hash = u.xorb ORDER BY u.xorb, u.first
                """)
        var current: (id: Int64, bytes: Int64, chunks: Int64, used: Int64, end: Int64)?
        func close() {
            guard let xorb = current else { return }
            waste.storedBytes += xorb.bytes
            guard xorb.used < xorb.chunks else { return }
            waste.xorbs += 1
            waste.bytes += xorb.bytes - Int64(Double(xorb.bytes) * Double(xorb.used) / Double(xorb.chunks))
        }
        while let row = try rows.next() {
            let (id, first, last) = (row["id"] as Int64, row["first"] as Int64, row["last"] as Int64)
            if current?.id != id {
                close()
                current = (id, row["body_length"], row["chunk_count"], 0, 0)
            }
            guard let xorb = current else { continue }
            current?.used += max(0, last - max(first, xorb.end))
            current?.end = max(xorb.end, last)
        }
        close()
        return waste
    }
}

import Foundation
import GRDB
import Xet

/// The statements on rows of stored objects; all run inside a caller's write transaction, which in SQLite is the only
/// one at its time. So what they read holds until they have written.
enum StorageTables {
    /// How long an upload may take from its intent to its row.
    static let leaseLifetime: Int64 = 3600
    /// How long an object that another one replaces stays readable: signed URLs of it are about.
    static let readersGrace = URLSigner.lifetime * 2

    // MARK: Rows

    static func row(of xorb: XorbHash, in database: Database) throws -> (id: Int64, row: StoredXorb<ObjectKey>)? {
        try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT id, key, state, is_bad, touched_at, condemned_at FROM xorb WHERE hash = ?"),
            arguments: [Data(xorb.bytes)]
        ).map { ($0["id"], try StoredXorb(row: $0)) }
    }

    static func write(_ row: StoredXorb<ObjectKey>, id: Int64, in database: Database) throws {
        try database.cachedStatement(
            sql: """
                UPDATE xorb SET key = ?, state = ?, is_bad = ?, touched_at = ?, condemned_at = ? WHERE id = ?
                """
        ).execute(arguments: [row.key, row.state.rawValue, row.isBad, row.touchedAt, row.condemnedAt, id])
    }

    /// Notes that the object of a key is damaged or missing. Does nothing when the xorb has another object by now.
    static func markBad(_ key: ObjectKey, in database: Database) throws {
        try database.execute(sql: "UPDATE xorb SET is_bad = 1 WHERE key = ?", arguments: [key])
    }

    // MARK: Intents and trash

    /// Announces an object before it gets its name (U2).
    static func announce(_ key: ObjectKey, now: Int64, in database: Database) throws {
        try database.cachedStatement(sql: "INSERT INTO upload (key, lease_until) VALUES (?, ?)")
            .execute(arguments: [key, now + leaseLifetime])
    }

    /// - Returns: false when the intent has been collected.
    static func consumeIntent(_ key: ObjectKey, in database: Database) throws -> Bool {
        try database.cachedStatement(sql: "DELETE FROM upload WHERE key = ?").execute(arguments: [key])
        return database.changesCount > 0
    }

    static func discard(_ key: ObjectKey, notBefore: Int64, in database: Database) throws {
        try database.cachedStatement(sql: "INSERT OR IGNORE INTO trash (key, not_before) VALUES (?, ?)")
            .execute(arguments: [key, notBefore])
    }

    // MARK: Storing

    /// Makes an uploaded and verified object the xorb's, unless it has a sound one (U3).
    /// - Parameter damaged: the key of an object of the xorb that was found not to be whole.
    static func admit(
        _ index: XorbIndex, at own: ObjectKey, damaged: ObjectKey?, now: Int64, in database: Database,
    ) throws -> StorageRules.Admission<ObjectKey> {
        let hasIntent = try consumeIntent(own, in: database)
        let known = try row(of: index.hash, in: database)
        let admission = StorageRules.admit(own, hasIntent: hasIntent, over: known?.row, damaged: damaged, now: now)
        switch admission {
        case .refused:
            // The collector may have come by before the object had its name.
            try discard(own, notBefore: now, in: database)
        case .stored(let row, let replaced):
            if let known {
                try write(row, id: known.id, in: database)
                try database.execute(
                    sql: "UPDATE xorb SET body_length = ? WHERE id = ?",
                    arguments: [Int64(index.bodyLength), known.id])
            } else {
                try insert(index, row, in: database)
            }
            if let replaced { try discard(replaced, notBefore: now + readersGrace, in: database) }
        case .kept(let row):
            if let known { try write(row, id: known.id, in: database) }
            try discard(own, notBefore: now, in: database)
        }
        return admission
    }

    private static func insert(
        _ index: XorbIndex, _ row: StoredXorb<ObjectKey>, in database: Database,
    ) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO xorb (hash, body_length, unpacked_length, chunk_count, key, touched_at, is_indexed)
                VALUES (?, ?, ?, ?, ?, ?, 1)
                """
        ).execute(arguments: [
            Data(index.hash.bytes), Int64(index.bodyLength), Int64(index.unpackedLength), index.chunkCount, row.key,
            row.touchedAt,
        ])
        let id = database.lastInsertedRowID
        try ChunkIndexTable.add(eligibleChunksOf: index, id: id, in: database)
    }

    /// Records that files are built on a xorb; nil when it is gone, and then the transaction must fail (U4).
    static func revive(_ xorb: XorbHash, now: Int64, in database: Database) throws -> Int64? {
        guard let known = try row(of: xorb, in: database),
            let row = StorageRules.register(on: [known.row], now: now)?.first
        else { return nil }
        if row != known.row { try write(row, id: known.id, in: database) }
        return known.id
    }

    // MARK: Losing

    /// Deletes what names a xorb beside its row, then the row.
    static func delete(xorb id: Int64, in database: Database) throws {
        for table in ["chunk_index", "repo_xorb", "xorb_sender"] {
            try database.cachedStatement(sql: "DELETE FROM \(table) WHERE xorb = ?").execute(arguments: [id])
        }
        try database.cachedStatement(sql: "DELETE FROM xorb WHERE id = ?").execute(arguments: [id])
    }
}

extension StoredXorb<ObjectKey> {
    init(row: Row) throws {
        guard let key = row["key"] as ObjectKey?, let state = State(rawValue: row["state"]) else {
            throw ContentError.damagedMetadata("a xorb has no key or no state")
        }
        self.init(
            key: key, state: state, isBad: row["is_bad"], touchedAt: row["touched_at"],
            condemnedAt: row["condemned_at"])
    }
}

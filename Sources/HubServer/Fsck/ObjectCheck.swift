import Foundation
import GRDB
import Xet

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Rows of xorbs against objects, and objects against rows.
struct ObjectCheck {
    let queue: DatabaseQueue
    let objects: ObjectStore
    let options: FsckOptions

    private static let page = 200

    private struct Stored {
        var id: Int64
        var row: StoredXorb<ObjectKey>
        var bodyLength: Int64
        var chunkCount: Int64
    }

    func run(_ report: inout FsckReport) throws {
        var last: Int64 = 0
        while true {
            let page = try queue.read { database in
                try Row.fetchAll(
                    database,
                    sql: """
                        SELECT id, key, state, is_bad, touched_at, condemned_at, body_length, chunk_count
                        FROM xorb WHERE id > ? ORDER BY id LIMIT ?
                        """, arguments: [last, Self.page]
                ).map {
                    Stored(
                        id: $0["id"], row: try StoredXorb(row: $0), bodyLength: $0["body_length"],
                        chunkCount: $0["chunk_count"])
                }
            }
            guard let end = page.last else { break }
            last = end.id
            for stored in page { try check(stored, &report) }
        }
        try checkListing(&report)
    }

    // MARK: Rows

    private func check(_ stored: Stored, _ report: inout FsckReport) throws {
        report.xorbs += 1
        let key = stored.row.key
        do {
            let index = try options.isDeep ? objects.verify(key) : objects.index(of: key)
            if options.isDeep { report.bytesRead += Int64(index.bodyLength) }
            guard Int64(index.bodyLength) == stored.bodyLength, Int64(index.chunkCount) == stored.chunkCount else {
                throw ContentError.damagedObject(key.xorb, reason: "its row tells of another object")
            }
            if stored.row.isBad { try mendMark(stored, &report) }
        } catch ContentError.objectMissing {
            try note(stored, .missingObject, "the object is missing", &report)
        } catch ContentError.damagedObject(_, let reason) {
            try note(stored, .damagedObject, reason, &report)
        }
    }

    /// A xorb that was called bad has an object that looks sound. Only reading all of it can tell.
    private func mendMark(_ stored: Stored, _ report: inout FsckReport) throws {
        if options.isDeep, options.repairs {
            try queue.write {
                try $0.execute(sql: "UPDATE xorb SET is_bad = 0 WHERE key = ?", arguments: [stored.row.key])
            }
            return
        }
        guard !options.isDeep else { return }
        let owners = try queue.read { try Fsck.owners(having: "xorb", stored.id, in: $0) }
        report.add(
            .awaitsUpload, "\(stored.row.key.xorb)", "a reader found it damaged; its files must be uploaded again",
            repos: owners.repos, objects: owners.objects)
    }

    private func note(
        _ stored: Stored, _ kind: FsckReport.Problem.Kind, _ reason: String, _ report: inout FsckReport,
    ) throws {
        let key = stored.row.key
        let (isCurrent, owners) = try queue.read { database in
            (
                try StorageTables.row(of: key.xorb, in: database)?.row.key == key,
                try Fsck.owners(having: "xorb", stored.id, in: database)
            )
        }
        // Dropped or replaced while this looked at it.
        guard isCurrent else { return }
        if kind == .missingObject, stored.row.isBad {
            return report.add(
                .awaitsUpload, "\(key.xorb)", "its object was put aside; its files must be uploaded again",
                repos: owners.repos, objects: owners.objects)
        }
        if options.repairs {
            if kind == .damagedObject { try objects.quarantine(name: "\(key)", at: objects.path(of: key)) }
            try queue.write { try StorageTables.markBad(key, in: $0) }
        }
        report.add(kind, "\(key.xorb)", reason, repos: owners.repos, objects: owners.objects)
    }

    // MARK: Objects

    /// Looks for files that nothing names. The folder is read before the database: an object has its name only after
    /// its intent is on disk, so that whatever is seen here is known there.
    private func checkListing(_ report: inout FsckReport) throws {
        for first in try FileManager.default.contentsOfDirectory(atPath: objects.xorbs) {
            let folder = "\(objects.xorbs)/\(first)"
            for second in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
                let path = "\(folder)/\(second)"
                let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
                report.objects += names.count
                let unknown = try queue.read { database in
                    try names.filter { try !isKnown($0, in: database) }
                }
                for name in unknown where access("\(path)/\(name)", F_OK) == 0 {
                    if options.repairs { try objects.quarantine(name: name, at: "\(path)/\(name)") }
                    report.add(
                        .unknownObject, name, "no row, upload or trash names it", isRepaired: options.repairs)
                }
            }
        }
    }

    private func isKnown(_ name: String, in database: Database) throws -> Bool {
        guard ObjectKey(name) != nil else { return false }
        return try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM xorb WHERE key = ?1) OR EXISTS (SELECT 1 FROM upload WHERE key = ?1)
                        OR EXISTS (SELECT 1 FROM trash WHERE key = ?1)
                    """), arguments: [name]) ?? false
    }
}

extension ObjectStore {
    /// Where damaged and unknown objects are put aside.
    var quarantine: String { String(xorbs.dropLast("xorbs".count)) + "quarantine" }

    /// Puts a file aside, out of the store.
    func quarantine(name: String, at path: String) throws {
        _ = try SystemCall.makeDirectory(quarantine)
        try SystemCall.rename(path, to: "\(quarantine)/\(name)")
        try SystemCall.synchronizeDirectory(quarantine)
    }
}

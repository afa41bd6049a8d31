import Foundation
import GRDB

/// Checks of all that a data folder holds, beside a running hub: rows, objects, refs, commits, trees, blobs, files and
/// xorbs must lead to one another.
public enum Fsck {
    /// - Throws: ``HubServerError`` when the folder holds no hub, or a repair would meet a collection.
    public static func check(dataDirectory: String, options: FsckOptions) async throws -> FsckReport {
        let database = try HubDatabase(existingIn: dataDirectory)
        defer { try? database.close() }
        let lock = options.repairs ? try DataDirectoryLock(.maintenance, of: dataDirectory) : nil
        return try await MaintenanceThread.run {
            try withExtendedLifetime(lock) {
                let queue = try MaintenanceDatabase.open(dataDirectory + "/hub.sqlite")
                let objects = try ObjectStore(dataDirectory: dataDirectory)
                let start = ContinuousClock.now
                var report = FsckReport()
                report.isDeep = options.isDeep
                try checkDatabase(queue, options, &report)
                try GitCheck(queue: queue, options: options).run(&report)
                try FileCheck(queue: queue, options: options).run(&report)
                try ObjectCheck(queue: queue, objects: objects, options: options).run(&report)
                try FsckPlaces(queue: queue).run(&report)
                report.seconds = (ContinuousClock.now - start) / .seconds(1)
                return report
            }
        }
    }

    private static func checkDatabase(
        _ queue: DatabaseQueue, _ options: FsckOptions, _ report: inout FsckReport,
    ) throws {
        let (texts, strays) = try queue.read { database in
            (
                try String.fetchAll(database, sql: options.isDeep ? "PRAGMA integrity_check" : "PRAGMA quick_check"),
                try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").map { row -> String in
                    let (table, target) = (row["table"] as String? ?? "?", row["parent"] as String? ?? "?")
                    return "\(table) refers to a row of \(target) that is not there"
                }
            )
        }
        for text in texts where text != "ok" { report.add(.damagedDatabase, "hub.sqlite", text) }
        for text in strays { report.add(.damagedDatabase, "hub.sqlite", text) }
    }

    /// Names of the repositories that a file or xorb belongs to, and the blobs that stand for its files.
    static func owners(
        having kind: String, _ id: Int64, in database: Database,
    ) throws -> (repos: [String], objects: [FsckObject]) {
        (try repos(having: kind, id, in: database), try FsckPlaces.blobs(having: kind, id, in: database))
    }

    private static func repos(having kind: String, _ id: Int64, in database: Database) throws -> [String] {
        try String.fetchAll(
            database,
            sql: """
                SELECT DISTINCT repo.namespace || '/' || repo.name
                FROM \(kind == "xorb" ? "file_xorb e JOIN repo_file l ON l.file = e.file" : "repo_file l")
                JOIN repo ON repo.id = l.repo WHERE \(kind == "xorb" ? "e.xorb" : "l.file") = ? ORDER BY 1 LIMIT 20
                """, arguments: [id])
    }
}

import Foundation
import GRDB

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a backup did.
public struct BackupReport: Codable, Sendable, Hashable {
    /// Objects in the backup, and their bytes.
    public var objects = 0
    public var bytes: Int64 = 0
    /// Of these, the ones that this run brought, and how.
    public var cloned = 0
    public var linked = 0
    public var copied = 0
    public var addedBytes: Int64 = 0
    /// Objects of an earlier backup that are needed no more.
    public var removed = 0
    /// Xorbs whose object the hub itself lacks; the backup lacks them too.
    public var missing: [String] = []
    public var seconds = 0.0

    public init() {}

    enum CodingKeys: String, CodingKey {
        case objects, bytes, cloned, linked, copied
        case addedBytes = "added_bytes"
        case removed, missing, seconds
    }
}

/// Copies of a live hub's data folder that a hub can be started on.
public enum Backup {
    /// Says that a folder is a backup, which the next one may change. A hub that is started on it takes it away.
    static let mark = "shoal-backup"

    /// Copies a hub as it is at one instant; into the folder of an earlier backup only what is new.
    ///
    /// The database is copied first, then the objects that the copy names. No collection removes any of them
    /// meanwhile. The copied database gets its name last: whenever this is interrupted, the folder holds the earlier
    /// backup whole, or the new one.
    ///
    /// - Throws: ``HubServerError`` when there is no hub, or the destination is something else than a backup.
    public static func make(
        of dataDirectory: String, at destination: String, copiesEverything: Bool = false,
    ) async throws -> BackupReport {
        let database = try HubDatabase(existingIn: dataDirectory)
        defer { try? database.close() }
        let lock = try DataDirectoryLock(.maintenance, of: dataDirectory)
        try prepare(destination)
        let destinationLock = try DataDirectoryLock(.serving, of: destination)
        return try await MaintenanceThread.run {
            try withExtendedLifetime((lock, destinationLock)) {
                try run(from: dataDirectory, to: destination, copiesEverything: copiesEverything)
            }
        }
    }

    private static func prepare(_ destination: String) throws(HubServerError) {
        try DataDirectory.create(destination)
        let markPath = destination + "/" + mark
        guard access(markPath, F_OK) != 0 else { return }
        let found = (try? FileManager.default.contentsOfDirectory(atPath: destination)) ?? []
        guard found.isEmpty else {
            throw HubServerError(
                code: .notABackup, message: "\(destination) is not empty and no backup",
                hint: found.contains("hub.sqlite")
                    ? "it holds a hub that has been started; choose another folder"
                    : "choose a new or empty folder, or that of an earlier backup")
        }
        guard FileManager.default.createFile(atPath: markPath, contents: nil) else {
            throw .storage("cannot write \(markPath)", errno: errno)
        }
        try DataDirectory.sync(destination)
    }

    /// A hub starts on the folder: from now on it is the only copy of what comes.
    static func becomeHub(_ dataDirectory: String) { unlink(dataDirectory + "/" + mark) }

    private static func run(
        from dataDirectory: String, to destination: String, copiesEverything: Bool,
    ) throws -> BackupReport {
        let start = ContinuousClock.now
        var report = BackupReport()
        let temporary = destination + "/hub.sqlite.new"
        removeDatabase(temporary)
        try MaintenanceDatabase.backUp(dataDirectory + "/hub.sqlite", to: temporary)
        let source = try ObjectStore(dataDirectory: dataDirectory)
        let target = try ObjectStore(dataDirectory: destination)
        let queue = try DatabaseQueue(path: temporary)
        try queue.write { database in
            // What was half done there is nothing here: its objects are not copied.
            try database.execute(sql: "DELETE FROM upload; DELETE FROM trash;")
        }
        let copier = ObjectCopier(source: source, target: target, copiesEverything: copiesEverything)
        var last: Int64 = 0
        while true {
            let page = try queue.read { database in
                try Row.fetchAll(
                    database, sql: "SELECT id, key FROM xorb WHERE id > ? ORDER BY id LIMIT 500", arguments: [last]
                ).map { ($0["id"] as Int64, $0["key"] as ObjectKey) }
            }
            guard let end = page.last else { break }
            last = end.0
            for (_, key) in page { try copier.copy(key, &report) }
        }
        try copier.finish()
        try copyFile(dataDirectory + "/secret", to: destination + "/secret")
        try close(queue, at: temporary)
        try publish(temporary, in: destination)
        try prune(target, in: destination, &report)
        report.seconds = (ContinuousClock.now - start) / .seconds(1)
        return report
    }

    /// Moves all of the copy into its one file and closes it.
    private static func close(_ queue: DatabaseQueue, at path: String) throws {
        try queue.writeWithoutTransaction { database in
            _ = try database.checkpoint(.truncate)
            try database.execute(sql: "PRAGMA journal_mode = DELETE")
        }
        try queue.close()
        for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
        try OpenFile(updating: path).synchronize()
    }

    private static func publish(_ temporary: String, in destination: String) throws {
        // Left by a hub that looked at the earlier backup; they must not be taken for the new database's.
        for suffix in ["-wal", "-shm", "-journal"] { unlink(destination + "/hub.sqlite" + suffix) }
        try SystemCall.rename(temporary, to: destination + "/hub.sqlite")
        try SystemCall.synchronizeDirectory(destination)
    }

    private static func removeDatabase(_ path: String) {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
    }

    private static func copyFile(_ path: String, to copy: String) throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let temporary = copy + ".new"
        unlink(temporary)
        let file = try OpenFile(creating: temporary)
        try bytes.withUnsafeBytes { try file.write($0, at: 0) }
        try file.synchronize()
        try SystemCall.rename(temporary, to: copy)
    }

    /// Removes objects that only earlier backups needed.
    private static func prune(_ target: ObjectStore, in destination: String, _ report: inout BackupReport) throws {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: destination + "/hub.sqlite", configuration: configuration)
        for path in try target.allObjects() {
            let name = String(path.split(separator: "/").last ?? "")
            let isKnown = try queue.read {
                try Bool.fetchOne(
                    $0.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM xorb WHERE key = ?)"), arguments: [name])
            }
            guard isKnown == false else { continue }
            unlink(path)
            report.removed += 1
        }
    }
}

import Foundation
import GRDB
import NIOPosix

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Collections on a data folder, beside a running hub or inside it.
public enum Garbage {
    /// Collects once and says what was done. Works beside a running hub: both go through the database's transactions.
    ///
    /// - Throws: ``HubServerError`` when the folder holds no hub or another collection runs.
    public static func collect(dataDirectory: String, options: GarbageOptions) async throws -> GarbageReport {
        // Makes sure that the tables are there.
        let database = try HubDatabase(existingIn: dataDirectory)
        defer { try? database.close() }
        return try await collect(dataDirectory: dataDirectory, options: options, now: ContentStore.now)
    }

    static func collect(dataDirectory: String, options: GarbageOptions, now: Int64) async throws -> GarbageReport {
        let lock = try DataDirectoryLock(.maintenance, of: dataDirectory)
        let cancellation = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await MaintenanceThread.run {
                // Held until the work is done.
                try withExtendedLifetime(lock) {
                    try collect(dataDirectory, options, now, isCancelled: { cancellation.isSet })
                }
            }
        } onCancel: {
            cancellation.set()
        }
    }

    private static func collect(
        _ dataDirectory: String, _ options: GarbageOptions, _ now: Int64, isCancelled: @escaping @Sendable () -> Bool,
    ) throws -> GarbageReport {
        let path = dataDirectory + "/hub.sqlite"
        let limits = GarbageLimits(options, isCancelled: isCancelled)
        guard options.isDryRun else {
            let queue = try MaintenanceDatabase.open(path)
            return try GarbageCollector(
                queue: queue, objects: ObjectStore(dataDirectory: dataDirectory), options: options, now: now,
                limits: limits
            ).run()
        }
        // The very same collection on a copy of the database, with no disk to delete from.
        let copy = "\(dataDirectory)/incoming/\(String(UInt64.random(in: .min ... .max), radix: 16)).part"
        defer { for suffix in ["", "-wal", "-shm", "-journal"] { unlink(copy + suffix) } }
        let queue = try MaintenanceDatabase.copy(path, to: copy)
        return try GarbageCollector(queue: queue, objects: nil, options: options, now: now, limits: limits).run()
    }
}

import GRDB
import NIOPosix
import Synchronization

/// Connections of long work on the hub's database, apart from those that serve requests: what it keeps in temporary
/// tables is its own, and nobody queues behind it.
enum MaintenanceDatabase {
    static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(30)
        configuration.prepareDatabase { database in
            // An object must not leave the disk before the row that named it.
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Copies a live database as it is at one instant and opens the copy, which need not survive a crash.
    static func copy(_ path: String, to copy: String) throws -> DatabaseQueue {
        try backUp(path, to: copy)
        let queue = try DatabaseQueue(path: copy)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA journal_mode = MEMORY")
            try database.execute(sql: "PRAGMA synchronous = OFF")
        }
        return queue
    }

    /// Copies a live database as it is at one instant.
    static func backUp(_ path: String, to copy: String) throws {
        let source = try open(path)
        let target = try DatabaseQueue(path: copy)
        try source.backup(to: target)
        try target.close()
        try source.close()
    }
}

/// The thread of collections, checks and backups, so that they take no thread from requests.
enum MaintenanceThread {
    private static let pool: NIOThreadPool = {
        // Lives as long as the process, as NIO's own singleton pools do.
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        return pool
    }()

    static func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await pool.runIfActive(body)
    }
}

/// Tells blocking work that nobody waits for it any more.
final class CancellationFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    var isSet: Bool { flag.load(ordering: .relaxed) }

    func set() { flag.store(true, ordering: .relaxed) }
}

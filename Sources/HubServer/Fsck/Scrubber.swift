import Foundation
import GRDB
import Logging
import NIOPosix
import ServiceLifecycle
import Xet

/// Reads stored objects again while the hub runs, a little at a time, and marks those whose bytes have changed, so that
/// nobody builds on them and the next upload replaces them.
struct Scrubber: Service {
    let services: ServerServices
    /// Bytes per second.
    let rate: Int

    private var database: DatabasePool { services.database.pool }

    /// Where the last round has got to, and when it began.
    private static let position = "scrub-position"
    private static let roundStart = "scrub-round"
    /// A round begins no sooner than this after the one before it.
    private static let roundInterval: Int64 = 7 * 86_400
    /// A hub that was just started has clients to answer.
    private static let firstDelay = Duration.seconds(60)
    private static let idleDelay = Duration.seconds(600)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            try? await Task.sleep(for: Self.firstDelay)
            while !Task.isCancelled {
                do {
                    let bytes = try await step(now: ContentStore.now)
                    try await Task.sleep(for: bytes.map { .seconds(Double($0) / Double(rate)) } ?? Self.idleDelay)
                } catch is CancellationError {
                    return
                } catch {
                    services.logger.error("the scrubber failed", metadata: ["error": "\(error)"])
                    try? await Task.sleep(for: Self.idleDelay)
                }
            }
        }
    }

    /// Checks the next object.
    /// - Returns: how many bytes it has; nil when there is nothing to do for now.
    func step(now: Int64) async throws -> Int? {
        let next = try await database.read { database -> (id: Int64, row: StoredXorb<ObjectKey>)? in
            let last = try Self.bookmark(Self.position, in: database) ?? 0
            return try Row.fetchOne(
                database,
                sql: """
                    SELECT id, key, state, is_bad, touched_at, condemned_at FROM xorb WHERE id > ? ORDER BY id LIMIT 1
                    """, arguments: [last]
            ).map { ($0["id"], try StoredXorb(row: $0)) }
        }
        guard let next else {
            try await beginRound(now: now)
            return nil
        }
        let key = next.row.key
        let finding = try await MaintenanceThread.run { [services] in Finding(of: key, in: services.content.objects) }
        try await database.write { database in
            switch finding {
            case .sound(let index):
                try database.execute(
                    sql: "UPDATE xorb SET is_bad = 0 WHERE key = ? AND is_bad", arguments: [key])
                try Self.index(index, id: next.id, key: key, in: database)
            case .bad: try StorageTables.markBad(key, in: database)
            case .unknown: break
            }
            try Self.set(Self.position, next.id, in: database)
        }
        services.metrics.counter("shoal_scrub_objects_total", help: "Objects that the scrubber has read.").add()
        switch finding {
        case .sound(let index):
            return Int(index.bodyLength)
        case .bad(let reason):
            // Dropped or replaced since it was chosen: then its key is no row's any more.
            let isCurrent = try await database.read {
                try StorageTables.row(of: key.xorb, in: $0)?.row.key == key
            }
            if isCurrent {
                services.metrics.counter("shoal_scrub_bad_total", help: "Damaged objects that the scrubber has found.")
                    .add()
                services.logger.error(
                    "a stored xorb is damaged; 'shoal hub fsck' says which repositories have it",
                    metadata: ["xorb": "\(key.xorb)", "reason": "\(reason)"])
            }
            return 1 << 20
        case .unknown(let reason):
            services.logger.error(
                "a stored xorb cannot be read", metadata: ["xorb": "\(key.xorb)", "reason": "\(reason)"])
            return 1 << 20
        }
    }

    private enum Finding: Sendable {
        case sound(XorbIndex)
        case bad(String)
        /// It could not be read, which says nothing about it.
        case unknown(String)

        init(of key: ObjectKey, in objects: ObjectStore) {
            do {
                self = .sound(try objects.verify(key))
            } catch ContentError.objectMissing {
                self = .bad("it is missing")
            } catch ContentError.damagedObject(_, let reason) {
                self = .bad(reason)
            } catch {
                self = .unknown("\(error)")
            }
        }
    }

    private func beginRound(now: Int64) async throws {
        try await database.write { database in
            if let start = try Self.bookmark(Self.roundStart, in: database), now - start < Self.roundInterval { return }
            try Self.set(Self.roundStart, now, in: database)
            try Self.set(Self.position, 0, in: database)
        }
    }

    /// Objects that were stored before chunks could be asked for are indexed when they are read anyway.
    private static func index(_ index: XorbIndex, id: Int64, key: ObjectKey, in database: Database) throws {
        try database.execute(
            sql: "UPDATE xorb SET is_indexed = 1 WHERE id = ? AND key = ? AND is_indexed = 0", arguments: [id, key])
        if database.changesCount > 0 { try ChunkIndexTable.add(eligibleChunksOf: index, id: id, in: database) }
    }

    private static func bookmark(_ name: String, in database: Database) throws -> Int64? {
        try Int64.fetchOne(database, sql: "SELECT value FROM bookmark WHERE name = ?", arguments: [name])
    }

    private static func set(_ name: String, _ value: Int64, in database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO bookmark (name, value) VALUES (?, ?)", arguments: [name, value])
    }
}

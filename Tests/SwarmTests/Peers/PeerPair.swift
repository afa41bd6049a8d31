import Logging
import NIOCore
import NIOPosix
import Swarm
import SwarmWire
import Testing

/// A seeding node with a listener, and a node that dials it.
struct PeerPair: Sendable {
    let seeder: PeerNode
    let leecher: PeerNode
    let listener: PeerListener

    var address: PeerAddress { PeerAddress(host: "127.0.0.1", port: listener.address.port) }

    /// Runs a test between two nodes in this process.
    static func with<Result>(
        _ library: any SeedLibrary, limits: PeerLimits = PeerLimits(), leecherLimits: PeerLimits = PeerLimits(),
        _ body: (PeerPair) async throws -> Result
    ) async throws -> Result {
        let logger = Logger(label: "test")
        let seeder = try PeerNode(library: library, limits: limits, logger: logger)
        let leecher = try PeerNode(limits: leecherLimits, logger: logger)
        let listener = try await seeder.listen(host: "127.0.0.1", port: 0)
        let pair = PeerPair(seeder: seeder, leecher: leecher, listener: listener)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await seeder.run() }
            do {
                let result = try await body(pair)
                await listener.close()
                group.cancelAll()
                return result
            } catch {
                await listener.close()
                group.cancelAll()
                throw error
            }
        }
    }
}

extension PeerConnection {
    /// Reads events until one fits, within ten seconds.
    func first<Found: Sendable>(_ fits: @escaping @Sendable (PeerEvent) -> Found?) async throws -> Found {
        try await withThrowingTaskGroup(of: Found?.self) { group in
            group.addTask { [events] in
                for await event in events {
                    if let found = fits(event) { return found }
                    if case .closed(let reason) = event { throw reason }
                }
                return nil
            }
            group.addTask {
                try await Task.sleep(for: .seconds(10))
                return nil
            }
            let found = try await group.next() ?? nil
            group.cancelAll()
            return try #require(found, "the event did not come")
        }
    }

    func firstAvailability() async throws -> PeerAvailability {
        try await first { if case .available(let found) = $0 { found } else { nil } }
    }

    func firstRun(_ id: PeerRequestID) async throws -> ByteBuffer {
        try await first { if case .run(id, _, _, let bytes) = $0 { bytes } else { nil } }
    }

    func firstRejection(_ id: PeerRequestID) async throws -> SwarmMessage.RejectReason {
        try await first { if case .rejected(id, let reason, _) = $0 { reason } else { nil } }
    }

    /// Why the connection ended.
    func end() async throws -> PeerError {
        try await first { if case .closed(let reason) = $0 { reason } else { nil } }
    }
}

import Logging
import NIOCore
import Swarm
import SwarmWire
import TestSupport
import Testing
import Transfer
import Transport
import Xet
import XetClient

/// Somebody who pulls a file from a storage and from peers in this process.
struct PullScene: Sendable {
    let file: MemoryFile
    let cas: FileCAS
    let engine: TransferEngine
    let client: CASClient
    let partial: PartialFile

    static let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    /// - Parameters:
    ///   - originRate: bytes per second; nil for as many as may be.
    ///   - limit: what the user lets come per second.
    init(
        _ fixture: Fixture, _ cas: FileCAS, name: String = "pulled", originRate: Int? = nil, limit: Int? = nil,
        over shared: (any HTTPTransport)? = nil
    ) {
        file = cas.file
        self.cas = cas
        let transport: any HTTPTransport =
            originRate.map { LimitedTransport(cas, download: BandwidthLimit(bytesPerSecond: $0), upload: nil) }
            ?? shared ?? cas
        var settings = TransferSettings()
        settings.downloadLimit = limit.map { BandwidthLimit(bytesPerSecond: $0) }
        engine = TransferEngine(transport: transport, settings: settings, logger: Self.logger)
        client = cas.client(over: transport)
        partial = PartialFile(path: fixture.path(name), journal: fixture.path(name + ".journal"))
    }

    func pull(from peers: (any PeerSource)?) async throws -> PullStatistics {
        let request = XetFileRequest(hash: file.hash, size: UInt64(file.bytes.readableBytes), name: "model.bin")
        return try await engine.pullXet(
            request, from: client, into: partial, peers: peers, observer: SilentObserver())
    }

    var isRight: Bool {
        get throws { ByteBuffer(bytes: try readBytes(partial.path)) == file.bytes }
    }
}

extension SwarmPeers {
    /// Takes part in swarms while `body` runs.
    static func with<Result: Sendable>(
        _ addresses: [PeerAddress], discoveries: [any PeerDiscovery] = [], xorbTrackers: (any PeerDiscovery)? = nil,
        library: LocalSeedLibrary = LocalSeedLibrary(shelf: nil),
        node: PeerNode? = nil, listener: PeerListener? = nil, _ change: (inout Settings) -> Void = { _ in },
        _ body: @escaping @Sendable (SwarmPeers) async throws -> Result
    ) async throws -> Result {
        var settings = Settings()
        change(&settings)
        let peers = SwarmPeers(
            node: try node ?? PeerNode(library: library, logger: PullScene.logger), library: library,
            discoveries: [StaticPeers(addresses)] + discoveries, xorbTrackers: xorbTrackers, listener: listener,
            settings: settings, logger: PullScene.logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await peers.run() }
            defer { group.cancelAll() }
            return try await body(peers)
        }
    }
}

/// Peers in this process that serve from libraries.
func withPeers<Result: Sendable>(
    _ libraries: [any SeedLibrary], _ body: @escaping @Sendable ([PeerAddress], [PeerListener]) async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Void.self) { group in
        var listeners: [PeerListener] = []
        for library in libraries {
            let node = try PeerNode(library: library, logger: PullScene.logger)
            listeners.append(try await node.listen(host: "127.0.0.1", port: 0))
            group.addTask { await node.run() }
        }
        let addresses = listeners.map { PeerAddress(host: "127.0.0.1", port: $0.address.port) }
        let outcome: Swift.Result<Result, any Error>
        do {
            outcome = .success(try await body(addresses, listeners))
        } catch {
            outcome = .failure(error)
        }
        for listener in listeners { await listener.close() }
        group.cancelAll()
        return try outcome.get()
    }
}

import Foundation
import Logging
import NIOCore
import SwarmWire
import TestSupport
import Testing
import Xet

@testable import ChunkStore
@testable import Swarm

/// A library behind a real port.
@Suite struct SeedServingTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func withPeers(_ library: LocalSeedLibrary, _ body: (PeerConnection) async throws -> Void) async throws {
        let seeder = try PeerNode(library: library, logger: Self.logger)
        let listener = try await seeder.listen(host: "127.0.0.1", port: 0)
        let leecher = try PeerNode(logger: Self.logger)
        let connection = try await leecher.connect(to: listener.address)
        try await body(connection)
        connection.close()
        await listener.close()
    }

    /// All bytes of a file, asked for eight chunks at a time; nil when the peer has none of it.
    private func fetch(_ file: FileKey, from connection: PeerConnection) async throws -> [UInt8]? {
        let tag = connection.want(file)
        var parts: [UInt32: [UInt8]] = [:]
        var expected = 0
        for await event in connection.events {
            switch event {
            case .absent(tag): return nil
            case .available(let found) where found.tag == tag:
                #expect(found.chunks == ChunkRanges(0..<found.chunkCount))
                for start in stride(from: 0, to: found.chunkCount, by: 8) {
                    _ = connection.request(start..<min(start + 8, found.chunkCount), of: tag)
                    expected += 1
                }
            case .run(_, tag, let chunks, let bytes): parts[chunks.lowerBound] = Array(bytes.readableBytesView)
            case .rejected(_, let reason, _): throw TestFailure("rejected: \(reason)")
            case .closed(let error): throw error
            default: break
            }
            if expected > 0, parts.count == expected { break }
        }
        return parts.sorted { $0.key < $1.key }.flatMap(\.value)
    }

    @Test("a file out of a cache comes to a peer that knows its hash, and to no other", .timeLimit(.minutes(1)))
    func publicFile() async throws {
        try await withFixture { fixture in
            let sample = try await SeedSample.make(
                6_000_000, seed: 70, at: fixture.path("blob"), manifestIn: fixture.path("own"))
            let library = LocalSeedLibrary(shelf: nil)
            library.replace(group: "m", with: [sample.file(.everybody, manifestFolder: fixture.path("own"))])
            try await withPeers(library) { connection in
                let bytes = try await fetch(FileKey(sample.hash), from: connection)
                #expect(bytes == sample.bytes)
            }
            try await withPeers(library) { connection in
                let bytes = try await fetch(FileKey(.bookend), from: connection)
                #expect(bytes == nil)
            }
        }
    }

    @Test("private files go to those who know the secret, and never to anybody else", .timeLimit(.minutes(1)))
    func privateFile() async throws {
        try await withFixture { fixture in
            let secret = try #require(SwarmSecret(Array("0123456789abcdef".utf8)))
            let other = try #require(SwarmSecret(Array("another secret, as long".utf8)))
            let sample = try await SeedSample.make(500_000, seed: 71, at: fixture.path("blob"))
            let library = LocalSeedLibrary(shelf: nil, secrets: [secret])
            library.replace(group: "m", with: [sample.file(.secretHolders)])
            for stranger in [FileKey(sample.hash), FileKey(sample.hash, secret: other)] {
                try await withPeers(library) { connection in
                    let bytes = try await fetch(stranger, from: connection)
                    #expect(bytes == nil)
                }
            }
            try await withPeers(library) { connection in
                let bytes = try await fetch(FileKey(sample.hash, secret: secret), from: connection)
                #expect(bytes == sample.bytes)
            }
        }
    }
}

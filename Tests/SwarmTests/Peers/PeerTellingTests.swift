import Logging
import SwarmWire
import Testing

@testable import Swarm

/// Who asks for the same file is told of each other.
@Suite struct PeerTellingTests {
    private static let file = MemoryFile(count: 200_000, seed: 31)
    private static let other = MemoryFile(count: 200_000, seed: 32)

    private static var limits: PeerLimits {
        var limits = PeerLimits()
        limits.exchangePeriod = .milliseconds(100)
        return limits
    }

    /// A peer that listens, and has asked the seeder for a file.
    private struct Asker {
        let connection: PeerConnection
        let listener: PeerListener
        var address: PeerAddress { PeerAddress(host: "127.0.0.1", port: listener.address.port) }

        init(_ pair: PeerPair, for file: MemoryFile) async throws {
            let node = try PeerNode(logger: Logger(label: "test"))
            listener = try await node.listen(host: "127.0.0.1", port: 0)
            connection = try await node.connect(to: pair.address)
            _ = connection.want(FileKey(file.hash))
            _ = try await connection.firstAvailability()
        }

        func nextTold() async throws -> (added: [PeerAddress], dropped: [PeerAddress]) {
            try await connection.first { event in
                if case .peers(_, let added, let dropped) = event { (added, dropped) } else { nil }
            }
        }
    }

    @Test("those who ask for one file are told of those who listen, and of nobody else", .timeLimit(.minutes(1)))
    func telling() async throws {
        try await PeerPair.with(MemoryLibrary(Self.file, Self.other), limits: Self.limits) { pair in
            // One that asks and does not listen, and one that asks for something else.
            let deaf = try await pair.leecher.connect(to: pair.address)
            _ = deaf.want(FileKey(Self.file.hash))
            _ = try await deaf.firstAvailability()
            let elsewhere = try await Asker(pair, for: Self.other)
            let first = try await Asker(pair, for: Self.file)
            let told: [PeerAddress] = try await deaf.first { event in
                if case .peers(_, let added, _) = event { added } else { nil }
            }
            #expect(told == [first.address])
            let second = try await Asker(pair, for: Self.file)
            let news = try await second.nextTold()
            #expect(news.added == [first.address] && news.dropped.isEmpty)
            for asker in [elsewhere, first, second] { await asker.listener.close() }
        }
    }
}

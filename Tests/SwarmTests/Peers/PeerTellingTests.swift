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

    @Test("who asks under several tags is told under one, and hung up on for too many", .timeLimit(.minutes(1)))
    func manyTags() async throws {
        var limits = Self.limits
        limits.tagsPerFile = 3
        try await PeerPair.with(MemoryLibrary(Self.file, Self.other), limits: limits) { pair in
            let peer = try await pair.leecher.connect(to: pair.address)
            let key = FileKey(Self.file.hash)
            let first = peer.want(key)
            _ = [peer.want(key), peer.want(key)]
            for _ in 0..<3 { _ = try await peer.firstAvailability() }
            let asker = try await Asker(pair, for: Self.file)
            let told = try await peer.first { event in
                if case .peers(let tag, let added, _) = event { (tag, added) } else { nil }
            }
            #expect(told == (first, [asker.address]))
            // A tag that was given back makes room for another, and the next one is told in its place.
            peer.unwant(first)
            let fourth = peer.want(key)
            let again: FileTag = try await peer.first { event in
                switch event {
                case .peers(let tag, _, _): tag
                default: nil
                }
            }
            #expect(again != first && again != fourth)
            _ = peer.want(FileKey(Self.other.hash))
            _ = try await peer.firstAvailability()
            _ = peer.want(key)
            #expect(try await peer.end().code == .closed)
            await asker.listener.close()
        }
    }
}

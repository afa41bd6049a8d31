import Logging
import NIOCore
import Swarm
import SwarmWire
import Synchronization
import TestSupport
import Testing
import Xet

/// What kills, hangs or poisons zest (p2p.md §1.10) costs a node of ours a connection at most.
@Suite(.timeLimit(.minutes(1))) struct HostilePeerTests {
    private let file = MemoryFile(count: 1_000_000, seed: 3)

    /// The seeder still serves somebody else.
    private func expectAlive(_ pair: PeerPair) async throws {
        let peer = try await pair.leecher.connect(to: pair.address)
        let id = peer.request(0..<1, of: peer.want(FileKey(file.hash)))
        #expect(try await peer.firstRun(id) == file.bytes(of: 0..<1))
        peer.close()
    }

    /// What closes the connection at once.
    @Test(
        arguments: [
            // Neither TLS nor BitTorrent.
            Array("GET / HTTP/1.1\r\n\r\n".utf8), [0, 0, 0, 0], [0xFF],
            // TLS in name only.
            [0x16] + [UInt8](repeating: 0xFF, count: 100),
            // A handshake of another protocol, and one without extensions.
            [19] + [UInt8](repeating: 0, count: 67),
            BitTorrentHandshake(swarm: .none, peer: .random(), hasExtensions: false).bytes,
            // A giant length before anything, and after the greeting.
            BitTorrentHandshake(swarm: .none, peer: .random()).bytes + [0xFF, 0xFF, 0xFF, 0xFF, 20, 0, 0],
            RawPeer.zestGreeting + [0x04, 0, 0, 0, 20, 1, 1],
            RawPeer.zestGreeting + [0x04, 0, 0, 0, 20, 1, 2],
            RawPeer.zestGreeting + [0x04, 0, 0, 0, 7, 1, 2],
            // Nested dictionaries, and ones that are not bencoded.
            BitTorrentHandshake(swarm: .none, peer: .random()).bytes
                + PeerMessage.extended(0, [UInt8](repeating: UInt8(ascii: "l"), count: 5000)),
            BitTorrentHandshake(swarm: .none, peer: .random()).bytes + PeerMessage.extended(0, Array("garbage".utf8)),
            BitTorrentHandshake(swarm: .none, peer: .random()).bytes
                + PeerMessage.extended(0, [UInt8](repeating: UInt8(ascii: "0"), count: 9000)),
            // Another extension than ours.
            BitTorrentHandshake(swarm: .none, peer: .random()).bytes
                + PeerMessage.extended(0, Array("d1:md6:ut_pexi1eee".utf8)),
            // An answer that nobody asked for, a request for nothing.
            RawPeer.zestGreeting + PeerMessage.extended(1, ZestMessage.response(id: 1, firstChunk: 0, size: 0).bytes),
            RawPeer.zestGreeting + PeerMessage.extended(1, [1] + [UInt8](repeating: 0, count: 44)),
            // A message before the introduction.
            BitTorrentHandshake(swarm: .none, peer: .random()).bytes + PeerMessage.extended(1, [1, 2, 3]),
        ] as [[UInt8]])
    func garbageEndsTheConnection(bytes: [UInt8]) async throws {
        try await PeerPair.with(MemoryLibrary(file)) { pair in
            let raw = try await RawPeer.connect(to: pair.address)
            raw.send(bytes)
            #expect(try await raw.isClosed())
            try await expectAlive(pair)
        }
    }

    /// What zest crashes on, and BitTorrent's other messages, are passed over.
    @Test func unknownMessagesArePassedOver() async throws {
        try await PeerPair.with(MemoryLibrary(file)) { pair in
            let raw = try await RawPeer.connect(to: pair.address)
            raw.send(RawPeer.zestGreeting)
            for type in [0, 5, 0x10, 0x30, 0x40, 0xFF] as [UInt8] {
                raw.send(PeerMessage.extended(1, [type]))
                raw.send(PeerMessage.extended(1, [type] + [UInt8](repeating: 0xAA, count: 44)))
            }
            for number in [0, 1, 4, 5, 9, 13, 14, 16, 21, 255] as [UInt8] { raw.send(PeerMessage.plain(number)) }
            raw.send(PeerMessage.keepAlive)
            raw.send([0, 0, 0, 1, 20])
            raw.send(PeerMessage.extended(7, []))
            raw.send(PeerMessage.extended(1, Array(SampleRequest.bytes(file, id: 1, chunks: 1..<2).prefix(37))))
            raw.send(PeerMessage.extended(1, SampleRequest.bytes(file, id: 2, chunks: 1..<2)))
            let answer = try await raw.receive(68 + 60 + (64 << 10))
            #expect(answer.starts(with: [19]))
            #expect(try await raw.isClosed(within: .milliseconds(50)) == false)
        }
    }

    private enum SampleRequest {
        static func bytes(_ file: MemoryFile, id: UInt32, chunks: Range<UInt32>) -> [UInt8] {
            ZestMessage.request(id: id, xorb: XorbHash(of: file.manifest.chunks), chunks: chunks).bytes
        }
    }

    /// To zest the extension handshake must be the first message, and answers carry number 1 (p2p.md §3.2).
    @Test func whatZestHearsFirst() async throws {
        try await PeerPair.with(MemoryLibrary(file)) { pair in
            let raw = try await RawPeer.connect(to: pair.address)
            let swarm = SwarmID.zest(XorbHash(of: file.manifest.chunks))
            let hello = BitTorrentHandshake(swarm: swarm, peer: .random()).bytes
            // Byte by byte, as a network may deliver it.
            for byte in hello + RawPeer.zestGreeting.dropFirst(68) { raw.send([byte]) }
            raw.send(PeerMessage.extended(1, SampleRequest.bytes(file, id: 0x0102_0304, chunks: 2..<3)))
            let frame = file.frames(of: 2..<3)
            let first = try await raw.receive(68 + 4)
            let size = first[68..<72].reduce(0) { $0 << 8 | Int($1) }
            let all = try await raw.receive(68 + 4 + size + 4 + 15 + frame.readableBytes)
            #expect(Array(all[28..<48]) == swarm.bytes)
            #expect(all[72..<74].elementsEqual([20, 0]))
            let extensions = try ExtensionHandshake(Array(all[74..<72 + size]))
            #expect(extensions.extensions == ["ut_xet": 1])
            let answer = Array(all[(72 + size)...])
            #expect(
                answer
                    == PeerMessage.extendedHead(1, size: 13 + frame.readableBytes)
                    + ZestMessage.response(id: 0x0102_0304, firstChunk: 2, size: UInt32(frame.readableBytes)).bytes
                    + Array(frame.readableBytesView))
        }
    }

    @Test func silentPeersAreClosed() async throws {
        var limits = PeerLimits()
        limits.helloTimeout = .milliseconds(200)
        try await PeerPair.with(MemoryLibrary(file), limits: limits) { pair in
            let mute = try await RawPeer.connect(to: pair.address)
            let half = try await RawPeer.connect(to: pair.address)
            half.send(Array(RawPeer.zestGreeting.prefix(40)))
            let tls = try await RawPeer.connect(to: pair.address)
            tls.send([0x16, 3, 1])
            for raw in [mute, half, tls] { #expect(try await raw.isClosed()) }
            try await expectAlive(pair)
        }
    }

    @Test func threeHundredIdleConnections() async throws {
        try await PeerPair.with(MemoryLibrary(file)) { pair in
            var idle: [RawPeer] = []
            for _ in 0..<300 { idle.append(try await RawPeer.connect(to: pair.address)) }
            var closed = 0
            for raw in idle where try await raw.isClosed(within: .milliseconds(20)) { closed += 1 }
            #expect(closed >= 100)
            for raw in idle { raw.close() }
            // There is room again as soon as they are gone.
            for _ in 0..<100 {
                if (try? await pair.leecher.connect(to: pair.address).close()) != nil { break }
                try await Task.sleep(for: .milliseconds(20))
            }
            try await expectAlive(pair)
        }
    }

    /// A seeder that accepts and says nothing costs the one who dials no more than the time it allows.
    @Test func aSilentSeederIsGivenUp() async throws {
        try await withFixture { fixture in
            let silent = try SilentServer.start(in: fixture)
            var limits = PeerLimits()
            limits.helloTimeout = .milliseconds(200)
            let node = try PeerNode(limits: limits, logger: Logger(label: "test"))
            let error = await #expect(throws: PeerError.self) {
                try await node.connect(to: PeerAddress(host: "127.0.0.1", port: UInt16(silent.port)))
            }
            #expect(error?.code == .silent)
        }
    }

    @Test func aPeerThatNeverAnswersIsGivenUp() async throws {
        let library = MemoryLibrary(file)
        library.state.withLock { $0.delay = .seconds(100) }
        var limits = PeerLimits()
        limits.answerTimeout = .milliseconds(300)
        try await PeerPair.with(library, leecherLimits: limits) { pair in
            let peer = try await pair.leecher.connect(to: pair.address)
            _ = peer.request(0..<1, of: peer.want(FileKey(file.hash)))
            #expect(try await peer.end().code == .silent)
        }
    }

    @Test func aGuesserIsClosed() async throws {
        var limits = PeerLimits()
        limits.missesInARow = 20
        try await PeerPair.with(MemoryLibrary(file), limits: limits) { pair in
            let peer = try await pair.leecher.connect(to: pair.address)
            for number in 0..<30 { _ = peer.want(FileKey(FileHash(w0: UInt64(number), w1: 1, w2: 1, w3: 1))) }
            #expect(try await peer.end().code == .closed)
        }
    }

    /// Questions that are taken back at once are not forgotten: they stand in the queue.
    @Test func whoAsksAndTakesBackWithoutEndIsClosed() async throws {
        let library = MemoryLibrary(file)
        library.state.withLock { $0.lookupDelay = .milliseconds(300) }
        var limits = PeerLimits()
        limits.files = 16
        try await PeerPair.with(library, limits: limits) { pair in
            let peer = try await pair.leecher.connect(to: pair.address)
            for _ in 0..<200 { peer.unwant(peer.want(FileKey(file.hash))) }
            #expect(try await peer.end().code == .closed)
            library.state.withLock { $0.lookupDelay = .zero }
            try await expectAlive(pair)
        }
    }

    /// Somebody who pulls many small files does so too, but not faster than it is answered.
    @Test func whoAsksAndTakesBackOneAfterTheOtherIsServed() async throws {
        var limits = PeerLimits()
        limits.files = 4
        try await PeerPair.with(MemoryLibrary(file), limits: limits) { pair in
            let peer = try await pair.leecher.connect(to: pair.address)
            for _ in 0..<100 {
                let tag = peer.want(FileKey(file.hash))
                _ = try await peer.firstAvailability()
                peer.unwant(tag)
            }
            let id = peer.request(0..<1, of: peer.want(FileKey(file.hash)))
            #expect(try await peer.firstRun(id) == file.bytes(of: 0..<1))
        }
    }

    @Test func tooManyRequestsAreRefusedNotQueued() async throws {
        let library = MemoryLibrary(file)
        library.state.withLock { $0.delay = .milliseconds(200) }
        var limits = PeerLimits()
        limits.outstandingRequests = 8
        try await PeerPair.with(library, limits: limits) { pair in
            let peer = try await pair.leecher.connect(to: pair.address)
            let tag = peer.want(FileKey(file.hash))
            _ = try await peer.firstAvailability()
            var waiting = Set((0..<40).map { _ in peer.request(0..<1, of: tag) })
            var served = 0
            for await event in peer.events {
                switch event {
                case .run(let id, _, _, _):
                    served += 1
                    waiting.remove(id)
                case .rejected(let id, .tooMany, _): waiting.remove(id)
                default: Issue.record("\(event)")
                }
                if waiting.isEmpty { break }
            }
            #expect((1...8).contains(served))
        }
    }

    @Test func withoutASlotAPeerIsToldToComeBack() async throws {
        let library = MemoryLibrary(file)
        library.state.withLock { $0.delay = .milliseconds(300) }
        var limits = PeerLimits()
        limits.uploadSlots = 1
        try await PeerPair.with(library, limits: limits) { pair in
            let first = try await pair.leecher.connect(to: pair.address)
            let second = try await pair.leecher.connect(to: pair.address)
            let tag = first.want(FileKey(file.hash))
            _ = try await first.firstAvailability()
            let other = second.want(FileKey(file.hash))
            _ = try await second.firstAvailability()
            let served = first.request(0..<1, of: tag)
            try await Task.sleep(for: .milliseconds(50))
            #expect(try await second.firstRejection(second.request(0..<1, of: other)) == .busy)
            #expect(try await first.firstRun(served) == file.bytes(of: 0..<1))
        }
    }
}

import Logging
import NIOCore
import Swarm
import SwarmWire
import Synchronization
import Testing
import Xet

@Suite(.timeLimit(.minutes(1))) struct PeerConnectionTests {
    private let file = MemoryFile(count: 3_000_000, seed: 1)

    @Test func aFileIsFetchedRunByRun() async throws {
        try await PeerPair.with(MemoryLibrary(file)) { pair in
            let peer = try await pair.leecher.connect(to: pair.address)
            #expect(peer.dialect == .shoal)
            #expect(peer.fingerprint.count == 32)
            #expect(peer.listeningPort == pair.address.port)
            let tag = peer.want(FileKey(file.hash))
            let availability = try await peer.firstAvailability()
            #expect(availability.tag == tag)
            #expect(availability.size == UInt64(file.bytes.readableBytes))
            #expect(availability.chunks == ChunkRanges(0..<file.chunkCount))

            var manifest: [UInt8] = []
            let part = peer.requestManifest(tag)
            let (total, bytes) = try await peer.first { event -> (UInt64, ByteBuffer)? in
                if case .manifestPart(part, tag, 0, let total, let bytes) = event { (total, bytes) } else { nil }
            }
            manifest += bytes.readableBytesView
            #expect(total == UInt64(manifest.count))
            let decoded = try manifest.withUnsafeBytes { try FileManifest(decoding: $0) }
            #expect(decoded == file.manifest)

            // All at once: answers may come in any order.
            var wanted: [PeerRequestID: Range<UInt32>] = [:]
            for start in stride(from: 0, to: file.chunkCount, by: 7) {
                let chunks = start..<min(start + 7, file.chunkCount)
                wanted[peer.request(chunks, of: tag)] = chunks
            }
            for await event in peer.events {
                guard case .run(let id, tag, let chunks, let bytes) = event else {
                    Issue.record("\(event)")
                    break
                }
                #expect(wanted.removeValue(forKey: id) == chunks)
                #expect(bytes == file.bytes(of: chunks))
                if wanted.isEmpty { break }
            }
            #expect(pair.seeder.sentBytes >= file.bytes.readableBytes)
            peer.close()
            #expect(try await peer.end().code == .closedByUs)
        }
    }

    @Test func theChunkListOfAXorbIsToldToWhoKnowsTheFile() async throws {
        let file = MemoryFile(count: 3_000_000, seed: 2, xorbChunks: 20)
        let library = MemoryLibrary(file)
        library.state.withLock { $0.hasManifests = false }
        try await PeerPair.with(library) { pair in
            let peer = try await pair.leecher.connect(to: pair.address)
            let tag = peer.want(FileKey(file.hash))
            #expect(try await peer.firstAvailability().hasManifest == false)
            for xorb in file.xorbs {
                let id = peer.requestLeaves(of: xorb.hash, tag)
                let records = try await peer.first { event -> ByteBuffer? in
                    if case .leaves(id, tag, xorb.hash, let records) = event { records } else { nil }
                }
                let chunks = file.manifest.chunks[xorb.chunks]
                let header = ManifestWire.headerSize
                #expect(
                    Array(records.readableBytesView) == Array(FileManifest(chunks: Array(chunks)).encoded()[header...]))
            }
            // Another xorb, and a file that the seeder does not have.
            let unknown = peer.requestLeaves(of: .zero, tag)
            #expect(try await peer.firstRejection(unknown) == .gone)
            let stranger = peer.requestLeaves(of: file.xorbs[0].hash, peer.want(FileKey(.zero)))
            #expect(try await peer.firstRejection(stranger) == .gone)
        }
    }

    @Test func requestsNeedNotWaitForTheFirstAnswer() async throws {
        try await PeerPair.with(MemoryLibrary(file)) { pair in
            let peer = try await pair.leecher.connect(to: pair.address, dialect: .shoal)
            let id = peer.request(3..<5, of: peer.want(FileKey(file.hash)))
            #expect(try await peer.firstRun(id) == file.bytes(of: 3..<5))
        }
    }

    @Test func whatIsNotThereIsSaidToBeAbsent() async throws {
        try await PeerPair.with(MemoryLibrary(file)) { pair in
            let peer = try await pair.leecher.connect(to: pair.address)
            let tag = peer.want(FileKey(FileHash(w0: 1, w1: 2, w2: 3, w3: 4)))
            _ = try await peer.first { if case .absent(tag) = $0 { true } else { nil } }
            #expect(try await peer.firstRejection(peer.request(0..<1, of: tag)) == .gone)
            let known = peer.want(FileKey(file.hash))
            #expect(
                try await peer.firstRejection(peer.request(file.chunkCount..<file.chunkCount + 1, of: known)) == .gone)
            #expect(try await peer.firstRejection(peer.requestManifest(known, offset: 1 << 40)) == .gone)
        }
    }

    @Test func whatDoesNotFitIntoARunIsTooLong() async throws {
        let large = MemoryFile(count: 5 << 20, seed: 2)
        try await PeerPair.with(MemoryLibrary(large)) { pair in
            let peer = try await pair.leecher.connect(to: pair.address)
            let tag = peer.want(FileKey(large.hash))
            #expect(try await peer.firstRejection(peer.request(0..<65, of: tag)) == .tooLong)
            #expect(try await peer.firstRejection(peer.request(0..<1_000_000, of: tag)) == .tooLong)
            let id = peer.request(0..<64, of: tag)
            #expect(try await peer.firstRun(id).readableBytes == 4 << 20)
        }
    }

    @Test func aSecretIsNeededForAPrivateFile() async throws {
        let secret = try #require(SwarmSecret([UInt8](repeating: 5, count: 16)))
        let library = MemoryLibrary()
        library.add(file, secret: secret) { $0 == .secret(secret.id) }
        try await PeerPair.with(library) { pair in
            let peer = try await pair.leecher.connect(to: pair.address)
            let stranger = peer.want(FileKey(file.hash))
            _ = try await peer.first { if case .absent(stranger) = $0 { true } else { nil } }
            let wrong = peer.want(FileKey(file.hash, secret: SwarmSecret([UInt8](repeating: 6, count: 16))))
            _ = try await peer.first { if case .absent(wrong) = $0 { true } else { nil } }
            let tag = peer.want(FileKey(file.hash, secret: secret))
            #expect(try await peer.firstAvailability().tag == tag)
            #expect(try await peer.firstRun(peer.request(0..<1, of: tag)) == file.bytes(of: 0..<1))
        }
    }

    @Test func newChunksAreToldAndLostOnesToo() async throws {
        let library = MemoryLibrary()
        try await PeerPair.with(library) { pair in
            let peer = try await pair.leecher.connect(to: pair.address)
            let tag = peer.want(FileKey(file.hash))
            _ = try await peer.first { if case .absent(tag) = $0 { true } else { nil } }
            library.add(file, ranges: ChunkRanges(0..<4))
            #expect(try await peer.firstAvailability().chunks == ChunkRanges(0..<4))
            library.add(file, ranges: ChunkRanges(0..<9))
            let more = try await peer.first { if case .have(tag, let chunks) = $0 { chunks } else { nil } }
            #expect(more == ChunkRanges(4..<9))
            library.add(file, ranges: ChunkRanges(2..<9))
            #expect(try await peer.firstAvailability().chunks == ChunkRanges(2..<9))
            library.remove(file)
            _ = try await peer.first { if case .absent(tag) = $0 { true } else { nil } }
        }
    }

    @Test func aCancelledRequestIsAnsweredOnce() async throws {
        let library = MemoryLibrary(file)
        library.state.withLock { $0.delay = .milliseconds(300) }
        var limits = PeerLimits()
        limits.concurrentReads = 1
        try await PeerPair.with(library, limits: limits) { pair in
            let peer = try await pair.leecher.connect(to: pair.address)
            let tag = peer.want(FileKey(file.hash))
            _ = try await peer.firstAvailability()
            let running = peer.request(0..<1, of: tag)
            let queued = peer.request(1..<2, of: tag)
            peer.cancel(queued)
            // The queued one is answered before the running one, at once.
            #expect(try await peer.firstRejection(queued) == .cancelled)
            peer.cancel(running)
            #expect(try await peer.firstRejection(running) == .cancelled)
            library.state.withLock { $0.delay = .zero }
            let last = peer.request(2..<3, of: tag)
            #expect(try await peer.firstRun(last) == file.bytes(of: 2..<3))
            #expect(library.state.withLock { $0.reads } == 2)
        }
    }

    @Test func aPeerOfZestsKindGetsXorbs() async throws {
        let xorb = XorbHash(of: file.manifest.chunks)
        try await PeerPair.with(MemoryLibrary(file)) { pair in
            let peer = try await pair.leecher.connect(to: pair.address, dialect: .zest)
            let part = peer.request(2..<4, of: xorb)
            let fromStart = peer.request(0..<4, of: xorb)
            let missing = peer.request(0..<1, of: XorbHash(w0: 9, w1: 9, w2: 9, w3: 9))
            var answers: [PeerRequestID: ByteBuffer] = [:]
            for await event in peer.events {
                switch event {
                case .xorb(part, xorb, 2, let frames): answers[part] = frames
                // What begins with the first chunk is the whole xorb, or zest would take a part for it.
                case .xorb(fromStart, xorb, 0, let frames): answers[fromStart] = frames
                case .rejected(missing, .gone, _): answers[missing] = ByteBuffer()
                case .arriving: continue
                default: Issue.record("\(event)")
                }
                if answers.count == 3 { break }
            }
            #expect(answers[part] == file.frames(of: 2..<4))
            #expect(answers[fromStart] == file.frames(of: 0..<file.chunkCount))
        }
    }

    @Test func nobodyTalksToThemselves() async throws {
        let node = try PeerNode(library: MemoryLibrary(file), logger: Logger(label: "test"))
        let listener = try await node.listen(host: "127.0.0.1", port: 0)
        let address = PeerAddress(host: "127.0.0.1", port: listener.address.port)
        let error = await #expect(throws: PeerError.self) { try await node.connect(to: address) }
        #expect(error?.code == .ourselves)
        await listener.close()
    }

    @Test func nobodyThere() async throws {
        let node = try PeerNode(logger: Logger(label: "test"))
        let error = await #expect(throws: PeerError.self) {
            try await node.connect(to: PeerAddress(host: "127.0.0.1", port: 1))
        }
        #expect(error?.code == .unreachable)
    }

    @Test func aBannedPeerDoesNotComeBack() async throws {
        try await PeerPair.with(MemoryLibrary(file)) { pair in
            let peer = try await pair.leecher.connect(to: pair.address)
            pair.leecher.bans.ban(peer)
            _ = try await peer.end()
            let error = await #expect(throws: PeerError.self) { try await pair.leecher.connect(to: pair.address) }
            #expect(error?.code == .banned)
        }
    }
}

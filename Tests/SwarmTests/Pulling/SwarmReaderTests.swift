import HostilePeers
import NIOCore
import SwarmWire
import Synchronization
import TestSupport
import Testing
import Transfer

@testable import Swarm

/// Parts of files, read from peers in this process over real connections.
@Suite(.serialized) struct SwarmReaderTests {
    private static let file = MemoryFile(count: 12_000_000, seed: 15)

    private static var request: XetFileRequest {
        XetFileRequest(hash: file.hash, size: UInt64(file.bytes.readableBytes), name: "model.bin")
    }

    private final class Sink: Sendable {
        private let held = Mutex(ByteBuffer())
        var bytes: ByteBuffer { held.withLock { $0 } }

        /// - Returns: how much there is now.
        func add(_ part: ByteBuffer) -> Int {
            held.withLock { held in
                var part = part
                held.writeBuffer(&part)
                return held.readableBytes
            }
        }
    }

    /// Opens the file in the swarm of these peers.
    private func open(
        _ libraries: [any SeedLibrary], limit: Int? = nil,
        _ body: @escaping @Sendable (any PeerFile, [PeerListener]) async throws -> Void
    ) async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file), limit: limit)
            try await withPeers(libraries) { addresses, listeners in
                try await SwarmPeers.with(addresses) { peers in
                    let file = peers.open(Self.request, by: scene.engine)
                    do {
                        try await body(file, listeners)
                        await file.leave()
                    } catch {
                        await file.leave()
                        throw error
                    }
                }
            }
            // The storage is asked for nothing.
            #expect(scene.cas.requests.withLock { $0.isEmpty })
        }
    }

    private static func waitUntilHeld(_ file: any PeerFile) async throws {
        try await eventually { file.isHeld }
    }

    private static func part(_ range: Range<UInt64>) -> ByteBuffer? {
        file.bytes.getSlice(at: Int(range.lowerBound), length: range.count)
    }

    private static func read(_ range: Range<UInt64>, of file: any PeerFile) async throws -> ByteBuffer {
        let sink = Sink()
        try await file.read(range) { part in
            _ = sink.add(part)
            return true
        }
        return sink.bytes
    }

    @Test("parts come in order, from wherever they begin, several at a time")
    func parts() async throws {
        try await open([MemoryLibrary(Self.file), MemoryLibrary(Self.file)]) { file, _ in
            try await Self.waitUntilHeld(file)
            #expect(file.mayHave(0..<12_000_000))
            let ranges: [Range<UInt64>] = [0..<12_000_000, 5..<6, 65_535..<131_073, 11_999_999..<12_000_000]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for range in ranges {
                    group.addTask {
                        let bytes = try await Self.read(range, of: file)
                        #expect(bytes == Self.part(range), "\(range)")
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("who has enough gets no more")
    func enough() async throws {
        try await open([MemoryLibrary(Self.file)]) { file, _ in
            try await Self.waitUntilHeld(file)
            let sink = Sink()
            try await file.read(0..<12_000_000) { sink.add($0) < 1_000_000 }
            let bytes = sink.bytes
            #expect(bytes.readableBytes >= 1_000_000 && bytes.readableBytes < 4_000_000)
        }
    }

    @Test("two halves make a whole; what nobody has is refused at once")
    func halves() async throws {
        let half = Self.file.chunkCount / 2
        let (first, second) = (MemoryLibrary(), MemoryLibrary())
        first.add(Self.file, ranges: ChunkRanges(0..<half))
        second.add(Self.file, ranges: ChunkRanges(half..<Self.file.chunkCount - 1))
        try await open([first, second]) { file, _ in
            try await Self.waitUntilHeld(file)
            try await eventually { file.mayHave(0..<11_900_000) }
            #expect(file.mayHave(0..<11_900_000) && !file.mayHave(0..<12_000_000))
            let bytes = try await Self.read(1_000_000..<11_000_000, of: file)
            #expect(bytes == Self.part(1_000_000..<11_000_000))
            let error = await #expect(throws: TransferError.self) {
                try await Self.read(11_999_000..<12_000_000, of: file)
            }
            #expect(error?.code == .noPeers)
        }
    }

    @Test("wrong bytes are handed to nobody, and the liar is done without")
    func liars() async throws {
        let liar = LyingLibrary(MemoryLibrary(Self.file))
        try await open([liar, MemoryLibrary(Self.file)]) { file, _ in
            try await Self.waitUntilHeld(file)
            let bytes = try await Self.read(0..<12_000_000, of: file)
            #expect(bytes == Self.file.bytes)
        }
        // What was under way when the first of them was looked at.
        #expect(liar.honest.state.withLock { $0.reads } <= 8)
    }

    @Test("a silent peer costs seconds, and then others are asked", .timeLimit(.minutes(1)))
    func silence() async throws {
        let silent = MemoryLibrary(Self.file)
        silent.state.withLock { $0.delay = .seconds(3600) }
        try await open([silent, MemoryLibrary(Self.file)]) { file, _ in
            try await Self.waitUntilHeld(file)
            let start = ContinuousClock.now
            let bytes = try await Self.read(0..<12_000_000, of: file)
            #expect(bytes == Self.file.bytes && start.duration(to: .now) < .seconds(10))
        }
    }

    @Test("a reading that is cancelled ends, and one of a file that is left too", .timeLimit(.minutes(1)))
    func ending() async throws {
        let silent = MemoryLibrary(Self.file)
        try await open([silent]) { file, _ in
            try await Self.waitUntilHeld(file)
            silent.state.withLock { $0.delay = .seconds(3600) }
            let reading = Task { try await Self.read(0..<1_000_000, of: file) }
            try await Task.sleep(for: .milliseconds(200))
            reading.cancel()
            await #expect(throws: CancellationError.self) { try await reading.value }
            let other = Task { try await Self.read(0..<1_000_000, of: file) }
            try await Task.sleep(for: .milliseconds(200))
            await file.leave()
            await #expect(throws: TransferError.self) { try await other.value }
        }
    }

    @Test("what may come per second holds here too")
    func limit() async throws {
        try await open([MemoryLibrary(Self.file)], limit: 4_000_000) { file, _ in
            try await Self.waitUntilHeld(file)
            let start = ContinuousClock.now
            let bytes = try await Self.read(0..<12_000_000, of: file)
            let time = start.duration(to: .now)
            #expect(bytes == Self.file.bytes && time > .seconds(1.5) && time < .seconds(10), "\(time)")
        }
    }
}

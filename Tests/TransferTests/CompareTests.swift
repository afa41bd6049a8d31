import Synchronization
import TestSupport
import Testing
import Xet

@testable import Transfer

@Suite struct CompareTests {
    private static let size = 7_000_000

    private static func engine(_ fixture: Fixture) -> TransferEngine {
        var settings = PullTests.settings
        settings.stateFolder = fixture.path("state")
        return TransferEngine(transport: MemoryCAS(), settings: settings, logger: PullTests.logger)
    }

    /// Lets the chunk list of some bytes be remembered.
    private static func remember(_ bytes: [UInt8], _ fixture: Fixture, withSHA256: Bool = true) async throws -> FileHash
    {
        let path = fixture.path("original")
        try bytes.write(to: path)
        // Only what is older than the clock's step is remembered.
        try await Task.sleep(for: .milliseconds(60))
        return try await engine(fixture).hash(path: path, withSHA256: withSHA256, observer: SilentObserver()).fileHash
    }

    private static func compare(
        _ bytes: [UInt8], with hash: FileHash, _ fixture: Fixture, observer: any TransferObserver = SilentObserver()
    ) async throws -> Bool? {
        let path = fixture.path("copy")
        try bytes.write(to: path)
        return try await engine(fixture).isCopy(
            path: path, of: hash, size: UInt64(bytes.count), name: "copy", observer: observer)
    }

    @Test("a copy is known by its chunks, whether it is shown or read", arguments: [false, true])
    func copies(areShown: Bool) async throws {
        try await withFixture { fixture in
            if areShown { TransferEngine.allowFileWindows() }
            let bytes = SampleContent.random.bytes(Self.size, seed: 1)
            let hash = try await Self.remember(bytes, fixture)
            let observer = PlainPullTests.Counter()
            let isCopy = try await Self.compare(bytes, with: hash, fixture, observer: observer)
            #expect(isCopy == true)
            #expect(observer.bytes.load(ordering: .relaxed) == UInt64(Self.size))
            for place in [0, 3_500_000, Self.size - 1] {
                var other = bytes
                other[place] ^= 1
                let isOther = try await Self.compare(other, with: hash, fixture)
                #expect(isOther == false, "byte \(place)")
            }
        }
    }

    @Test("a file of another length is no copy; of what nobody remembers nothing can be said")
    func others() async throws {
        try await withFixture { fixture in
            let bytes = SampleContent.random.bytes(Self.size, seed: 2)
            let hash = try await Self.remember(bytes, fixture)
            let path = fixture.path("copy")
            for length in [Self.size - 1, Self.size - 200_000, 0] {
                try Array(bytes[..<length]).write(to: path)
                let isCopy = try await Self.engine(fixture).isCopy(
                    path: path, of: hash, size: UInt64(Self.size), name: "copy", observer: SilentObserver())
                #expect(isCopy == false, "\(length) bytes")
            }
            let unknown = try await Self.compare(bytes, with: .zero, fixture)
            #expect(unknown == nil)
        }
    }

    @Test("what was found to be a copy is not looked at again, and has the SHA-256 of what it copies")
    func remembering() async throws {
        try await withFixture { fixture in
            let bytes = SampleContent.random.bytes(Self.size, seed: 3)
            let hash = try await Self.remember(bytes, fixture)
            let original = try #require(await Self.engine(fixture).knownSHA256(path: fixture.path("original")))
            let path = fixture.path("copy")
            try bytes.write(to: path)
            try await Task.sleep(for: .milliseconds(60))
            let engine = Self.engine(fixture)
            let first = try await engine.isCopy(
                path: path, of: hash, size: UInt64(Self.size), name: "copy", observer: SilentObserver())
            let observer = PlainPullTests.Counter()
            let second = try await engine.isCopy(
                path: path, of: hash, size: UInt64(Self.size), name: "copy", observer: observer)
            #expect(first == true && second == true)
            #expect(observer.bytes.load(ordering: .relaxed) == 0)
            #expect(await Self.engine(fixture).knownSHA256(path: path) == original)
        }
    }

    @Test("a chunk that was changed after it was hashed is not packed")
    func torn() throws {
        let batch = ChunkBatch(capacity: BatchReader.capacity)
        let bytes = SampleContent.random.bytes(40_000, seed: 4)
        batch.buffer.copyBytes(from: bytes)
        batch.chunks = [Chunk(hash: bytes.withUnsafeBytes { ChunkHashing.hash($0) }, length: 40_000)]
        batch.offsets = [0]
        let shadow = ChunkShadow()
        let copy = try Array(shadow.copy(of: 0, in: batch))
        #expect(copy == bytes)
        batch.buffer[39_999] ^= 1
        #expect(throws: ChunkShadow.Torn.self) { _ = try shadow.copy(of: 0, in: batch) }
    }
}

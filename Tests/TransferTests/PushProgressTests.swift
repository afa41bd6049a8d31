import Synchronization
import TestSupport
import Testing
import Xet

@testable import Transfer

/// What is told of a push while its bytes travel.
@Suite struct PushProgressTests {
    private final class Told: TransferObserver {
        let bytes = Mutex<[String: UInt64]>([:])
        let isKept = Atomic(false)

        func began(_ item: TransferItem) {}
        func advanced(_ name: String, bytes count: UInt64) { bytes.withLock { $0[name, default: 0] += count } }
        func travelled(_ bytes: UInt64) {}
        func finished(_ name: String, outcome: TransferOutcome) {}
        func kept() { isKept.store(true, ordering: .relaxed) }
    }

    @Test("files advance as their xorb travels, what is known at once")
    func shares() {
        let batch = ChunkBatch(capacity: 16)
        batch.chunks = [100, 300, 400].map { Chunk(hash: .zero, length: $0) }
        batch.pieces = [.init(file: 0, chunks: 0..<2), .init(file: 1, chunks: 2..<3)]
        var shares = XorbProgress.Shares()
        // A quarter of the second file's and of the first one's last bytes must travel.
        let known = shares.add(batch, 1..<3, newBytes: 175) { ["a", "b"][$0] }
        #expect(known.map(\.name) == ["a", "b"] && known.map(\.bytes) == [225, 300])
        let told = Told()
        let progress = XorbProgress(shares, packedLength: 1000, observer: told)
        #expect(told.bytes.withLock { $0.isEmpty })
        progress.travelled(400)
        #expect(told.bytes.withLock { $0 } == ["a": 70])
        progress.travelled(200)
        #expect(told.bytes.withLock { $0 } == ["a": 75, "b": 30])
        progress.travelled(5_000)
        progress.finish()
        #expect(told.bytes.withLock { $0 } == ["a": 75, "b": 100])
    }

    @Test("a push tells all bytes of its files, new and known")
    func whole() async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS()
            var settings = PullTests.settings
            settings.stateFolder = fixture.path("state")
            settings.xorbBytes = 1 << 20
            let engine = TransferEngine(transport: cas, settings: settings, logger: PullTests.logger)
            let half = SampleContent.random.bytes(1_300_000, seed: 3)
            try (half + half).write(to: fixture.path("a"))
            try half.write(to: fixture.path("b"))
            let files = [("a", 2_600_000), ("b", 1_300_000)].map { name, size in
                PushFile(path: fixture.path(name), name: name, size: UInt64(size))
            }
            let told = Told()
            _ = try await engine.push(files, to: cas.client(), observer: told)
            #expect(told.bytes.withLock { $0 } == ["a": 2_600_000, "b": 1_300_000])
            let isKept = told.isKept.load(ordering: .relaxed)
            #expect(isKept)
        }
    }
}

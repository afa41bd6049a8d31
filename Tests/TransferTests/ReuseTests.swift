import Logging
import Synchronization
import TestSupport
import Testing
import Xet
import XetClient

@testable import ChunkStore
@testable import Transfer

@Suite struct ReuseTests {
    /// A machine with a memory of its own, which pulls one file.
    private struct Machine {
        let fixture: Fixture
        let cas: MemoryCAS
        let engine: TransferEngine

        init(_ fixture: Fixture, _ cas: MemoryCAS, _ name: String) {
            var settings = PullTests.settings
            settings.stateFolder = fixture.path(name)
            self.fixture = fixture
            self.cas = cas
            engine = TransferEngine(transport: cas, settings: settings, logger: PullTests.logger)
        }

        func push(_ bytes: [UInt8], as name: String) async throws -> PushReport {
            let path = fixture.path(name)
            try bytes.write(to: path)
            return try await engine.push(
                [PushFile(path: path, name: name, size: UInt64(bytes.count))], to: cas.client(),
                observer: SilentObserver())
        }

        /// Pulls a pushed file and requires that its bytes are right.
        func pull(
            _ report: PushReport, expecting bytes: [UInt8], reusing candidates: [LocalCandidate]?,
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws -> (statistics: PullStatistics, path: String) {
            let pushed = try #require(report.files.first)
            let mark = "\(UInt64.random(in: 0...(.max)))"
            let partial = PartialFile(path: fixture.path("pulled" + mark), journal: fixture.path("journal" + mark))
            let statistics = try await engine.pullXet(
                XetFileRequest(hash: pushed.fileHash, size: pushed.size, name: pushed.name), from: cas.client(),
                into: partial, reusing: candidates, observer: SilentObserver())
            #expect(try readBytes(partial.path) == bytes, sourceLocation: sourceLocation)
            return (statistics, partial.path)
        }
    }

    /// An insertion, a removal and a change.
    private func edited(_ base: [UInt8]) -> [UInt8] {
        var bytes = base
        bytes.insert(contentsOf: [1, 2, 3, 4, 5], at: base.count / 4)
        bytes.removeSubrange(base.count / 2..<base.count / 2 + 900)
        bytes[base.count - 1000] ^= 0x55
        return bytes
    }

    private let allowance = UInt64(12 * XetLimits.maximumChunk)

    @Test("a new version takes what it shares with the old one from the disk", arguments: [false, true])
    func newVersion(isListed: Bool) async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS()
            let author = Machine(fixture, cas, "author")
            let base = SampleContent.random.bytes(20_000_000, seed: 1)
            let first = try await author.push(base, as: "v1")
            let second = try await author.push(edited(base), as: "v2")

            let reader = Machine(fixture, cas, "reader")
            let old = try await reader.pull(first, expecting: base, reusing: nil)
            #expect(old.statistics.networkBytes >= 20_000_000)
            // Without its hash it is a file like any other, and is sampled.
            let candidate = LocalCandidate(path: old.path, hash: isListed ? first.files[0].fileHash : nil)
            let requests = cas.log.withLock { $0.dataRequests.count }
            let new = try await reader.pull(second, expecting: edited(base), reusing: [candidate])
            #expect(new.statistics.networkBytes < allowance)
            #expect(new.statistics.reusedBytes > 20_000_000 - allowance)
            #expect(cas.log.withLock { $0.dataRequests.count } - requests <= 8)
        }
    }

    @Test("a copy under any name is not fetched again", arguments: [true, false])
    func copies(manifests: Bool) async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS(servesManifests: manifests)
            let bytes = SampleContent.weights.bytes(5_000_000, seed: 2)
            let report = try await Machine(fixture, cas, "author").push(bytes, as: "a")
            try bytes.write(to: fixture.path("under another name"))
            let copy = LocalCandidate(path: fixture.path("under another name"), hash: report.files[0].fileHash)
            let reader = Machine(fixture, cas, "reader")
            let pulled = try await reader.pull(report, expecting: bytes, reusing: [copy])
            #expect(pulled.statistics.networkBytes == 0)
            #expect(pulled.statistics.reusedBytes == 5_000_000)

            // What was hashed on this machine is found without being named.
            let hasher = Machine(fixture, cas, "hasher")
            try await Task.sleep(for: .milliseconds(60))
            _ = try await hasher.engine.hash(
                path: fixture.path("under another name"), withSHA256: false, observer: SilentObserver())
            let found = try await hasher.pull(report, expecting: bytes, reusing: [])
            #expect(found.statistics.networkBytes == 0)
        }
    }

    @Test("a file that is not what it was never gives wrong bytes", arguments: [true, false])
    func stale(manifests: Bool) async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS(servesManifests: manifests)
            let base = SampleContent.random.bytes(9_000_000, seed: 3)
            let report = try await Machine(fixture, cas, "author").push(base, as: "a")
            let reader = Machine(fixture, cas, "reader")
            var damaged = base
            for position in stride(from: 100_000, to: damaged.count, by: 1_000_000) { damaged[position] ^= 1 }
            let others = [damaged, Array(base.dropLast(3_000_000)), SampleContent.zeros.bytes(9_000_000, seed: 0), []]
            for (number, other) in others.enumerated() {
                let path = fixture.path("other-\(number)")
                try other.write(to: path)
                let claim = LocalCandidate(path: path, hash: report.files[0].fileHash)
                _ = try await reader.pull(report, expecting: base, reusing: [claim])
            }
            let missing = LocalCandidate(path: fixture.path("nothing"), hash: report.files[0].fileHash)
            _ = try await reader.pull(report, expecting: base, reusing: [missing])
        }
    }

    @Test("a hub without manifests: what the memory knows of its xorbs serves as one")
    func withoutManifests() async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS(servesManifests: false)
            let author = Machine(fixture, cas, "author")
            let base = SampleContent.random.bytes(12_000_000, seed: 4)
            let first = try await author.push(base, as: "v1")
            let second = try await author.push(edited(base), as: "v2")
            let reader = Machine(fixture, cas, "reader")
            let old = try await reader.pull(first, expecting: base, reusing: nil)
            let new = try await reader.pull(
                second, expecting: edited(base),
                reusing: [LocalCandidate(path: old.path, hash: first.files[0].fileHash)])
            #expect(new.statistics.networkBytes < allowance)
            #expect(new.statistics.reusedBytes > 12_000_000 - allowance)
        }
    }

    @Test("what was pulled need not be sent back", arguments: [true, false])
    func pushAfterPull(manifests: Bool) async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS(servesManifests: manifests)
            let base = SampleContent.random.bytes(8_000_000, seed: 5)
            let report = try await Machine(fixture, cas, "author").push(base, as: "a")
            let tuner = Machine(fixture, cas, "tuner")
            _ = try await tuner.pull(report, expecting: base, reusing: nil)
            let tuned = try await tuner.push(edited(base), as: "tuned")
            #expect(tuned.newBytes < allowance)
            _ = try await tuner.pull(tuned, expecting: edited(base), reusing: nil)
        }
    }

    @Test("a candidate that has nothing of the file is not read whole")
    func uselessCandidate() async throws {
        try await withFixture { fixture in
            let bytes = SampleContent.random.bytes(20_000_000, seed: 6)
            let other = fixture.path("other")
            try SampleContent.random.bytes(20_000_000, seed: 7).write(to: other)
            try bytes.write(to: fixture.path("same"))
            let cas = MemoryCAS()
            let report = try await Machine(fixture, cas, "author").push(bytes, as: "a")
            let chunks = cas.chunks(of: report.files[0].fileHash)?.map(\.chunk) ?? []
            var position: UInt64 = 0
            let records = chunks.map { chunk in
                defer { position += UInt64(chunk.length) }
                return JournalRecord(offset: position, chunk: chunk)
            }
            let wanted = WantedChunks(.records(records)) { _ in true }
            let share = { (path: String) in
                try ScanningCopy.share(
                    of: wanted, in: RandomAccessFile(path: path, access: .read), size: 20_000_000)
            }
            #expect(try share(other) == 0)
            #expect(try share(fixture.path("same")) > 0.95)
        }
    }
}

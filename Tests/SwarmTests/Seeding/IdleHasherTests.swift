import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing
import Xet

@testable import ChunkStore
@testable import Swarm

@Suite struct IdleHasherTests {
    private func hasher(_ fixture: Fixture, rate: Int = 1 << 40) -> IdleHasher {
        IdleHasher(
            files: FileTable(path: fixture.path("state/files")),
            shelf: ManifestShelf(path: fixture.path("state/shelf")),
            folder: fixture.path("state/seeding"), bytesPerSecond: rate)
    }

    /// Set back, so that a later change would show in the times.
    private func settle(_ path: String) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -100)], ofItemAtPath: path)
    }

    @Test("the list of a file ends up on the shelf, from where the file is served")
    func lists() async throws {
        try await withFixture { fixture in
            let sample = try await SeedSample.make(12_000_000, seed: 50, at: fixture.path("blob"))
            let read = Mutex<UInt64>(0)
            let outcome = try await hasher(fixture).list(sample.path, sample.hash, size: sample.size) { bytes in
                read.withLock { $0 += bytes }
            }
            #expect(outcome == .listed)
            #expect(read.withLock { $0 } == sample.size)
            let shelf = ManifestShelf(path: fixture.path("state/shelf"))
            #expect(try readBytes(shelf.path(of: sample.hash)) == sample.manifest.encoded())
            #expect(try filesBelow(fixture.path("state/seeding")).isEmpty)
            let library = LocalSeedLibrary(shelf: shelf)
            library.replace(group: "m", with: [sample.file(.everybody)])
            let run = try await library.read(100..<110, of: sample.hash, for: .everybody)
            #expect(Array(run.readableBytesView) == sample.bytes(100..<110))
        }
    }

    @Test("what was read before an interruption is not read again")
    func resumes() async throws {
        try await withFixture { fixture in
            let sample = try await SeedSample.make(40_000_000, seed: 51, at: fixture.path("blob"))
            let first = Mutex<UInt64>(0)
            // Slow enough that the end is far away when it is interrupted.
            let slow = hasher(fixture, rate: 20_000_000)
            let task = Task {
                try await slow.list(sample.path, sample.hash, size: sample.size) { bytes in
                    first.withLock { $0 += bytes }
                }
            }
            while first.withLock({ $0 }) < 10_000_000 { try await Task.sleep(for: .milliseconds(5)) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            let before = first.withLock { $0 }
            #expect(before < sample.size)

            let second = Mutex<UInt64>(0)
            let outcome = try await hasher(fixture).list(sample.path, sample.hash, size: sample.size) { bytes in
                second.withLock { $0 += bytes }
            }
            #expect(outcome == .listed)
            // Only the chunk that was cut in two, and what had been read but not cut, comes again.
            #expect(second.withLock { $0 } <= sample.size - before + (4 << 20))
            #expect(
                try readBytes(ManifestShelf(path: fixture.path("state/shelf")).path(of: sample.hash))
                    == sample.manifest.encoded())
        }
    }

    @Test("a file that changed since it was half read is read from its start, once")
    func changedBetweenRuns() async throws {
        try await withFixture { fixture in
            let sample = try await SeedSample.make(12_000_000, seed: 52, at: fixture.path("blob"))
            // What an earlier run has noted is about other content.
            let other = SeedSample.chunks(of: SampleContent.random.bytes(6_000_000, seed: 53))
            try FileManager.default.createDirectory(
                atPath: fixture.path("state/seeding"), withIntermediateDirectories: true)
            let (journal, _) = try Journal.open(
                path: fixture.path("state/seeding/\(sample.hash).journal"), file: sample.hash, size: sample.size)
            var offset: UInt64 = 0
            try journal.append(
                other.map { chunk in
                    defer { offset += UInt64(chunk.length) }
                    return JournalRecord(offset: offset, chunk: chunk)
                })
            let outcome = try await hasher(fixture).list(sample.path, sample.hash, size: sample.size)
            #expect(outcome == .listed)
        }
    }

    @Test("a file that is another one than it should be is told apart, and is not read again")
    func otherContent() async throws {
        try await withFixture { fixture in
            let sample = try await SeedSample.make(5_000_000, seed: 54, at: fixture.path("blob"))
            try flipByte(at: 4_000_000, in: sample.path)
            try settle(sample.path)
            try await Task.sleep(for: .milliseconds(50))
            let read = Mutex<UInt64>(0)
            for expected in [IdleHasher.Outcome.differs, .unusable] {
                let outcome = try await hasher(fixture).list(sample.path, sample.hash, size: sample.size) { bytes in
                    read.withLock { $0 += bytes }
                }
                #expect(outcome == expected)
            }
            #expect(read.withLock { $0 } == sample.size)
            #expect(!exists(ManifestShelf(path: fixture.path("state/shelf")).path(of: sample.hash)))
        }
    }

    @Test("files that cannot be read, or have another size, are left alone")
    func unusable() async throws {
        try await withFixture { fixture in
            let sample = try await SeedSample.make(2_000_000, seed: 55, at: fixture.path("blob"))
            #expect(try await hasher(fixture).list(sample.path, sample.hash, size: sample.size - 1) == .unusable)
            #expect(try await hasher(fixture).list(fixture.path("none"), sample.hash, size: 5) == .unusable)
            #expect(try await hasher(fixture).list(fixture.scratch, sample.hash, size: 5) == .unusable)
        }
    }

    @Test("no more is read per second than allowed")
    func pace() async throws {
        try await withFixture { fixture in
            let sample = try await SeedSample.make(8_000_000, seed: 56, at: fixture.path("blob"))
            let start = ContinuousClock.now
            _ = try await hasher(fixture, rate: 8_000_000).list(sample.path, sample.hash, size: sample.size)
            #expect(ContinuousClock.now - start > .milliseconds(700))
        }
    }
}

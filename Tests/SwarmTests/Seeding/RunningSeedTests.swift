import Foundation
import NIOCore
import SwarmWire
import TestSupport
import Testing
import Xet

@testable import ChunkStore
@testable import Swarm
@testable import Transfer

@Suite struct RunningSeedTests {
    private func withRunning(
        _ body: (LocalSeedLibrary, RunningSeed, SeedSample, Fixture) async throws -> Void
    ) async throws {
        try await withFixture { fixture in
            let sample = try await SeedSample.make(
                3_000_000, seed: 30, at: fixture.path("whole"), manifestIn: fixture.path("own"))
            let manifest = try #require(
                ManifestFile(path: fixture.path("own/\(sample.hash).manifest"), file: sample.hash, size: sample.size))
            // The partial file has holes where nothing has come yet.
            try await writeBytes([UInt8](repeating: 0, count: sample.bytes.count), to: fixture.path("partial"))
            let seed = RunningSeed(
                hash: sample.hash, size: sample.size, chunks: .manifest(manifest), path: fixture.path("partial"),
                access: .everybody)
            try await body(LocalSeedLibrary(shelf: nil), seed, sample, fixture)
        }
    }

    private func fill(_ sample: SeedSample, _ chunks: Range<UInt32>, in path: String) throws {
        let offset = sample.manifest.chunks[..<Int(chunks.lowerBound)].reduce(0) { $0 + Int($1.length) }
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: Data(sample.bytes(chunks)))
    }

    @Test("what a pull has verified is served at once, the rest is not, and the file goes on when it is complete")
    func growing() async throws {
        try await withRunning { library, seed, sample, fixture in
            var changes = library.changes.makeAsyncIterator()
            library.register(running: seed)
            #expect(await library.holding(of: sample.hash, for: .everybody) == nil)
            try fill(sample, 5..<9, in: seed.path)
            seed.gained(ChunkRanges(5..<9))
            #expect(await changes.next() == .gained(sample.hash, ChunkRanges(5..<9)))
            let holding = await library.holding(of: sample.hash, for: .everybody)
            #expect(holding?.ranges == ChunkRanges(5..<9))
            #expect(holding?.chunkCount == sample.chunkCount)
            let run = try await library.read(6..<9, of: sample.hash, for: .everybody)
            #expect(Array(run.readableBytesView) == sample.bytes(6..<9))
            let manifest = try await library.manifest(of: sample.hash, for: .everybody)
            #expect(manifest == sample.manifest.encoded())
            let early = await seedError { _ = try await library.read(4..<6, of: sample.hash, for: .everybody) }
            #expect(early == .notHere)
            #expect(await library.key(of: .file(sample.hash))?.hash == sample.hash)

            // Renamed while it is read, as a finished pull does.
            try fill(sample, 0..<sample.chunkCount, in: seed.path)
            seed.gained(ChunkRanges(0..<sample.chunkCount))
            #expect(await changes.next() == .gained(sample.hash, ChunkRanges([0..<5, 9..<sample.chunkCount])))
            let blob = fixture.path("blob")
            try FileManager.default.moveItem(atPath: seed.path, toPath: blob)
            let last = sample.chunkCount - 2..<sample.chunkCount
            let moved = try await library.read(last, of: sample.hash, for: .everybody)
            #expect(Array(moved.readableBytesView) == sample.bytes(last))
            var file = sample.file(.everybody, manifestFolder: fixture.path("own"))
            file.path = blob
            library.unregister(running: seed, completed: file)
            let after = try await library.read(0..<3, of: sample.hash, for: .everybody)
            #expect(Array(after.readableBytesView) == sample.bytes(0..<3))
        }
    }

    @Test("bytes that are not in the file after all are not served, and the pull's word does not count any more")
    func lying() async throws {
        try await withRunning { library, seed, sample, _ in
            library.register(running: seed)
            seed.gained(ChunkRanges(0..<4))
            let error = await seedError { _ = try await library.read(1..<3, of: sample.hash, for: .everybody) }
            #expect(error == .notHere)
            #expect(await library.holding(of: sample.hash, for: .everybody) == nil)
        }
    }

    @Test("a pull that ends without a file leaves nothing behind")
    func abandoned() async throws {
        try await withRunning { library, seed, sample, _ in
            library.register(running: seed)
            try fill(sample, 0..<4, in: seed.path)
            seed.gained(ChunkRanges(0..<4))
            library.unregister(running: seed)
            #expect(await library.holding(of: sample.hash, for: .everybody) == nil)
            #expect(await library.key(of: .file(sample.hash)) == nil)
        }
    }

    @Test(
        "a file of which nobody knows the manifest is told of before there is anything, its lists when they are proven")
    func draft() async throws {
        try await withRunning { library, other, sample, _ in
            let xorb = XorbHash(of: sample.manifest.chunks)
            let term = TermLog.Entry(range: 0..<sample.size, xorb: xorb, chunks: 0..<sample.chunkCount)
            let draft = try #require(ManifestDraft(of: sample.hash, size: sample.size, terms: [term]))
            let seed = RunningSeed(
                hash: draft.hash, size: draft.size, chunks: .draft(draft), path: other.path, access: .everybody)
            var changes = library.changes.makeAsyncIterator()
            library.register(running: seed)
            #expect(await changes.next() == .gained(sample.hash, ChunkRanges()))
            let empty = await library.holding(of: sample.hash, for: .everybody)
            #expect(empty?.ranges.isEmpty == true && empty?.hasManifest == false)
            #expect(empty?.chunkCount == sample.chunkCount && empty?.size == sample.size)
            for attempt in 0..<2 {
                let error = await seedError {
                    if attempt == 0 {
                        _ = try await library.leaves(of: xorb, in: sample.hash, for: .everybody)
                    } else {
                        _ = try await library.manifest(of: sample.hash, for: .everybody)
                    }
                }
                #expect(error == .notHere)
            }

            #expect(draft.learn(sample.manifest.chunks, of: xorb))
            let leaves = try await library.leaves(of: xorb, in: sample.hash, for: .everybody)
            #expect(leaves == sample.manifest.chunks)
            let stranger = await seedError { _ = try await library.leaves(of: .zero, in: sample.hash, for: .everybody) }
            #expect(stranger == .notHere)
            try fill(sample, 5..<9, in: seed.path)
            seed.gained(ChunkRanges(5..<9))
            let run = try await library.read(6..<9, of: sample.hash, for: .everybody)
            #expect(Array(run.readableBytesView) == sample.bytes(6..<9))
            #expect(await library.holding(of: sample.hash, for: .everybody)?.hasManifest == true)
            let manifest = try await library.manifest(of: sample.hash, for: .everybody)
            #expect(manifest == sample.manifest.encoded())
        }
    }

    @Test("a partial file that cannot be opened for a moment is served afterwards, and one that is gone is given up")
    func unreadable() async throws {
        try await withRunning { library, seed, sample, fixture in
            library.register(running: seed)
            try fill(sample, 5..<9, in: seed.path)
            seed.gained(ChunkRanges(5..<9))
            let aside = fixture.path("aside")
            try FileManager.default.moveItem(atPath: seed.path, toPath: aside)
            try FileManager.default.createSymbolicLink(atPath: seed.path, withDestinationPath: seed.path)
            await #expect(throws: StorageError.self) {
                _ = try await library.read(5..<9, of: sample.hash, for: .everybody)
            }
            #expect(await library.holding(of: sample.hash, for: .everybody)?.ranges == ChunkRanges(5..<9))
            try FileManager.default.removeItem(atPath: seed.path)
            let gone = RunningSeed(
                hash: sample.hash, size: sample.size, chunks: .manifest(try #require(sample.manifestFile(fixture))),
                path: seed.path, access: .everybody)
            try FileManager.default.moveItem(atPath: aside, toPath: seed.path)
            let run = try await library.read(5..<9, of: sample.hash, for: .everybody)
            #expect(Array(run.readableBytesView) == sample.bytes(5..<9))
            library.register(running: gone)
            gone.gained(ChunkRanges(5..<9))
            try removeTree(seed.path)
            let error = await seedError { _ = try await library.read(5..<9, of: sample.hash, for: .everybody) }
            #expect(error == .notHere)
            #expect(await library.holding(of: sample.hash, for: .everybody) == nil)
        }
    }
}

extension SeedSample {
    fileprivate func manifestFile(_ fixture: Fixture) -> ManifestFile? {
        ManifestFile(path: fixture.path("own/\(hash).manifest"), file: hash, size: size)
    }
}

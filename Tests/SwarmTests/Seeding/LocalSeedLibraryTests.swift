import Foundation
import NIOCore
import SwarmWire
import TestSupport
import Testing
import Xet

@testable import ChunkStore
@testable import Swarm

@Suite struct LocalSeedLibraryTests {
    @Test("every run of chunks comes out as it is in the file, and no more than one answer at once")
    func runs() async throws {
        try await withFixture { fixture in
            let sample = try await SeedSample.make(
                9_000_000, seed: 1, at: fixture.path("m/blob"), manifestIn: fixture.path("own"))
            let library = LocalSeedLibrary(shelf: nil)
            library.replace(group: "m", with: [sample.file(.everybody, manifestFolder: fixture.path("own"))])

            let found = await library.holding(of: sample.hash, for: .everybody)
            let holding = try #require(found)
            #expect(holding.size == sample.size)
            #expect(holding.chunkCount == sample.chunkCount)
            #expect(holding.ranges == ChunkRanges(0..<sample.chunkCount))
            let manifest = try await library.manifest(of: sample.hash, for: .everybody)
            #expect(manifest == sample.manifest.encoded())
            for start in 0..<sample.chunkCount {
                for count in [1, 7, 30] as [UInt32] where start + count <= sample.chunkCount {
                    let chunks = start..<start + count
                    let run = try await library.read(chunks, of: sample.hash, for: .everybody)
                    #expect(Array(run.readableBytesView) == sample.bytes(chunks))
                }
            }
            for bad in [0..<0, 0..<sample.chunkCount, sample.chunkCount..<sample.chunkCount + 1, 0..<UInt32.max] {
                let error = await seedError { _ = try await library.read(bad, of: sample.hash, for: .everybody) }
                #expect(error == .badRange, "\(bad)")
            }
        }
    }

    @Test("parts of a manifest put together are the manifest")
    func manifestParts() async throws {
        try await withFixture { fixture in
            let sample = try await SeedSample.make(3_000_000, seed: 2, at: fixture.path("blob"))
            let shelf = ManifestShelf(path: fixture.path("shelf"))
            try await sample.writeManifest(to: fixture.path("shelf"))
            let library = LocalSeedLibrary(shelf: shelf)
            library.replace(group: "m", with: [sample.file(.everybody)])
            for size in [1, 16, 17, 35, 100, 5000] {
                var bytes: [UInt8] = []
                while true {
                    let part = try await library.manifest(
                        of: sample.hash, bytes: bytes.count..<bytes.count + size, for: .everybody)
                    if part.isEmpty { break }
                    bytes += part
                }
                #expect(bytes == sample.manifest.encoded(), "parts of \(size)")
            }
        }
    }

    @Test("small files need no manifest on disk")
    func smallFiles() async throws {
        try await withFixture { fixture in
            let library = LocalSeedLibrary(shelf: nil)
            for count in [1, 70_000, 1 << 20] {
                let sample = try await SeedSample.make(count, seed: UInt64(count), at: fixture.path("blob\(count)"))
                library.replace(group: "\(count)", with: [sample.file(.everybody)])
                let run = try await library.read(0..<1, of: sample.hash, for: .everybody)
                #expect(Array(run.readableBytesView) == sample.bytes(0..<1))
            }
        }
    }

    @Test("each audience gets what it may have, and nothing tells it what else there is")
    func audiences() async throws {
        try await withFixture { fixture in
            let library = LocalSeedLibrary(shelf: nil)
            let audiences: [Audience] = [.everybody, .neighbours, .secret("s")]
            let accesses: [(SeedAccess, Set<Int>)] = [
                (.nobody, []), (.secretHolders, [2]), (.neighbours, [1, 2]), (.everybody, [0, 1, 2]),
            ]
            for (number, (access, allowed)) in accesses.enumerated() {
                let sample = try await SeedSample.make(
                    200_000, seed: UInt64(number + 10), at: fixture.path("blob\(number)"))
                library.replace(group: "\(number)", with: [sample.file(access)])
                for (index, audience) in audiences.enumerated() {
                    let holding = await library.holding(of: sample.hash, for: audience)
                    #expect((holding != nil) == allowed.contains(index), "\(access) \(audience)")
                    let error = await seedError { _ = try await library.read(0..<1, of: sample.hash, for: audience) }
                    #expect(error == (allowed.contains(index) ? nil : .notHere), "\(access) \(audience)")
                    let manifest = await seedError { _ = try await library.manifest(of: sample.hash, for: audience) }
                    #expect(manifest == (allowed.contains(index) ? nil : .notHere), "\(access) \(audience)")
                }
            }
            let unknown = await seedError { _ = try await library.read(0..<1, of: .bookend, for: .everybody) }
            #expect(unknown == .notHere)
        }
    }

    @Test("a file of which one byte has changed is forgotten, and what is still right of it is not served either")
    func changedFile() async throws {
        try await withFixture { fixture in
            let sample = try await SeedSample.make(
                2_000_000, seed: 3, at: fixture.path("blob"), manifestIn: fixture.path("own"))
            let library = LocalSeedLibrary(shelf: nil)
            library.replace(group: "m", with: [sample.file(.everybody, manifestFolder: fixture.path("own"))])
            var changes = library.changes.makeAsyncIterator()
            _ = try await library.read(0..<2, of: sample.hash, for: .everybody)
            try flipByte(at: 1_000_000, in: sample.path)
            let all = try #require(sample.manifest.chunks.indices.last)
            var refused = 0
            for chunk in 0...UInt32(all) {
                let error = await seedError {
                    let run = try await library.read(chunk..<chunk + 1, of: sample.hash, for: .everybody)
                    #expect(Array(run.readableBytesView) == sample.bytes(chunk..<chunk + 1))
                }
                if error == .notHere { refused += 1 }
            }
            #expect(refused > 0)
            let change = await changes.next()
            #expect(change == .lost(sample.hash))
            let holding = await library.holding(of: sample.hash, for: .everybody)
            #expect(holding == nil)
        }
    }

    @Test("truncated, removed and replaced files are not served; a second copy is")
    func otherFaults() async throws {
        try await withFixture { fixture in
            let own = fixture.path("own")
            for (number, damage) in ["truncate", "remove", "replace", "empty"].enumerated() {
                let sample = try await SeedSample.make(
                    1_500_000, seed: UInt64(20 + number), at: fixture.path("blob\(number)"), manifestIn: own)
                let copy = fixture.path("copy\(number)")
                try await writeBytes(sample.bytes, to: copy)
                var second = sample.file(.everybody, manifestFolder: own)
                second.path = copy
                let library = LocalSeedLibrary(shelf: nil)
                library.replace(group: "a", with: [sample.file(.everybody, manifestFolder: own)])
                library.replace(group: "b", with: [second])
                switch damage {
                case "truncate": try await writeBytes(Array(sample.bytes.dropLast()), to: sample.path)
                case "remove": try removeTree(sample.path)
                case "replace":
                    try await writeBytes(SampleContent.random.bytes(sample.bytes.count, seed: 99), to: sample.path)
                default: try await writeBytes([], to: sample.path)
                }
                let last = sample.chunkCount - 1..<sample.chunkCount
                let run = try await library.read(last, of: sample.hash, for: .everybody)
                #expect(Array(run.readableBytesView) == sample.bytes(last), "\(damage)")
                try removeTree(copy)
                let error = await seedError { _ = try await library.read(last, of: sample.hash, for: .everybody) }
                #expect(error == .notHere, "\(damage)")
            }
        }
    }

    @Test("a file that the system does not let be read for a while is not forgotten; one that is not there is")
    func unreadable() async throws {
        try await withFixture { fixture in
            let own = fixture.path("own")
            let sample = try await SeedSample.make(1_500_000, seed: 40, at: fixture.path("blob"), manifestIn: own)
            let library = LocalSeedLibrary(shelf: nil)
            library.replace(group: "a", with: [sample.file(.everybody, manifestFolder: own)])
            let read = { try await library.read(0..<2, of: sample.hash, for: .everybody) }
            _ = try await read()
            // A link to itself cannot be opened, as when too many files are open; a folder can be opened and not read,
            // as on a disk that fails.
            for fault in ["open", "read"] {
                let aside = fixture.path("aside")
                try FileManager.default.moveItem(atPath: sample.path, toPath: aside)
                if fault == "open" {
                    try FileManager.default.createSymbolicLink(
                        atPath: sample.path, withDestinationPath: sample.path)
                } else {
                    try FileManager.default.createDirectory(atPath: sample.path, withIntermediateDirectories: false)
                }
                await #expect(throws: StorageError.self, "\(fault)") { _ = try await read() }
                #expect(await library.holding(of: sample.hash, for: .everybody) != nil, "\(fault)")
                // A second copy helps.
                let copy = fixture.path("copy")
                try await writeBytes(sample.bytes, to: copy)
                var second = sample.file(.everybody, manifestFolder: own)
                second.path = copy
                library.replace(group: "b", with: [second])
                #expect(Array(try await read().readableBytesView) == sample.bytes(0..<2), "\(fault)")
                library.replace(group: "b", with: [])
                try FileManager.default.removeItem(atPath: sample.path)
                try FileManager.default.moveItem(atPath: aside, toPath: sample.path)
                #expect(Array(try await read().readableBytesView) == sample.bytes(0..<2), "\(fault)")
            }
            try removeTree(sample.path)
            let error = await seedError { _ = try await read() }
            #expect(error == .notHere)
            #expect(await library.holding(of: sample.hash, for: .everybody) == nil)
        }
    }

    @Test("a manifest that is not that of the file is not believed")
    func forgedManifest() async throws {
        try await withFixture { fixture in
            let sample = try await SeedSample.make(2_000_000, seed: 4, at: fixture.path("blob"))
            var forged = sample.manifest
            forged.chunks[3].hash = .bookend
            try await writeBytes(forged.encoded(), to: fixture.path("own/\(sample.hash).manifest"))
            let library = LocalSeedLibrary(shelf: nil)
            library.replace(group: "m", with: [sample.file(.everybody, manifestFolder: fixture.path("own"))])
            let holding = await library.holding(of: sample.hash, for: .everybody)
            #expect(holding == nil)
        }
    }

    @Test("what a group no longer has is gone, and changes are told")
    func groups() async throws {
        try await withFixture { fixture in
            let first = try await SeedSample.make(100_000, seed: 5, at: fixture.path("a"))
            let second = try await SeedSample.make(100_000, seed: 6, at: fixture.path("b"))
            let library = LocalSeedLibrary(shelf: nil)
            var changes = library.changes.makeAsyncIterator()
            library.replace(group: "m", with: [first.file(.everybody)])
            #expect(await changes.next() == .completed(first.hash))
            library.replace(group: "m", with: [first.file(.everybody), second.file(.secretHolders)])
            #expect(await changes.next() == .completed(second.hash))
            library.replace(group: "m", with: [first.file(.neighbours), second.file(.everybody)])
            #expect(await changes.next() == .lost(first.hash))
            #expect(await changes.next() == .completed(second.hash))
            library.replace(group: "m", with: [])
            let last = [await changes.next(), await changes.next()]
            #expect(Set(last) == [.lost(first.hash), .lost(second.hash)])
            #expect(library.totals.files == 0)
        }
    }

    @Test("files are found by their swarms, with the secret of each")
    func swarms() async throws {
        try await withFixture { fixture in
            let secret = try #require(SwarmSecret(Array("0123456789abcdef".utf8)))
            let foreign = try #require(SwarmSecret(Array("fedcba9876543210".utf8)))
            let sample = try await SeedSample.make(100_000, seed: 7, at: fixture.path("a"))
            let library = LocalSeedLibrary(shelf: nil, secrets: [secret])
            library.replace(group: "m", with: [sample.file(.everybody)])
            let open = await library.key(of: .file(sample.hash))
            #expect(open == FileKey(sample.hash))
            let hidden = await library.key(of: .file(sample.hash, secret: secret))
            #expect(hidden == FileKey(sample.hash, secret: secret))
            #expect(await library.key(of: .file(sample.hash, secret: foreign)) == nil)
            library.replace(group: "m", with: [])
            #expect(await library.key(of: .file(sample.hash)) == nil)
        }
    }

    @Test("a listener that does not listen learns that it has missed something")
    func slowListener() async throws {
        let library = LocalSeedLibrary(shelf: nil)
        var changes = library.changes.makeAsyncIterator()
        for number in 0..<3000 as Range<UInt64> {
            let hash = FileHash(w0: number, w1: 1, w2: 2, w3: 3)
            library.replace(
                group: "m", with: [SeedFile(hash: hash, size: 10, path: "/x/\(number)", access: .everybody)])
        }
        var heard: [SeedChange] = []
        while heard.last != .many, let change = await changes.next() { heard.append(change) }
        #expect(heard.count <= 1024)
    }
}

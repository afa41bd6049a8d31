import Foundation
import NIOCore
import SwarmWire
import TestSupport
import Testing
import Xet

@testable import ChunkStore
@testable import Swarm

@Suite struct XorbLibraryTests {
    /// A file of two xorbs, the second of which begins with chunks of another file.
    private struct Scene: Sendable {
        var sample: SeedSample
        var first: ShardXorb
        var second: ShardXorb
        var cut: Int
        /// Chunks of the second xorb before the file's own.
        var foreign: Int
        var shards: String
        /// The chunks of the first xorb.
        var chunks: [Chunk] { Array(sample.manifest.chunks[..<cut]) }
    }

    private func scene(
        _ fixture: Fixture, seed: UInt64, listing: Bool = true, adjust: (inout Shard) -> Void = { _ in }
    ) async throws -> Scene {
        let sample = try await SeedSample.make(
            4_000_000, seed: seed, at: fixture.path("blob\(seed)"), manifestIn: fixture.path("own"))
        let other = SeedSample.chunks(of: SampleContent.random.bytes(400_000, seed: seed + 1000))
        let chunks = sample.manifest.chunks
        let cut = 30
        let first = ShardXorb(hash: XorbHash(of: chunks[..<cut]), chunks: Array(chunks[..<cut]))
        let joined = other + chunks[cut...]
        let second = ShardXorb(hash: XorbHash(of: joined), chunks: joined)
        var recipe = ShardFileBuilder()
        for (index, chunk) in chunks.enumerated() {
            index < cut
                ? recipe.append(chunk, xorb: first.hash, index: UInt32(index))
                : recipe.append(chunk, xorb: second.hash, index: UInt32(index - cut + other.count))
        }
        var shard = Shard(
            files: [recipe.finish(fileHash: sample.hash, sha256: nil)], xorbs: listing ? [first, second] : [])
        adjust(&shard)
        try ShardCache(root: fixture.path("shards"), cas: "http://cas").store(shard)
        return Scene(
            sample: sample, first: first, second: second, cut: cut, foreign: other.count,
            shards: fixture.path("shards"))
    }

    private func library(
        _ scene: Scene, _ fixture: Fixture, access: SeedAccess = .everybody, zestAccess: SeedAccess = .nobody
    ) -> LocalSeedLibrary {
        let zest = ZestCache(folder: fixture.path("zest"))
        let library = LocalSeedLibrary(
            shelf: nil, xorbs: XorbLibrary(shards: scene.shards, zest: zest, zestAccess: zestAccess))
        library.replace(group: "m", with: [scene.sample.file(access, manifestFolder: fixture.path("own"))])
        return library
    }

    /// What frames unpack to.
    private func chunks(_ frames: XorbFrames) throws -> [Chunk] {
        try frames.bytes.withUnsafeReadableBytes { bytes in
            var reader = XorbReader(bytes)
            var chunks: [Chunk] = []
            while let packed = try reader.next() {
                let plain = UnsafeMutableRawBufferPointer.allocate(
                    byteCount: packed.header.unpackedLength, alignment: 1)
                defer { plain.deallocate() }
                try ChunkDecoder().decode(packed.header, payload: packed.payload, into: plain, offset: 0)
                chunks.append(
                    Chunk(hash: ChunkHashing.hash(UnsafeRawBufferPointer(plain)), length: UInt32(plain.count)))
            }
            return chunks
        }
    }

    @Test("a xorb that a file has all of is served whole, and any part of it that does not begin with chunk 0")
    func wholeXorb() async throws {
        try await withFixture { fixture in
            let scene = try await scene(fixture, seed: 40)
            let library = library(scene, fixture)
            // zest takes what begins with chunk 0 for all of the xorb.
            for end in [1, 7, UInt32(scene.cut)] as [UInt32] {
                let frames = try await library.frames(0..<end, of: scene.first.hash, for: .everybody)
                #expect(frames.firstChunk == 0 && frames.chunkCount == UInt32(scene.cut))
                #expect(try chunks(frames) == scene.chunks)
            }
            let part = try await library.frames(3..<11, of: scene.first.hash, for: .everybody)
            #expect(part.firstChunk == 3 && part.chunkCount == 8)
            #expect(try chunks(part) == Array(scene.chunks[3..<11]))
            let error = await seedError {
                _ = try await library.frames(3..<UInt32(scene.cut) + 1, of: scene.first.hash, for: .everybody)
            }
            #expect(error == .notHere)
        }
    }

    @Test("of a xorb of which a file has a part, that part is served and nothing from chunk 0 on")
    func partOfXorb() async throws {
        try await withFixture { fixture in
            let scene = try await scene(fixture, seed: 41)
            let library = library(scene, fixture)
            let start = UInt32(scene.foreign)
            let frames = try await library.frames(start + 2..<start + 9, of: scene.second.hash, for: .everybody)
            #expect(frames.firstChunk == start + 2)
            #expect(try chunks(frames) == Array(scene.sample.manifest.chunks[scene.cut + 2..<scene.cut + 9]))
            for range in [0..<start + 1, start - 1..<start + 1, 0..<1] {
                let error = await seedError {
                    _ = try await library.frames(range, of: scene.second.hash, for: .everybody)
                }
                #expect(error == .notHere, "\(range)")
            }
        }
    }

    @Test("without the xorb's chunk list nobody knows where it ends, so nothing is served from chunk 0 on")
    func unknownEnd() async throws {
        try await withFixture { fixture in
            let scene = try await scene(fixture, seed: 42, listing: false)
            let library = library(scene, fixture)
            let error = await seedError {
                _ = try await library.frames(0..<UInt32(scene.cut), of: scene.first.hash, for: .everybody)
            }
            #expect(error == .notHere)
            let part = try await library.frames(1..<5, of: scene.first.hash, for: .everybody)
            #expect(try chunks(part) == Array(scene.chunks[1..<5]))
        }
    }

    @Test("xorbs of files that are not for the audience are not served, however they are asked for")
    func access() async throws {
        try await withFixture { fixture in
            let scene = try await scene(fixture, seed: 43)
            for access in [SeedAccess.nobody, .secretHolders, .neighbours] {
                let library = library(scene, fixture, access: access)
                for range in [0..<UInt32(scene.cut), 2..<5] {
                    let error = await seedError {
                        _ = try await library.frames(range, of: scene.first.hash, for: .everybody)
                    }
                    #expect(error == .notHere, "\(access) \(range)")
                }
            }
            // Known, but of no file that is here.
            let library = library(scene, fixture)
            library.replace(group: "m", with: [])
            let error = await seedError { _ = try await library.frames(2..<5, of: scene.first.hash, for: .everybody) }
            #expect(error == .notHere)
        }
    }

    @Test("changed files give no frames")
    func changedFile() async throws {
        try await withFixture { fixture in
            let scene = try await scene(fixture, seed: 44)
            let library = library(scene, fixture)
            try flipByte(at: 10_000, in: scene.sample.path)
            let error = await seedError {
                _ = try await library.frames(0..<UInt32(scene.cut), of: scene.first.hash, for: .everybody)
            }
            #expect(error == .notHere)
        }
    }

    @Test("what everybody can have whole is known by name, and nothing else is")
    func wholes() async throws {
        try await withFixture { fixture in
            let scene = try await scene(fixture, seed: 47)
            #expect(try await library(scene, fixture).wholeXorbs(10) == [scene.first.hash])
            #expect(try await library(scene, fixture).wholeXorbs(0).isEmpty)
            for access in [SeedAccess.nobody, .secretHolders, .neighbours] {
                #expect(try await library(scene, fixture, access: access).wholeXorbs(10).isEmpty, "\(access)")
            }
            // The second one begins with chunks that are not here; zest may have all of it.
            let name = "\(scene.second.hash)"
            try await writeBytes([1, 2, 3], to: fixture.path("zest/xorbs/\(name.prefix(2))/\(name)"))
            let library = library(scene, fixture)
            #expect(try await library.wholeXorbs(10) == [scene.first.hash, scene.second.hash])
            #expect(try await library.wholeXorbs(1) == [scene.first.hash])
            library.replace(group: "m", with: [])
            #expect(try await library.wholeXorbs(10).isEmpty)
        }
    }

    @Test("without the xorb's chunk list nobody knows whether it is whole")
    func unknownWhole() async throws {
        try await withFixture { fixture in
            let scene = try await scene(fixture, seed: 48, listing: false)
            #expect(try await library(scene, fixture).wholeXorbs(10).isEmpty)
        }
    }

    @Test("trackers hear of the xorbs that everybody can have, as files come and go, and of their end")
    func announcing() async throws {
        try await withFixture { fixture in
            let scene = try await scene(fixture, seed: 49)
            let library = library(scene, fixture)
            let tracker = TestTracker.knowing([:])
            let discovery = TrackerDiscovery(
                [try TrackerURL("http://t")], identity: NodeIdentity(addresses: []), transport: tracker,
                logger: PullScene.logger)
            let announcer = XorbAnnouncer(
                library: library, trackers: discovery, port: 7001, settling: .milliseconds(20))
            let id = SwarmID.zest(scene.first.hash)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await announcer.run() }
                group.addTask { await discovery.run() }
                do {
                    let told = try await tracker.announces(1)[0].single
                    #expect(told?.swarm == id && told?.port == 7001 && told?.left == 0 && told?.event == .started)
                    library.replace(group: "m", with: [])
                    #expect(try await tracker.announces(2)[1].single?.event == .stopped)
                    #expect(await announcer.count == 0)
                    library.replace(
                        group: "m", with: [scene.sample.file(.everybody, manifestFolder: fixture.path("own"))])
                    #expect(try await tracker.announces(3)[2].single?.swarm == id)
                } catch {
                    Issue.record(error)
                }
                group.cancelAll()
            }
            #expect(tracker.all.map(\.single?.event) == [.started, .stopped, .started, .stopped])
            #expect(tracker.swarms.joined == [id])
        }
    }

    /// The xorb as zest keeps it.
    private func body(_ xorb: ShardXorb, of sample: SeedSample) -> [UInt8] {
        let builder = XorbBuilder()
        for index in xorb.chunks.indices {
            let bytes = sample.bytes(UInt32(index)..<UInt32(index) + 1)
            bytes.withUnsafeBytes { builder.append($0, hash: xorb.chunks[index].hash, scheme: .lz4) }
        }
        return builder.withBody { Array($0) }
    }

    @Test("zest's cache serves what is what its name says, and nothing else")
    func zestCache() async throws {
        try await withFixture { fixture in
            let scene = try await scene(fixture, seed: 45)
            let name = "\(scene.first.hash)"
            let place = fixture.path("zest/xorbs/\(name.prefix(2))/\(name)")
            let good = body(scene.first, of: scene.sample)
            let whole = 0..<UInt32(scene.cut)
            /// Without the file, but with its access.
            func frames(_ range: Range<UInt32>, zestAccess: SeedAccess = .everybody) async throws -> XorbFrames {
                let library = library(scene, fixture, zestAccess: zestAccess)
                library.replace(group: "m", with: [])
                return try await library.frames(range, of: scene.first.hash, for: .everybody)
            }

            try await writeBytes(good, to: place)
            let served = try await frames(whole)
            #expect(try chunks(served) == scene.chunks)
            let part = try await frames(4..<6)
            #expect(part.firstChunk == 4 && part.chunkCount == 2)
            #expect(try chunks(part) == Array(scene.chunks[4..<6]))
            #expect(await seedError { _ = try await frames(4..<UInt32(scene.cut) + 1) } == .notHere)
            #expect(await seedError { _ = try await frames(whole, zestAccess: .nobody) } == .notHere)

            for position in stride(from: 0, to: good.count, by: good.count / 40) {
                var bad = good
                bad[position] ^= 0x10
                try await writeBytes(bad, to: place)
                #expect(await seedError { _ = try await frames(whole) } == .notHere, "byte \(position)")
            }
            for bad in [Array(good.dropLast()), good + [0], [], Array("garbage".utf8)] {
                try await writeBytes(bad, to: place)
                #expect(await seedError { _ = try await frames(whole) } == .notHere, "\(bad.count) bytes")
            }
        }
    }

    @Test("a part in zest's cache is checked against the xorb's chunk list")
    func zestPart() async throws {
        try await withFixture { fixture in
            let scene = try await scene(fixture, seed: 46)
            let name = "\(scene.first.hash)"
            let place = fixture.path("zest/xorbs/\(name.prefix(2))/\(name).10")
            let library = library(scene, fixture, zestAccess: .everybody)
            library.replace(group: "m", with: [])
            let builder = XorbBuilder()
            for index in 10..<20 {
                let bytes = scene.sample.bytes(UInt32(index)..<UInt32(index) + 1)
                bytes.withUnsafeBytes { builder.append($0, hash: .zero, scheme: .none) }
            }
            let good = builder.withBody { Array($0) }
            try await writeBytes(good, to: place)
            let frames = try await library.frames(10..<18, of: scene.first.hash, for: .everybody)
            #expect(frames.firstChunk == 10 && frames.chunkCount == 8)
            #expect(try chunks(frames) == Array(scene.chunks[10..<18]))
            let beyond = await seedError {
                _ = try await library.frames(10..<21, of: scene.first.hash, for: .everybody)
            }
            #expect(beyond == .notHere)
            var bad = good
            bad[good.count / 2] ^= 1
            try await writeBytes(bad, to: place)
            let error = await seedError { _ = try await library.frames(10..<20, of: scene.first.hash, for: .everybody) }
            #expect(error == .notHere)
        }
    }
}

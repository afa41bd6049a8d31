import Foundation
import GRDB
import NIOCore
import TestSupport
import Testing
import Xet

@testable import HubServer

@Suite("Content store", .timeLimit(.minutes(2)))
struct ContentStoreTests {
    private func admit(_ xorb: SampleXorb, to fixture: CASFixture) async throws -> Bool {
        let file = try fixture.content.objects.makeIncoming()
        try xorb.body.withUnsafeBytes { try file.file.write($0, at: 0) }
        return try await fixture.content.admit(file, as: xorb.hash, length: xorb.body.count, for: fixture.claims)
    }

    private func store(_ file: SampleFile, _ xorbs: [SampleXorb], in fixture: CASFixture) async throws {
        for xorb in xorbs { _ = try await admit(xorb, to: fixture) }
        let bytes = Shard(files: [file.shard]).uploadForm()
        let incoming = try fixture.content.objects.makeIncoming()
        try bytes.withUnsafeBytes { try incoming.file.write($0, at: 0) }
        let registration = try await ShardRegistration(
            parsing: incoming, length: bytes.count, content: fixture.content, repo: fixture.repo, user: "alice")
        _ = try await registration.commit(registration.check())
    }

    @Test("reads any range of a file")
    func reads() async throws {
        let fixture = try CASFixture()
        let seed = announcedSeed()
        var random = SplitMix64(seed: seed)
        // More than one piece: 40 chunks of up to 128 KiB, in all schemes.
        let xorbs = [CompressionScheme.none, .lz4, .byteGroupedLZ4].map { scheme in
            SampleXorb(
                chunks: (0..<20).map { _ in
                    SampleContent.weights.bytes(
                        .random(in: 1...XetLimits.maximumChunk, using: &random), seed: random.next())
                }, scheme: scheme)
        }
        let file = SampleFile([(xorbs[0], 0..<20), (xorbs[1], 5..<9), (xorbs[2], 0..<20), (xorbs[0], 19..<20)])
        try await store(file, xorbs, in: fixture)
        #expect(try await fixture.content.read(file: file.hash).collected() == file.bytes)
        #expect(try await fixture.content.size(of: file.hash) == UInt64(file.bytes.count))
        for _ in 0..<40 {
            let start = Int.random(in: 0..<file.bytes.count, using: &random)
            let end = Int.random(in: start...file.bytes.count, using: &random)
            let read = try await fixture.content.read(file: file.hash, range: UInt64(start)..<UInt64(end)).collected()
            #expect(read == Array(file.bytes[start..<end]), "\(start)..<\(end)")
        }
        await #expect(throws: ContentError.self) {
            _ = try await fixture.content.read(file: file.hash, range: 0..<UInt64(file.bytes.count) + 1)
        }
        await #expect(throws: ContentError.self) { _ = try await fixture.content.read(file: .bookend.retyped()) }
    }

    @Test("no flipped byte of an object is ever handed out", arguments: [0, 1, 4, 8, 500, -1, -4, -30, -200])
    func flippedByte(offset: Int) async throws {
        let xorb = SampleXorb(seed: 31)
        let fixture = try CASFixture()
        let file = SampleFile([(xorb, 0..<6)])
        try await store(file, [xorb], in: fixture)
        try fixture.flipByte(of: xorb.hash, at: offset)
        // A store that has not seen the footer yet, as after a restart.
        let fresh = try ContentStore(dataDirectory: fixture.dataDirectory, database: fixture.services.database)
        for content in [fresh, fixture.content] {
            var read: [UInt8] = []
            do {
                for try await piece in try await content.read(file: file.hash) { read += piece.readableBytesView }
                // What the flip hit is in no chunk and in nothing that leads to one (reserved bytes, a warm footer).
                #expect(read == file.bytes)
            } catch {
                #expect(error is ContentError)
                #expect(file.bytes.starts(with: read))
            }
        }
        if offset >= 0 {
            await #expect(throws: ContentError.self) { _ = try await fresh.read(file: file.hash).collected() }
        }
    }

    @Test("a truncated or missing object is an error")
    func truncated() async throws {
        let xorb = SampleXorb(seed: 32)
        let fixture = try CASFixture()
        let file = SampleFile([(xorb, 0..<6)])
        try await store(file, [xorb], in: fixture)
        let whole = try Data(contentsOf: fixture.object(xorb.hash))
        for length in [0, 3, 50, whole.count - 1] {
            try whole.prefix(length).write(to: fixture.object(xorb.hash))
            let fresh = try ContentStore(dataDirectory: fixture.dataDirectory, database: fixture.services.database)
            await #expect(throws: ContentError.self) { _ = try await fresh.read(file: file.hash).collected() }
        }
        try FileManager.default.removeItem(at: fixture.object(xorb.hash))
        let fresh = try ContentStore(dataDirectory: fixture.dataDirectory, database: fixture.services.database)
        await #expect(throws: ContentError.self) { _ = try await fresh.read(file: file.hash).collected() }
    }

    @Test("an object has its name only when it is whole, and its row only when it has its name")
    func order() async throws {
        let xorb = SampleXorb(seed: 33)
        let fixture = try CASFixture()
        let objects = fixture.content.objects
        // A crash while bytes arrive: a nameless file, which the next start removes.
        let half = try objects.makeIncoming()
        try xorb.body.prefix(40).withUnsafeBytes { try half.file.write($0, at: 0) }
        try half.keep(as: half.path + ".part")
        #expect(fixture.leftovers.count == 1)
        #expect(fixture.storedObjects.isEmpty)
        try ContentStore(dataDirectory: fixture.dataDirectory, database: fixture.services.database)
            .removeLeftovers()
        #expect(try await fixture.settledLeftovers().isEmpty)

        // A crash between name and row: the object is whole and known by its intent alone; the next upload gets
        // another name.
        let file = try objects.makeIncoming()
        try xorb.body.withUnsafeBytes { try file.file.write($0, at: 0) }
        let validated = try xorb.body.withUnsafeBytes { try XorbValidation.validate($0, expecting: xorb.hash) }
        let orphan = ObjectKey.fresh(for: xorb.hash)
        _ = try objects.publish(file, as: validated, key: orphan)
        #expect(try objects.index(of: orphan).chunkCount == 6)
        #expect(try await fixture.content.standing(of: xorb.hash, repo: fixture.repo) == nil)
        #expect(try await admit(xorb, to: fixture))
        let standing = try await fixture.content.standing(of: xorb.hash, repo: fixture.repo)
        #expect(standing?.isLinked == true && standing?.key != orphan)
        #expect(fixture.storedObjects.count == 2)

        // A failure before the name: nothing is left, no row.
        let other = SampleXorb(seed: 34)
        let folder = objects.xorbs + "/\("\(other.hash)".prefix(2))"
        try Data().write(to: URL(fileURLWithPath: folder))
        await #expect(throws: ContentError.self) { _ = try await admit(other, to: fixture) }
        #expect(try await fixture.content.standing(of: other.hash, repo: fixture.repo) == nil)
        #expect(try await fixture.settledLeftovers().isEmpty)
        let intents = try await fixture.services.database.pool.read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM upload")
        }
        #expect(intents == 0)
    }

    @Test("bytes of a grant outlive a restart for as long as the grant holds")
    func grantSweep() async throws {
        let fixture = try CASFixture()
        let objects = fixture.content.objects
        let file = try objects.makeIncoming()
        try file.keep(as: objects.grantPath(nonce: 5))
        try ContentStore(dataDirectory: fixture.dataDirectory, database: fixture.services.database)
            .removeLeftovers()
        #expect(fixture.leftovers == ["5.grant"])
        objects.sweepIncoming(partAge: 0, grantAge: 3600, now: Date(timeIntervalSinceNow: 3700))
        #expect(try await fixture.settledLeftovers().isEmpty)
    }

    @Test("linking a file gives a repository the file and its xorbs")
    func linking() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 35)
        let file = SampleFile([(xorb, 0..<6)])
        try await store(file, [xorb], in: fixture)
        let content = fixture.content
        try await fixture.services.database.pool.write { [fixture] database in
            try content.link(file: file.hash, toRepo: fixture.otherRepo, in: database)
            try content.link(file: file.hash, toRepo: fixture.otherRepo, in: database)
            #expect(throws: ContentError.self) {
                try content.link(file: .bookend.retyped(), toRepo: fixture.otherRepo, in: database)
            }
        }
        #expect(try await content.isLinked(file: file.hash, repo: fixture.otherRepo))
        #expect(try await content.standing(of: xorb.hash, repo: fixture.otherRepo)?.isLinked == true)
        let statistics = try await content.storageStatistics
        #expect(statistics.fileCount == 1 && statistics.xorbCount == 1)
        #expect(statistics.storedBytes == Int64(xorb.body.count) && statistics.logicalBytes == Int64(file.bytes.count))
    }

    @Test("the cache of indices stays within its budget and forgets the oldest")
    func cache() async throws {
        let fixture = try CASFixture()
        let xorbs = (40..<44).map { SampleXorb(seed: UInt64($0)) }
        for xorb in xorbs { _ = try await admit(xorb, to: fixture) }
        let cache = XorbIndexCache(store: fixture.content.objects, budget: 3 * (128 + 40 * 6))
        let keys = try xorbs.map { try #require(try fixture.key(of: $0.hash)) }
        for key in keys { #expect(try cache.index(of: key).hash == key.xorb) }
        for key in keys { try fixture.content.objects.remove(key) }
        for key in keys.dropFirst() { #expect(try cache.index(of: key).hash == key.xorb) }
        #expect(throws: ContentError.self) { _ = try cache.index(of: keys[0]) }
    }
}

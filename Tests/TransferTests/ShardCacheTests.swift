import ChunkStore
import Foundation
import Testing
import Xet

@testable import Transfer

@Suite struct ShardCacheTests {
    private let root = FileManager.default.temporaryDirectory
        .appendingPathComponent("shard-cache-\(UInt64.random(in: .min ... .max))").path

    private func xorb(_ seed: UInt64, chunks: Int = 10) -> ShardXorb {
        let chunks = (0..<chunks).map {
            Chunk(hash: ChunkHash(w0: seed, w1: UInt64($0), w2: 3, w3: 4), length: 65_536)
        }
        return ShardXorb(hash: XorbHash(of: chunks), chunks: chunks)
    }

    private func files() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: root).filter { $0.hasSuffix(".mdb") }.map {
            "\(root)/\($0)"
        }
    }

    @Test("what was stored is found again, at the same CAS only")
    func roundTrip() throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let cache = ShardCache(root: root, cas: "http://one/cas")
        #expect(cache.load().isEmpty)
        try cache.store([xorb(1), xorb(2)])
        try cache.store([xorb(2), xorb(3)])
        #expect(Set(cache.load().map(\.hash)) == Set([xorb(1), xorb(2), xorb(3)].map(\.hash)))
        #expect(cache.load().count == 3)
        #expect(ShardCache(root: root, cas: "http://two/cas").load().isEmpty)
        cache.clear()
        #expect(cache.load().isEmpty)
    }

    @Test("damaged shards are dropped, and xorbs whose chunks do not make up their hash are not believed")
    func damage() throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let cache = ShardCache(root: root, cas: "http://one/cas")
        try cache.store([xorb(1)])
        let path = try #require(try files().first)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        #expect(cache.load().isEmpty)
        try Data("no shard".utf8).write(to: URL(fileURLWithPath: path))
        #expect(cache.load().isEmpty)
        #expect(try files().isEmpty)
    }

    @Test("chunks of known xorbs are found, new ones follow them")
    func index() {
        let known = xorb(7)
        var index = SessionIndex(known: [known])
        let old = index.find(known.chunks[4].hash)
        #expect(old?.xorb == 0)
        #expect(old?.chunk == 4)
        let new = index.add(Chunk(hash: xorb(8).chunks[0].hash, length: 65_536))
        #expect(new.xorb == 1)
        #expect(new.chunk == 0)
        #expect(index.known == [known.hash])
    }
}

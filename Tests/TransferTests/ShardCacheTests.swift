import Foundation
import TestSupport
import Testing
import Xet

@testable import ChunkStore
@testable import Transfer

@Suite struct ShardCacheTests {
    private func xorb(_ seed: UInt64, chunks: Int = 10) -> ShardXorb {
        let chunks = (0..<chunks).map {
            Chunk(
                hash: ChunkHash(w0: seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64($0), w1: seed, w2: 3, w3: 4), length: 65_536
            )
        }
        return ShardXorb(hash: XorbHash(of: chunks), chunks: chunks)
    }

    private func find(_ set: ShardSet, _ hash: ChunkHash) -> ShardSet.Hit? {
        var set = set
        return set.find(hash)
    }

    private func file(_ set: ShardSet, _ hash: FileHash) -> ShardFile? {
        var set = set
        return set.file(hash)
    }

    private func shards(in root: String) throws -> [String] {
        try filesBelow(root).filter { $0.hasSuffix(".mdb") }
    }

    @Test("what was stored is found again, at the same CAS only")
    func roundTrip() async throws {
        try await withFixture { fixture in
            let cache = ShardCache(root: fixture.path("shards"), cas: "http://one/cas")
            #expect(cache.open().isEmpty)
            try cache.store(Shard(xorbs: [xorb(1), xorb(2)]))
            try cache.store(Shard(xorbs: [xorb(2), xorb(3)]))
            let set = cache.open()
            for seed in 1...3 as ClosedRange<UInt64> {
                let xorb = xorb(seed)
                for (index, chunk) in xorb.chunks.enumerated() {
                    let found = find(set, chunk.hash)
                    let hit = try #require(found)
                    #expect(hit.xorb == xorb.hash)
                    #expect(hit.chunk == UInt32(index))
                    #expect(!hit.isFromQuery)
                    let next = index + 1 < xorb.chunks.count ? xorb.chunks[index + 1] : chunk
                    #expect(
                        set.continues(hit, by: 1, with: Chunk(hash: next.hash, length: next.length))
                            == (index + 1 < xorb.chunks.count))
                }
            }
            #expect(find(set, xorb(4).chunks[0].hash) == nil)
            #expect(ShardCache(root: fixture.path("shards"), cas: "http://two/cas").open().isEmpty)
            cache.clear()
            #expect(cache.open().isEmpty)
            // What is open stays readable, as when another process cleans up.
            #expect(find(set, xorb(1).chunks[0].hash) != nil)
        }
    }

    @Test("damaged and foreign files are removed and never believed")
    func damage() async throws {
        try await withFixture { fixture in
            let root = fixture.path("shards")
            let cache = ShardCache(root: root, cas: "http://one/cas")
            try cache.store(Shard(xorbs: [xorb(1)]))
            let path = try #require(try shards(in: root).first)
            let good = try readBytes(path)
            for position in stride(from: 0, to: good.count, by: 7) {
                var bytes = good
                bytes[position] ^= 1
                try bytes.write(to: path)
                let set = cache.open()
                #expect(find(set, xorb(1).chunks[4].hash) == nil, "byte \(position)")
                #expect(find(set, xorb(1).chunks[9].hash) == nil, "byte \(position)")
            }
            for bytes in [Array("no shard".utf8), [], Array(good.dropLast()), Shard().uploadForm()] {
                try bytes.write(to: path)
                #expect(cache.open().isEmpty)
                #expect(try shards(in: root).isEmpty)
            }
        }
    }

    @Test("xorbs that are gone are forgotten, with the files made of them")
    func forgetting() async throws {
        try await withFixture { fixture in
            let cache = ShardCache(root: fixture.path("shards"), cas: "http://one/cas")
            func recipe(_ seed: UInt64, of xorb: ShardXorb) -> ShardFile {
                var builder = ShardFileBuilder()
                for (index, chunk) in xorb.chunks.enumerated() {
                    builder.append(Chunk(hash: chunk.hash, length: chunk.length), xorb: xorb.hash, index: UInt32(index))
                }
                return builder.finish(fileHash: FileHash(w0: seed, w1: 0, w2: 0, w3: 0), sha256: nil)
            }
            let files = [recipe(1, of: xorb(1)), recipe(2, of: xorb(2))]
            try cache.store(Shard(files: files, xorbs: [xorb(1), xorb(2)]))
            try cache.store(Shard(xorbs: [xorb(1)]))
            cache.forget([xorb(1).hash])
            var set = cache.open()
            #expect(find(set, xorb(1).chunks[0].hash) == nil)
            #expect(find(set, xorb(2).chunks[0].hash) != nil)
            #expect(file(set, files[0].fileHash) == nil)
            #expect(file(set, files[1].fileHash) == files[1])
            set.ignore([xorb(2).hash])
            #expect(find(set, xorb(2).chunks[0].hash) == nil)
            #expect(file(set, files[1].fileHash) == nil)
        }
    }

    @Test("keyed shards answer to plain hashes, until they expire")
    func keyed() async throws {
        try await withFixture { fixture in
            let root = fixture.path("shards")
            let cache = ShardCache(root: root, cas: "http://one/cas")
            for seed in 1...3 as ClosedRange<UInt64> {
                var shard = Shard(xorbs: [xorb(seed)]).keyed(with: HashingKey(w0: seed, w1: 2, w2: 3, w3: 4))
                shard.expiry = 1_000_000
                try cache.store(shard, now: 900_000)
            }
            try cache.store(Shard(xorbs: [xorb(9)]), now: 900_000)
            let set = cache.open(now: 1_000_000)
            for seed in 1...3 as ClosedRange<UInt64> {
                let found = find(set, xorb(seed).chunks[7].hash)
                let hit = try #require(found)
                #expect(hit.isFromQuery)
                #expect(hit.xorb == xorb(seed).hash)
                let next = xorb(seed).chunks[8]
                #expect(set.continues(hit, by: 1, with: Chunk(hash: next.hash, length: next.length)))
            }
            let later = cache.open(now: 1_000_001)
            #expect(find(later, xorb(1).chunks[7].hash) == nil)
            #expect(find(later, xorb(9).chunks[7].hash) != nil)
            #expect(try shards(in: root).count == 4)
            _ = cache.open(now: 1_000_000 + 7 * 86_400)
            #expect(try shards(in: root).count == 1)
        }
    }

    @Test("many small shards become one, and the least used go first above the limit")
    func mergingAndPruning() async throws {
        try await withFixture { fixture in
            let root = fixture.path("shards")
            let cache = ShardCache(root: root, cas: "http://one/cas")
            for seed in 0..<40 as Range<UInt64> { try cache.store(Shard(xorbs: [xorb(seed)])) }
            #expect(try shards(in: root).count <= 17)
            let set = cache.open()
            for seed in 0..<40 as Range<UInt64> {
                #expect(find(set, xorb(seed).chunks[5].hash)?.xorb == xorb(seed).hash)
            }

            let small = ShardCache(root: root, cas: "http://two/cas", byteLimit: 3000)
            try small.store(Shard(xorbs: [xorb(1)]))
            try small.store(Shard(xorbs: [xorb(2)]))
            var used = small.open()
            let hit = used.find(xorb(1).chunks[0].hash)
            #expect(hit != nil)
            try await Task.sleep(for: .milliseconds(30))
            small.noteUse(of: used)
            try small.store(Shard(xorbs: [xorb(3)]))
            let kept = small.open()
            #expect(find(kept, xorb(1).chunks[0].hash) != nil)
            #expect(find(kept, xorb(2).chunks[0].hash) == nil)
            #expect(find(kept, xorb(3).chunks[0].hash) != nil)
        }
    }

    private func stored(_ number: UInt64) -> StoredXorb {
        let listed = xorb(number)
        return StoredXorb(
            hash: listed.hash, chunks: listed.chunks.map { Chunk(hash: $0.hash, length: $0.length) },
            packedLength: listed.packedLength)
    }

    @Test("a session outlives its process, torn or not, and is taken over once")
    func sessions() async throws {
        try await withFixture { fixture in
            let folder = fixture.path("shards")
            let cache = ShardCache(root: folder, cas: "http://one/cas")
            var first: PushSession? = try cache.openSession().session
            try first?.append(stored(1))
            try first?.append(stored(2))
            let path = try #require(first?.path)

            // While it runs, others read it and leave it alone.
            let second = try cache.openSession()
            #expect(second.session.xorbs.isEmpty)
            #expect(second.others == [stored(1), stored(2)])
            second.session.finish()

            let bytes = try readBytes(path)
            first = nil
            try (bytes + xorb(3).entry.dropLast(100)).write(to: path)
            let third = try cache.openSession()
            #expect(third.session.xorbs == [stored(1), stored(2)])
            #expect(third.others.isEmpty)
            #expect(!FileManager.default.fileExists(atPath: path))
            try third.session.append(stored(4))
            #expect(try cache.openSession().others == [stored(1), stored(2), stored(4)])
        }
    }

    @Test("what a pull tells of a large file stands in several shards, each xorb's part of it in one")
    func learning() async throws {
        try await withFixture { fixture in
            let chunks: [Chunk] = (0..<300).map { number in
                Chunk(hash: ChunkHash(w0: UInt64(number), w1: 7, w2: 8, w3: 9), length: 65_536)
            }
            let hash = FileHash(of: chunks)
            let shelf = ManifestShelf(path: fixture.path("manifests"))
            let writer = shelf.makeWriter()
            writer.append(chunks)
            writer.finish(hash)
            let size = UInt64(300 * 65_536)
            let list = try #require(ManifestFile(path: shelf.path(of: hash), file: hash, size: size))
            let xorbs: [XorbHash] = (0..<3).map { XorbHash(w0: UInt64($0), w1: 1, w2: 1, w3: 1) }
            // Six terms of 50 chunks, two to a xorb.
            let termBytes: UInt64 = 50 * 65_536
            var terms: [TermLog.Entry] = []
            for number in 0..<6 {
                let start = UInt64(number) * termBytes
                let first = UInt32(number % 2 * 50)
                terms.append(
                    TermLog.Entry(
                        range: start..<start + termBytes, xorb: xorbs[number / 2], chunks: first..<first + 50))
            }
            let file = XetFileRequest(hash: hash, size: size, name: "model.bin")
            for (fullAt, count) in [(40, 3), (120, 2), (1000, 1)] {
                var shards: [Shard] = []
                LearntShard.make(terms: terms, list: list, file: file, fullAt: fullAt) { shards.append($0) }
                #expect(shards.count == count, "full at \(fullAt)")
                let listed = shards.flatMap(\.xorbs)
                #expect(listed.count == 3 && Set(listed.map(\.hash)) == Set(xorbs))
                for xorb in listed {
                    let number = Int(xorb.hash.w0)
                    let own = Array(chunks[number * 100..<number * 100 + 100])
                    #expect(xorb.chunks.map(\.hash) == own.map(\.hash))
                }
                #expect(shards.flatMap(\.files).map(\.fileHash) == [hash])
                #expect(shards.last?.files.count == 1)
                #expect(shards.last?.files.first?.segments.map(\.xorb) == xorbs)
            }
        }
    }

    @Test("a file that comes apart is stored again until it is whole enough, with hysteresis")
    func fragmentation() {
        var fragments = FragmentationGuard()
        for _ in 0..<128 {
            #expect(fragments.allows(run: 1) == true)
            fragments.begin(3)
        }
        // The mean is 3, below the low target of 4: shorter runs are refused, as long ones are not.
        #expect(fragments.allows(run: 3) == true)
        #expect(fragments.allows(run: 2) == false)
        // From then on the target is 8.
        for _ in 0..<128 { fragments.begin(6) }
        #expect(fragments.allows(run: 5) == false)
        #expect(fragments.allows(run: 6) == true)
        for _ in 0..<128 { fragments.begin(8) }
        #expect(fragments.allows(run: 1) == true)
        // And now 4 again.
        for _ in 0..<128 { fragments.begin(5) }
        #expect(fragments.allows(run: 1) == true)
        fragments.extend(128 * 100)
        for _ in 0..<127 { fragments.begin(1) }
        #expect(fragments.allows(run: 1) == true, "one long segment lifts the mean")
    }
}

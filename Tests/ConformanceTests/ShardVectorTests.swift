import Testing
import Xet

@Suite struct ShardVectorTests {
    @Test("shards parse as recorded and encode again byte for byte", arguments: VectorSet.sessions)
    func shards(_ session: VectorSet.Session) throws {
        let vectors = try #require(VectorSet.shared)
        for recorded in session.shards {
            let bytes = try VectorSet.read(recorded.file)
            let shard = try Self.parse(bytes)
            #expect(shard.isComplete == recorded.footer)
            #expect(bytes.withUnsafeBytes { Shard.hash(of: $0) } == recorded.shardHash)
            #expect((recorded.footer ? shard.completeForm() : shard.uploadForm()) == bytes)

            #expect(shard.files.count == session.inputs.count)
            for name in session.inputs {
                let input = try #require(vectors.inputs[name])
                let file = try #require(shard.files.first { $0.fileHash == input.fileHash })
                #expect(file.sha256 == input.sha256)
                #expect(file.size == UInt64(input.size))
                #expect(file.segments.map(VectorSet.RecordedSegment.init) == recorded.segments[name])
            }
            for xorb in shard.xorbs {
                try xorb.verify()
            }
            if !recorded.footer {
                try shard.checkUpload()
            }
        }
    }

    @Test("we write the same upload shard from the files alone", arguments: VectorSet.sessions)
    func writing(_ session: VectorSet.Session) throws {
        let vectors = try #require(VectorSet.shared)
        var places: [ChunkHash: (xorb: XorbHash, index: UInt32)] = [:]
        var shard = Shard()
        for recorded in session.xorbs {
            let body = try VectorSet.read(recorded.file)
            let validation = try body.withUnsafeBytes { body throws(XetFormatError) in
                try XorbValidation.inspect(body)
            }
            for (index, chunk) in validation.chunks.enumerated() where places[chunk.hash] == nil {
                places[chunk.hash] = (validation.hash, UInt32(index))
            }
            shard.xorbs.append(ShardXorb(hash: validation.hash, chunks: validation.chunks))
        }
        for name in session.inputs {
            let input = try #require(vectors.inputs[name])
            var builder = ShardFileBuilder()
            for chunk in input.chunks.map(\.chunk) {
                let place = try #require(places[chunk.hash])
                builder.append(chunk, xorb: place.xorb, index: place.index)
            }
            shard.files.append(builder.finish(fileHash: input.fileHash, sha256: input.sha256))
        }
        for recorded in session.shards {
            let bytes = try VectorSet.read(recorded.file)
            if recorded.footer {
                let original = try Self.parse(bytes)
                #expect(shard.completeForm(creation: original.creation, expiry: original.expiry) == bytes)
            } else {
                #expect(shard.uploadForm() == bytes)
            }
        }
    }

    @Test("chunks are found in plain and in keyed form", arguments: VectorSet.sessions)
    func lookups(_ session: VectorSet.Session) throws {
        let key = try #require(HashingKey(String(repeating: "0123456789abcdef", count: 4)))
        for recorded in session.shards where recorded.footer {
            let shard = try Self.parse(try VectorSet.read(recorded.file))
            let keyed = try Self.parse(shard.keyed(with: key).completeForm(expiry: 4_102_444_800, lookups: false))
            #expect(keyed.key == key)
            #expect(keyed.expiry == 4_102_444_800)
            #expect(!keyed.isExpired(at: 4_102_444_800))
            #expect(keyed.isExpired(at: 4_102_444_801))
            let plainBytes = shard.completeForm()
            let keyedBytes = keyed.completeForm()
            try plainBytes.withUnsafeBytes { plainBytes in
                try keyedBytes.withUnsafeBytes { keyedBytes in
                    let (plainView, keyedView) = (try ShardView(plainBytes), try ShardView(keyedBytes))
                    #expect(plainView.key.isZero)
                    #expect(keyedView.key == key)
                    for xorb in shard.xorbs {
                        for (index, chunk) in xorb.chunks.enumerated() {
                            let place = try #require(plainView.find(chunk.hash))
                            #expect(place.xorb == xorb.hash)
                            #expect(place.chunk == UInt32(index))
                            #expect(keyedView.find(ChunkHashing.keyed(chunk.hash, key: key)) == place)
                            #expect(keyedView.find(chunk.hash) == nil)
                        }
                    }
                    for file in shard.files { #expect(plainView.file(file.fileHash) == file) }
                    #expect(plainView.find(.bookend) == nil)
                    #expect(keyedView.find(.bookend) == nil)
                }
            }
        }
    }

    private static func parse(_ bytes: [UInt8]) throws -> Shard {
        try bytes.withUnsafeBytes { bytes throws(XetFormatError) in try Shard(parsing: bytes) }
    }
}

import Testing
import Xet

@Suite struct ShardTests {
    private static func parse(_ bytes: [UInt8]) throws(XetFormatError) -> Shard {
        try bytes.parsed { bytes throws(XetFormatError) in try Shard(parsing: bytes) }
    }

    private func normalized() throws -> Shard {
        var shard = try FormatSamples.shard()
        shard.normalize()
        return shard
    }

    @Test("all shapes give back what was encoded")
    func roundTrip() throws {
        var shard = try normalized()
        let upload = try Self.parse(FormatSamples.shard().uploadForm())
        #expect(upload.files == shard.files)
        #expect(upload.xorbs == shard.xorbs)
        #expect(upload.expiry == 0)
        #expect(!upload.isComplete)

        shard.isComplete = true
        for lookups in [true, false] {
            #expect(try Self.parse(FormatSamples.shard().completeForm(lookups: lookups)) == shard)
        }
        let key: HashingKey = XetHash(w0: 1, w1: 2, w2: 3, w3: 4)
        let keyed = shard.keyed(with: key)
        #expect(try Self.parse(keyed.completeForm()) == keyed)
        let chunk = shard.xorbs[1].chunks[0].hash
        #expect(keyed.xorbs[1].chunks[0].hash == ChunkHashing.keyed(chunk, key: key))
        #expect(shard.keyed(with: .zero) == shard)
        let empty = try Self.parse(Shard().completeForm(expiry: 5))
        #expect(empty.files.isEmpty && empty.xorbs.isEmpty && empty.expiry == 5)
    }

    @Test("the upload form is the complete form cut before its lookups")
    func uploadIsPrefix() throws {
        let upload = try FormatSamples.shard().uploadForm()
        var complete = Array(try FormatSamples.shard().completeForm().prefix(upload.count))
        complete.replaceSubrange(40..<48, with: [UInt8](repeating: 0, count: 8))
        #expect(complete == upload)
    }

    @Test("segments that continue are merged, and verified over the merged range")
    func merging() {
        var generator = SeededGenerator(seed: 1)
        let xorb: XorbHash = generator.hash()
        let other: XorbHash = generator.hash()
        let chunks = (0..<6).map { Chunk(hash: generator.hash(), length: 8192 + $0) }
        var builder = ShardFileBuilder()
        builder.append(chunks[0], xorb: xorb, index: 0)
        builder.append(chunks[1], xorb: xorb, index: 1)
        builder.append(chunks[2], xorb: other, index: 2)
        builder.append(chunks[3], xorb: xorb, index: 3)
        builder.append(chunks[4], xorb: xorb, index: 4)
        builder.append(chunks[4], xorb: xorb, index: 4)
        let file = builder.finish(fileHash: generator.hash(), sha256: nil)
        #expect(file.segments.map { [$0.chunkStart, $0.chunkEnd] } == [[0, 2], [2, 3], [3, 5], [4, 5]])
        #expect(file.segments.map(\.unpackedLength) == [16_385, 8194, 16_391, 8196])
        #expect(file.size == 49_166)
        #expect(
            file.verification == [
                RangeHash(of: chunks[0...1].map(\.hash)), RangeHash(of: [chunks[2].hash]),
                RangeHash(of: chunks[3...4].map(\.hash)), RangeHash(of: [chunks[4].hash]),
            ])
        #expect(builder.finish(fileHash: .zero, sha256: nil).segments.isEmpty)
    }

    @Test("copies of a file are folded: the first wins and takes over what it lacks")
    func folding() throws {
        let shard = try normalized()
        var bare = shard
        for index in bare.files.indices {
            bare.files[index].verification = nil
            bare.files[index].sha256 = nil
        }
        bare.files.reverse()
        bare.merge(shard)
        #expect(bare == shard)

        var twice = shard
        var second = shard.files[1]
        second.segments.removeLast()
        second.verification?.removeLast()
        twice.files.append(second)
        twice.xorbs.append(contentsOf: shard.xorbs)
        #expect(try Self.parse(twice.uploadForm()).files == shard.files)
        #expect(try Self.parse(twice.uploadForm()).xorbs == shard.xorbs)
    }

    @Test("a shard cut at every byte is refused, but where hf_xet 1.2 ends what it uploads")
    func truncation() throws {
        let records = try FormatSamples.shard().uploadForm().count
        let footless = try Self.parse(Array(FormatSamples.shard().completeForm().prefix(records)))
        let upload = try Self.parse(FormatSamples.shard().uploadForm())
        #expect(footless.files == upload.files && !footless.isComplete)
        for bytes in try [FormatSamples.shard().uploadForm(), FormatSamples.shard().completeForm()] {
            for count in 0..<bytes.count where count != records {
                do {
                    _ = try Self.parse(Array(bytes.prefix(count)))
                    Issue.record("\(count) of \(bytes.count) bytes were accepted")
                } catch {
                    #expect(error.offset <= UInt64(count))
                }
            }
            #expect(throws: XetFormatError.self) { _ = try Self.parse(bytes + [0]) }
        }
    }

    @Test("damage is named, with its place")
    func damage() throws {
        let shard = try normalized()
        let upload = shard.uploadForm()
        let complete = shard.completeForm()
        let footer = complete.count - 200
        let files = shard.files.map { 48 * (1 + $0.segments.count * 2 + ($0.sha256 == nil ? 0 : 1)) }
        let xorbs = 48 + files.reduce(0, +) + 48
        func check(
            _ code: XetFormatError.Code, at offset: Int, in bytes: [UInt8],
            sourceLocation: SourceLocation = #_sourceLocation, _ change: (inout [UInt8]) -> Void,
        ) {
            var bytes = bytes
            change(&bytes)
            expectFormatError(code, at: UInt64(offset), sourceLocation: sourceLocation) { () throws(XetFormatError) in
                _ = try Self.parse(bytes)
            }
        }
        check(.badMagic, at: 0, in: upload) { $0[20] ^= 1 }
        check(.unsupportedVersion, at: 32, in: upload) { $0[32] = 3 }
        check(.unsupportedVersion, at: 40, in: upload) { $0[40] = 100 }
        check(.trailingBytes, at: upload.count, in: upload) { $0.append(0) }
        // The file section: the empty file comes first, then one with segments.
        let second = 48 + files[0]
        check(.malformed, at: second + 32, in: upload) { $0[second + 32] = 1 }
        check(.countOutOfRange, at: second + 36, in: upload) { $0[second + 39] = 0x7F }
        check(.countOutOfRange, at: second + 36, in: upload) {
            $0.replaceSubrange(second + 36..<second + 40, with: [255, 255, 255, 255])
        }
        check(.notSorted, at: second, in: upload) {
            $0.replaceSubrange(48..<80, with: [UInt8](repeating: 0xFE, count: 32))
        }
        check(.countOutOfRange, at: second + 48 + 40, in: upload) { $0[second + 48 + 40] = 0xFF }
        check(.countOutOfRange, at: second + 48 + 40, in: upload) { $0[second + 48 + 45] = 0xFF }
        check(.lengthOutOfRange, at: second + 48 + 36, in: upload) { $0[second + 48 + 39] = 0x04 }
        // The xorb section.
        check(.countOutOfRange, at: xorbs + 36, in: upload) { $0[xorbs + 39] = 1 }
        check(.countOutOfRange, at: xorbs + 36, in: upload) {
            $0.replaceSubrange(xorbs + 36..<xorbs + 38, with: [0, 0])
        }
        check(.lengthOutOfRange, at: xorbs + 40, in: upload) { $0[xorbs + 40] ^= 1 }
        check(.malformed, at: xorbs + 48 + 32, in: upload) { $0[xorbs + 48 + 32] = 1 }
        check(.lengthOutOfRange, at: xorbs + 48 + 36, in: upload) { $0[xorbs + 48 + 39] = 1 }
        // The footer.
        check(.unsupportedVersion, at: footer, in: complete) { $0[footer] = 2 }
        check(.malformed, at: footer + 8, in: complete) { $0[footer + 8] = 0 }
        check(.malformed, at: footer + 16, in: complete) { $0[footer + 16] ^= 16 }
        check(.malformed, at: footer + 192, in: complete) { $0[footer + 192] ^= 1 }
        check(.countOutOfRange, at: footer + 24, in: complete) { $0[footer + 32] = 0xFF }
        check(.countOutOfRange, at: footer + 40, in: complete) { $0[footer + 40] = 0 }
        check(.countOutOfRange, at: footer + 56, in: complete) { $0[footer + 64 + 7] = 0xFF }
    }

    @Test("an upload must verify every file")
    func uploadRules() throws {
        var shard = try normalized()
        #expect(throws: Never.self) { try Self.parse(shard.uploadForm()).checkUpload() }
        let complete = try Self.parse(shard.completeForm())
        #expect(throws: Never.self) { try complete.checkUpload() }
        let keyed = complete.keyed(with: HashKey.chunk)
        expectFormatError(.malformed) { () throws(XetFormatError) in try keyed.checkUpload() }
        shard.files[1].verification = nil
        let partial = try Self.parse(shard.uploadForm())
        expectFormatError(.malformed) { () throws(XetFormatError) in try partial.checkUpload() }
    }

    @Test("a xorb entry proves its name")
    func xorbEntries() throws {
        let shard = try FormatSamples.shard()
        #expect(throws: Never.self) { try shard.xorbs[0].verify() }
        expectFormatError(.hashMismatch) { () throws(XetFormatError) in try shard.xorbs[1].verify() }
    }

    @Test("chunks whose truncated hashes collide are told apart")
    func collisions() throws {
        let chunks = (0..<20).map { Chunk(hash: XetHash(w0: 7, w1: 0, w2: 0, w3: UInt64($0)), length: 9000) }
        let shard = Shard(xorbs: [ShardXorb(hash: .zero, chunks: chunks)])
        try shard.completeForm().withUnsafeBytes { bytes in
            let view = try ShardView(bytes)
            for (position, chunk) in chunks.enumerated() {
                #expect(view.find(chunk.hash)?.chunk == UInt32(position))
            }
            #expect(view.find(XetHash(w0: 7, w1: 0, w2: 0, w3: 20)) == nil)
            #expect(view.find(XetHash(w0: 8, w1: 0, w2: 0, w3: 0)) == nil)
            #expect(view.find(XetHash(w0: 6, w1: 0, w2: 0, w3: 0)) == nil)
        }
    }

    @Test("every chunk, xorb and file of a large shard is found in place")
    func view() throws {
        var random = KernelRandom(seed: 11)
        func hash<Kind>() -> XetHash<Kind> {
            XetHash(w0: random.next(), w1: random.next(), w2: random.next(), w3: random.next())
        }
        var shard = Shard()
        for count in [1, 700, 8192, 3] {
            let chunks = (0..<count).map { _ in Chunk(hash: hash(), length: 8192 + UInt32(random.next() % 1000)) }
            shard.xorbs.append(ShardXorb(hash: hash(), chunks: chunks))
            let segment = ShardSegment(
                xorb: shard.xorbs[0].hash, unpackedLength: 9000, chunkStart: 0, chunkEnd: UInt32(count))
            shard.files.append(ShardFile(fileHash: hash(), segments: [segment, segment]))
        }
        try shard.completeForm().withUnsafeBytes { bytes in
            let view = try ShardView(bytes)
            #expect(view.chunkCount == 8896)
            for xorb in shard.xorbs {
                let record = try #require(view.record(of: xorb.hash))
                #expect(view.chunkCount(of: record) == UInt32(xorb.chunks.count))
                for (index, chunk) in xorb.chunks.enumerated() {
                    let place = try #require(view.find(chunk.hash))
                    #expect((place.xorb, place.chunk, place.record) == (xorb.hash, UInt32(index), record))
                    #expect(view.chunk(UInt32(index), of: record) == Chunk(hash: chunk.hash, length: chunk.length))
                }
                #expect(view.chunk(UInt32(xorb.chunks.count), of: record) == nil)
            }
            for file in shard.files { #expect(view.file(file.fileHash) == file) }
            for _ in 0..<1000 {
                #expect(view.find(hash()) == nil)
                #expect(view.file(hash()) == nil)
            }
        }
    }

    @Test("a shard without tables is no view, unless it is empty")
    func viewNeedsTables() throws {
        let shard = try FormatSamples.shard()
        for bytes in [shard.uploadForm(), shard.completeForm(lookups: false)] {
            #expect(throws: XetFormatError.self) { try bytes.withUnsafeBytes { _ = try ShardView($0) } }
        }
        try Shard().completeForm().withUnsafeBytes { bytes in
            let view = try ShardView(bytes)
            #expect(view.find(.zero) == nil)
        }
    }
}

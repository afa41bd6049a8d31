import Testing
import Xet

@Suite struct XorbTests {
    private static func inspect(_ bytes: [UInt8]) throws(XetFormatError) -> XorbValidation {
        try bytes.parsed { body throws(XetFormatError) in try XorbValidation.inspect(body) }
    }

    private static func footer(_ bytes: [UInt8]) throws(XetFormatError) -> XorbFooter {
        try bytes.parsed { object throws(XetFormatError) in try XorbFooter(parsing: object) }
    }

    @Test("a body proves its name")
    func validation() throws {
        let found = try FormatSamples.validation()
        #expect(found.chunks.map { Int($0.length) } == FormatSamples.xorbChunks.map(\.bytes.count))
        for (chunk, sample) in zip(found.chunks, FormatSamples.xorbChunks) {
            #expect(chunk.hash == sample.bytes.withUnsafeBytes { ChunkHashing.hash($0) })
        }
        #expect(found.bodyLength == FormatSamples.xorbBody.count)
        #expect(found.packedEnds.last == UInt32(found.bodyLength))
        #expect(found.unpackedEnds == [700, 1600, 1661, 1662])
        #expect(throws: Never.self) {
            try FormatSamples.xorbBody.withUnsafeBytes { try XorbValidation.validate($0, expecting: found.hash) }
        }
        expectFormatError(.hashMismatch, at: 0) { () throws(XetFormatError) in
            _ = try FormatSamples.xorbBody.parsed { body throws(XetFormatError) in
                try XorbValidation.validate(body, expecting: .zero)
            }
        }
    }

    @Test("many chunks of all kinds hash as one by one")
    func batches() throws {
        var generator = SeededGenerator(seed: 1)
        let builder = XorbBuilder()
        var chunks: [Chunk] = []
        for round in 0..<700 {
            let length = Int.random(in: 1...12_000, using: &generator)
            let bytes = round % 3 == 0 ? generator.bytes(length) : FormatSamples.weights(length, seed: UInt64(round))
            bytes.withUnsafeBytes { bytes in
                let chunk = Chunk(hash: ChunkHashing.hash(bytes), length: UInt32(length))
                builder.append(bytes, hash: chunk.hash, scheme: round % 2 == 0 ? .byteGroupedLZ4 : .lz4)
                chunks.append(chunk)
            }
        }
        let finished = builder.finish()
        #expect(finished.chunks == chunks)
        #expect(finished.hash == XorbHash(of: chunks))
        let found = try builder.withBody { body throws(XetFormatError) in
            try XorbValidation.validate(body, expecting: finished.hash)
        }
        #expect(found.chunks == chunks)
        #expect(found.packedEnds == finished.packedEnds)
        #expect(found.bodyLength == finished.packedLength)
        builder.reset()
        #expect(builder.isEmpty)
        #expect(builder.packedBytes == 0)
    }

    @Test("a builder says when the next chunk does not fit")
    func capacity() {
        let builder = XorbBuilder(maximumLength: 200_000, maximumChunks: 3)
        #expect(!builder.canAppend(length: 200_001))
        let bytes = FormatSamples.weights(100_000)
        bytes.withUnsafeBytes { builder.append($0, hash: .zero, scheme: .none) }
        let packed = FormatSamples.packed(bytes, .none)
        packed.withUnsafeBytes { builder.append(packed: $0, chunk: Chunk(hash: .zero, length: 100_000)) }
        #expect(!builder.canAppend(length: 1))
        #expect(builder.packedEnds == [100_008, 200_016])
        #expect(builder.withBody { Array($0) } == packed + packed)
        builder.reset()
        for _ in 0..<3 { [UInt8(1)].withUnsafeBytes { builder.append($0, hash: .zero, scheme: .lz4) } }
        #expect(!builder.canAppend(length: 1))
    }

    @Test("a footer ends an upload and is an error in a download")
    func footerMark() throws {
        let object = try FormatSamples.xorbObject()
        let found = try Self.inspect(object)
        #expect(found == (try FormatSamples.validation()))
        expectFormatError(.trailingBytes, at: UInt64(found.bodyLength)) { () throws(XetFormatError) in
            try object.parsed { bytes throws(XetFormatError) in
                var reader = XorbReader(bytes)
                while try reader.next() != nil {}
            }
        }
    }

    @Test("footers of both forms are read")
    func footers() throws {
        let validation = try FormatSamples.validation()
        let footer = try Self.footer(FormatSamples.xorbObject())
        #expect(footer == validation.footer(nonce: 0x0102_0304))
        #expect(footer.chunks == validation.chunks)
        #expect(footer.packedRange(of: 0..<1) == 0..<Int(validation.packedEnds[0]))
        #expect(footer.packedRange(of: 1..<4) == Int(validation.packedEnds[0])..<validation.bodyLength)
        #expect(footer.packedRange(of: 2..<2).isEmpty)

        let legacy = try Self.footer(FormatSamples.legacyObject())
        #expect(legacy.chunkHashes == footer.chunkHashes)
        #expect(legacy.packedEnds == footer.packedEnds)
        #expect(legacy.unpackedEnds == nil)
        #expect(legacy.chunks == nil)
        expectFormatError(.unsupportedVersion) { () throws(XetFormatError) in try legacy.verify() }
        #expect(try Self.inspect(FormatSamples.legacyObject()) == validation)
    }

    @Test("a body cut at every byte never passes for another one")
    func truncation() throws {
        let ends = try FormatSamples.validation().packedEnds
        let body = FormatSamples.xorbBody
        for count in 0..<body.count {
            let cut = Array(body.prefix(count))
            if ends.contains(UInt32(count)) {
                #expect(try Self.inspect(cut).bodyLength == count)
                continue
            }
            expectFormatError(count == 0 ? .countOutOfRange : .truncated) { () throws(XetFormatError) in
                _ = try Self.inspect(cut)
            }
        }
        let object = try FormatSamples.xorbObject()
        for count in body.count + 1..<object.count {
            #expect(throws: XetFormatError.self) { _ = try Self.inspect(Array(object.prefix(count))) }
            #expect(throws: XetFormatError.self) { _ = try Self.footer(Array(object.prefix(count))) }
        }
    }

    @Test("headers that lie are refused with their place")
    func headers() {
        func check(
            _ code: XetFormatError.Code, at offset: UInt64, _ header: [UInt8],
            sourceLocation: SourceLocation = #_sourceLocation,
        ) {
            let bytes = header + [UInt8](repeating: 0, count: 4)
            expectFormatError(code, at: 50 + offset, sourceLocation: sourceLocation) { () throws(XetFormatError) in
                _ = try bytes.parsed { bytes throws(XetFormatError) in try ChunkHeader(parsing: bytes, at: 50) }
            }
        }
        check(.unsupportedVersion, at: 0, [1, 4, 0, 0, 0, 4, 0, 0])
        check(.unsupportedScheme, at: 4, [0, 4, 0, 0, 4, 4, 0, 0])
        check(.unsupportedScheme, at: 4, [0, 4, 0, 0, 99, 4, 0, 0])
        check(.lengthOutOfRange, at: 1, [0, 0, 0, 0, 0, 0, 0, 0])
        check(.lengthOutOfRange, at: 1, [0, 1, 0, 4, 1, 4, 0, 0])
        check(.lengthOutOfRange, at: 5, [0, 4, 0, 0, 1, 0, 0, 0])
        check(.lengthOutOfRange, at: 5, [0, 4, 0, 0, 1, 1, 0, 2])
        check(.lengthOutOfRange, at: 5, [0, 4, 0, 0, 0, 5, 0, 0])
        check(.trailingBytes, at: 0, Array("XETBLOB\u{1}".utf8))
    }

    @Test("a server refuses what other clients could not read or what exceeds the limits")
    func limits() {
        let sliced = FormatSamples.frames(of: [1, 2, 3])[0]
        let header: [UInt8] = [0, UInt8(sliced.count), 0, 0, 3, 3, 0, 0]
        expectFormatError(.unsupportedScheme, at: 4) { () throws(XetFormatError) in
            _ = try Self.inspect(header + sliced)
        }

        let tiny = FormatSamples.packed([1], .none)
        let tooMany = (0...XetLimits.maximumXorbChunks).flatMap { _ in tiny }
        expectFormatError(.countOutOfRange, at: UInt64(tooMany.count - tiny.count)) { () throws(XetFormatError) in
            _ = try Self.inspect(tooMany)
        }
        #expect(throws: Never.self) { try Self.inspect(tooMany.dropLast(tiny.count)) }

        let zeros = FormatSamples.packed([UInt8](repeating: 0, count: XetLimits.maximumChunk), .lz4)
        let tooLong = (0...512).flatMap { _ in zeros }
        expectFormatError(.countOutOfRange, at: UInt64(512 * zeros.count)) { () throws(XetFormatError) in
            _ = try Self.inspect(tooLong)
        }
    }

    @Test("footers that lie are refused")
    func footerDamage() throws {
        let object = try FormatSamples.xorbObject()
        let start = FormatSamples.xorbBody.count
        let count = FormatSamples.xorbChunks.count
        func check(
            _ code: XetFormatError.Code, at offset: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation,
            _ change: (inout [UInt8]) -> Void,
        ) {
            var bytes = object
            change(&bytes)
            expectFormatError(
                code, at: offset.map { UInt64(start + $0) }, sourceLocation: sourceLocation
            ) { () throws(XetFormatError) in _ = try Self.footer(bytes) }
        }
        check(.badMagic, at: 0) { $0[start] ^= 1 }
        check(.unsupportedVersion, at: 7) { $0[start + 7] = 2 }
        check(.badMagic, at: 40) { $0[start + 40] ^= 1 }
        check(.unsupportedVersion, at: 47) { $0[start + 47] = 1 }
        check(.countOutOfRange, at: 48) { $0[start + 48] += 1 }
        check(.countOutOfRange, at: 48) { $0[start + 51] = 0xFF }
        check(.badMagic, at: 52 + 32 * count) { $0[start + 52 + 32 * count] ^= 1 }
        check(.unsupportedVersion, at: 59 + 32 * count) { $0[start + 59 + 32 * count] = 2 }
        check(.malformed, at: 60 + 32 * count) { $0[start + 60 + 32 * count] ^= 1 }
        check(.lengthOutOfRange) {
            $0.replaceSubrange(start + 64 + 32 * count..<start + 68 + 32 * count, with: [8, 0, 0, 0])
        }
        check(.malformed, at: 64 + 40 * count) { $0[start + 64 + 40 * count] ^= 1 }
        check(.malformed, at: 68 + 40 * count) { $0[start + 68 + 40 * count] ^= 1 }
        check(.malformed, at: 72 + 40 * count) { $0[start + 72 + 40 * count] ^= 1 }
        check(.lengthOutOfRange, at: 92 + 40 * count) { $0[$0.count - 1] = 0xFF }
        check(.malformed, at: 1) { $0.insert(0, at: 0) }

        var renamed = object
        renamed[start + 8] ^= 1
        let footer = try Self.footer(renamed)
        expectFormatError(.hashMismatch) { () throws(XetFormatError) in try footer.verify() }
        expectFormatError(.malformed, at: UInt64(start)) { () throws(XetFormatError) in _ = try Self.inspect(renamed) }
    }
}

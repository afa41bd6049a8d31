import CLZ4
import Testing
import Xet

/// A generator that gives the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    mutating func hash<Kind>(_ kind: Kind.Type = Kind.self) -> XetHash<Kind> {
        XetHash(w0: next(), w1: next(), w2: next(), w3: next())
    }
}

/// Small valid objects of every format.
enum FormatSamples {
    /// Bytes like 16-bit weights: grouping helps, plain LZ4 does not.
    static func weights(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { index in
            let word = generator.next()
            return index & 1 == 0 ? UInt8(truncatingIfNeeded: word) : UInt8(0x3C + (word >> 62))
        }
    }

    static func text(_ count: Int) -> [UInt8] {
        let line = Array("the quick brown fox jumps over the lazy dog\n".utf8)
        return (0..<count).map { line[$0 % line.count] }
    }

    static func packed(_ bytes: [UInt8], _ scheme: CompressionScheme) -> [UInt8] {
        let encoder = ChunkEncoder()
        return [UInt8](unsafeUninitializedCapacity: ChunkHeader.size + bytes.count) { output, count in
            count = bytes.withUnsafeBytes {
                encoder.encode($0, scheme: scheme, into: UnsafeMutableRawBufferPointer(output))
            }
        }
    }

    /// Chunks of all schemes that are written.
    static let xorbChunks: [(bytes: [UInt8], scheme: CompressionScheme)] = [
        (weights(700), .byteGroupedLZ4), (text(900), .lz4), (weights(61, seed: 2), .none), ([7], .lz4),
    ]

    static let xorbBody = xorbChunks.flatMap { packed($0.bytes, $0.scheme) }

    static func validation() throws -> XorbValidation {
        try xorbBody.parsed { body throws(XetFormatError) in try XorbValidation.inspect(body) }
    }

    static func xorbObject() throws -> [UInt8] {
        try xorbBody + validation().footer(nonce: 0x0102_0304).encoded()
    }

    /// A footer of the legacy form that describes the sample body.
    static func legacyObject() throws -> [UInt8] {
        let validation = try validation()
        var footer = Array("XETBLOB\0".utf8) + validation.hash.bytes
        footer += littleEndian(UInt32(validation.chunks.count))
        footer += validation.packedEnds.flatMap(littleEndian)
        footer += validation.chunks.flatMap(\.hash.bytes)
        footer += [UInt8](repeating: 0, count: 16)
        return xorbBody + footer + littleEndian(UInt32(footer.count))
    }

    static func shard() throws -> Shard {
        let validation = try validation()
        var generator = SeededGenerator(seed: 3)
        var files: [ShardFile] = []
        for round in 0..<3 {
            var builder = ShardFileBuilder()
            for index in [0, 1, 3, 2].prefix(2 + round) {
                builder.append(validation.chunks[index], xorb: validation.hash, index: UInt32(index))
            }
            files.append(builder.finish(fileHash: generator.hash(), sha256: round == 1 ? nil : .ofNothing))
        }
        files.append(ShardFile(fileHash: .zero, segments: [], verification: [], sha256: .ofNothing))
        let other = ShardXorb(hash: generator.hash(), chunks: [Chunk(hash: generator.hash(), length: 9000)])
        var own = ShardXorb(
            hash: validation.hash, chunks: validation.chunks, packedLength: UInt32(validation.bodyLength))
        own.chunks[0].isGlobalDedupEligible = true
        return Shard(files: files, xorbs: [own, other], creation: 1_700_000_000, expiry: 1_700_100_000)
    }

    static func manifest() -> FileManifest {
        var generator = SeededGenerator(seed: 4)
        return FileManifest(
            chunks: (0..<7).map { Chunk(hash: generator.hash(), length: $0 == 3 ? 131_072 : 8192 + $0) })
    }

    /// Frames of the same bytes with every combination of features that the format has.
    static func frames(of bytes: [UInt8]) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        for variant in 0..<32 {
            var preferences = LZ4F_preferences_t()
            preferences.frameInfo.blockMode = variant & 1 == 0 ? LZ4F_blockIndependent : LZ4F_blockLinked
            preferences.frameInfo.blockChecksumFlag =
                variant & 2 == 0 ? LZ4F_noBlockChecksum : LZ4F_blockChecksumEnabled
            preferences.frameInfo.contentChecksumFlag =
                variant & 4 == 0 ? LZ4F_noContentChecksum : LZ4F_contentChecksumEnabled
            preferences.frameInfo.contentSize = variant & 8 == 0 ? 0 : UInt64(bytes.count)
            preferences.frameInfo.blockSizeID = variant & 16 == 0 ? LZ4F_max64KB : LZ4F_max4MB
            let bound = LZ4F_compressFrameBound(bytes.count, &preferences)
            frames.append(
                [UInt8](unsafeUninitializedCapacity: bound) { output, count in
                    count = bytes.withUnsafeBytes {
                        LZ4F_compressFrame(output.baseAddress, bound, $0.baseAddress, $0.count, &preferences)
                    }
                })
        }
        return frames
    }

    static func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian, Array.init)
    }
}

extension [UInt8] {
    /// Parses these bytes, keeping the typed error.
    func parsed<R>(_ parse: (UnsafeRawBufferPointer) throws(XetFormatError) -> R) throws(XetFormatError) -> R {
        try withUnsafeBytes { bytes in
            Result { () throws(XetFormatError) in try parse(bytes) }
        }
        .get()
    }

    /// Decodes a payload of this many unpacked bytes.
    func decoded(_ scheme: CompressionScheme, count: Int) throws(XetFormatError) -> [UInt8] {
        let header = ChunkHeader(packedLength: self.count, scheme: scheme, unpackedLength: count)
        let decoder = ChunkDecoder()
        var output = [UInt8](repeating: 0, count: count)
        try output.withUnsafeMutableBytes { output in
            withUnsafeBytes { payload in
                Result { () throws(XetFormatError) in
                    try decoder.decode(header, payload: payload, into: output, offset: 100)
                }
            }
        }
        .get()
        return output
    }
}

/// Checks that `operation` throws an error of this code, and where.
func expectFormatError(
    _ code: XetFormatError.Code, at offset: UInt64? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ operation: () throws(XetFormatError) -> Void,
) {
    do {
        try operation()
        Issue.record("no error was thrown", sourceLocation: sourceLocation)
    } catch {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        if let offset {
            #expect(error.offset == offset, "\(error)", sourceLocation: sourceLocation)
        }
    }
}

import CLZ4
import Testing

@testable import Xet

@Suite struct CompressionTests {
    static let lengths = [1, 2, 3, 4, 5, 12, 13, 16, 17, 31, 100, 1021, 8192, 65_535, 65_536, 65_537, 131_071, 131_072]

    @Test("what is packed unpacks again", arguments: lengths, [CompressionScheme.none, .lz4, .byteGroupedLZ4])
    func roundTrip(_ length: Int, _ scheme: CompressionScheme) throws {
        var generator = SeededGenerator(seed: UInt64(length))
        let kinds = [
            FormatSamples.weights(length), FormatSamples.text(length), generator.bytes(length),
            [UInt8](repeating: 0, count: length),
        ]
        for bytes in kinds {
            let packed = FormatSamples.packed(bytes, scheme)
            let header = try packed.parsed { packed throws(XetFormatError) in try ChunkHeader(parsing: packed, at: 0) }
            #expect(header.unpackedLength == length)
            #expect(packed.count == ChunkHeader.size + header.packedLength)
            #expect(header.scheme == .none ? header.packedLength == length : header.packedLength < length)
            #expect(try Array(packed[ChunkHeader.size...]).decoded(header.scheme, count: length) == bytes)
        }
    }

    @Test(
        "frames have the one form that all clients read",
        arguments: [(65_536, [0x60, 0x40, 0x82]), (65_537, [0x60, 0x50, 0xFB])])
    func frameForm(_ length: Int, _ descriptor: [UInt8]) throws {
        let bytes = FormatSamples.text(length)
        let packed = FormatSamples.packed(bytes, .lz4)
        #expect(packed[4] == CompressionScheme.lz4.rawValue)
        #expect(Array(packed[8..<15]) == [0x04, 0x22, 0x4D, 0x18] + descriptor)
        #expect(packed.suffix(4) == [0, 0, 0, 0])
        // liblz4's own decoder is the judge.
        let frame = Array(packed[8...])
        var context: OpaquePointer?
        #expect(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION)) == 0)
        defer { LZ4F_freeDecompressionContext(context) }
        var output = [UInt8](repeating: 0, count: length)
        var produced = length
        var consumed = frame.count
        let hint = LZ4F_decompress(context, &output, &produced, frame, &consumed, nil)
        #expect(hint == 0)
        #expect(consumed == frame.count)
        #expect(produced == length)
        #expect(output == bytes)
    }

    @Test("any valid frame is read", arguments: [1, 300, 65_536, 65_537, 131_072])
    func foreignFrames(_ length: Int) throws {
        var generator = SeededGenerator(seed: 5)
        let half = FormatSamples.text(length / 2)
        for bytes in [FormatSamples.text(length), half + generator.bytes(length - half.count)] {
            for frame in FormatSamples.frames(of: bytes) {
                #expect(try frame.decoded(.lz4, count: length) == bytes)
            }
        }
    }

    @Test("checksums inside frames are checked")
    func checksums() {
        let bytes = FormatSamples.text(3000)
        for frame in FormatSamples.frames(of: bytes) {
            let flags = frame[4]
            var header = frame
            header[6 + (flags & 8 != 0 ? 8 : 0)] ^= 1
            expectFormatError(.hashMismatch) { () throws(XetFormatError) in _ = try header.decoded(.lz4, count: 3000) }
            if flags & 4 != 0 {
                var content = frame
                content[content.count - 1] ^= 1
                expectFormatError(.hashMismatch, at: 100 + UInt64(frame.count - 4)) { () throws(XetFormatError) in
                    _ = try content.decoded(.lz4, count: 3000)
                }
            }
        }
        #expect([UInt8]().withUnsafeBytes { XXHash32.hash($0) } == 0x02CC_5D05)
        #expect(Array("abc".utf8).withUnsafeBytes { XXHash32.hash($0) } == 0x32D1_53FF)
    }

    @Test(
        "a frame that yields more or less than promised is refused",
        arguments: [CompressionScheme.lz4, .byteGroupedLZ4])
    func lyingLengths(_ scheme: CompressionScheme) {
        // 131072 zeros in a few hundred bytes: the promise bounds the output, not the frame.
        for frame in FormatSamples.frames(of: [UInt8](repeating: 0, count: XetLimits.maximumChunk)) {
            for count in [1, 100, 65_536, 131_071] {
                expectFormatError(.decompressionFailed) { () throws(XetFormatError) in
                    _ = try frame.decoded(scheme, count: count)
                }
            }
        }
        for frame in FormatSamples.frames(of: FormatSamples.text(500)) {
            expectFormatError(.decompressionFailed) { () throws(XetFormatError) in
                _ = try frame.decoded(scheme, count: 501)
            }
        }
    }

    @Test("a frame cut at every byte is refused, and so are bytes after it")
    func truncation() {
        for frame in FormatSamples.frames(of: FormatSamples.text(300)) {
            for count in 0..<frame.count {
                #expect(throws: XetFormatError.self) {
                    _ = try Array(frame.prefix(count)).decoded(.lz4, count: 300)
                }
            }
            expectFormatError(.trailingBytes, at: 100 + UInt64(frame.count)) { () throws(XetFormatError) in
                _ = try (frame + [0]).decoded(.lz4, count: 300)
            }
        }
    }

    @Test("reserved and dictionary frames are refused")
    func unusualHeaders() throws {
        func frame(_ flags: UInt8, _ block: UInt8) -> [UInt8] {
            let checksum = UInt8(truncatingIfNeeded: [flags, block].withUnsafeBytes { XXHash32.hash($0) } >> 8)
            return [0x04, 0x22, 0x4D, 0x18, flags, block, checksum, 1, 0, 0, 0x80, 7, 0, 0, 0, 0]
        }
        #expect(try frame(0x60, 0x40).decoded(.lz4, count: 1) == [7])
        expectFormatError(.unsupportedVersion) { () throws(XetFormatError) in
            _ = try frame(0xA0, 0x40).decoded(.lz4, count: 1)
        }
        expectFormatError(.malformed) { () throws(XetFormatError) in _ = try frame(0x62, 0x40).decoded(.lz4, count: 1) }
        expectFormatError(.malformed) { () throws(XetFormatError) in _ = try frame(0x60, 0x30).decoded(.lz4, count: 1) }
        expectFormatError(.malformed) { () throws(XetFormatError) in _ = try frame(0x60, 0x41).decoded(.lz4, count: 1) }
        expectFormatError(.unsupportedScheme) { () throws(XetFormatError) in
            _ = try frame(0x61, 0x40).decoded(.lz4, count: 1)
        }
        expectFormatError(.badMagic) { () throws(XetFormatError) in
            _ = try ([5] + frame(0x60, 0x40).dropFirst()).decoded(.lz4, count: 1)
        }
    }

    @Test("bit-sliced chunks are decoded", arguments: [1, 3, 8, 64, 1001])
    func bitSlicing(_ length: Int) throws {
        var generator = SeededGenerator(seed: 6)
        let bytes = generator.bytes(length)
        var sliced = [UInt8](repeating: 0, count: length)
        for bit in 0..<8 * length {
            let value = bytes[bit % length] >> (bit / length) & 1
            sliced[bit / 8] |= value << (bit % 8)
        }
        for frame in FormatSamples.frames(of: sliced) {
            #expect(try frame.decoded(.bitSlicedLZ4, count: length) == bytes)
        }
    }

    @Test("the predictor groups weights and leaves text and noise alone")
    func predictor() {
        var generator = SeededGenerator(seed: 7)
        func predict(_ bytes: [UInt8]) -> CompressionScheme { bytes.withUnsafeBytes { SchemeChooser.predict($0) } }
        #expect(predict(FormatSamples.text(50_000)) == .lz4)
        #expect(predict(generator.bytes(50_000)) == .lz4)
        #expect(predict([1]) == .lz4)
        let floats = (0..<20_000).flatMap { _ in
            FormatSamples.littleEndian(Float.random(in: -1...1, using: &generator).bitPattern)
        }
        #expect(predict(floats) == .byteGroupedLZ4)
        for value in [0.5, 1, 1.5, 3, 1e-9, 12345.678] {
            let squared = PopcountHistogram.logarithm(value * value)
            #expect(abs(squared - 2 * PopcountHistogram.logarithm(value)) < 1e-9)
        }
        #expect(abs(PopcountHistogram.logarithm(2.718_281_828_459_045) - 1) < 1e-10)
    }

    @Test("one look decides for a run of chunks of one file")
    func chooser() {
        var generator = SeededGenerator(seed: 8)
        let floats = (0..<4000).flatMap { _ in
            FormatSamples.littleEndian(Float.random(in: -1...1, using: &generator).bitPattern)
        }
        let text = FormatSamples.text(9000)
        var chooser = SchemeChooser(runLength: 2)
        func choose(_ bytes: [UInt8]) -> CompressionScheme { bytes.withUnsafeBytes { chooser.choose(for: $0) } }
        #expect(choose(floats) == .byteGroupedLZ4)
        #expect(choose(text) == .byteGroupedLZ4)
        #expect(choose(text) == .lz4)
        chooser.beginFile()
        #expect(choose(floats) == .byteGroupedLZ4)
        chooser = SchemeChooser(policy: .fixed(.none))
        #expect(choose(floats) == CompressionScheme.none)
    }
}

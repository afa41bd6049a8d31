import Testing
import Xet

@Suite struct ManifestTests {
    private let manifest = FormatSamples.manifest()

    @Test("the wire form is what docs/formats.md says")
    func layout() throws {
        let hash = try #require(ChunkHash("0706050403020100" + "0f0e0d0c0b0a0908" + "1716151413121110" + "1f1e1d1c1b1a1918"))
        let bytes = FileManifest(chunks: [Chunk(hash: hash, length: 0x01_02_03)]).encoded()
        let expected =
            Array("SHOALMF".utf8) + [1, 1, 0, 0, 0, 0, 0, 0, 0] + Array(UInt8(0)..<32) + [0x03, 0x02, 0x01]
        #expect(bytes == expected)
        #expect(bytes.count == ManifestWire.size(chunkCount: 1))
        #expect(ManifestWire.header(count: 1) == Array(expected.prefix(ManifestWire.headerSize)))
    }

    @Test("decoding gives back what was encoded, in pieces of any size", arguments: [1, 2, 15, 16, 17, 34, 35, 36, 1000])
    func roundTrip(_ slice: Int) throws {
        let bytes = manifest.encoded()
        #expect(try bytes.parsed { bytes throws(XetFormatError) in try FileManifest(decoding: bytes) } == manifest)
        var decoder = ManifestDecoder()
        var chunks: [Chunk] = []
        for start in stride(from: 0, to: bytes.count, by: slice) {
            try bytes[start..<min(start + slice, bytes.count)].withUnsafeBytes { piece in
                try decoder.append(piece) { chunks.append($0) }
            }
        }
        try decoder.finish()
        try decoder.finish(expecting: manifest.fileHash)
        #expect(chunks == manifest.chunks)
        #expect(decoder.totalLength == manifest.totalLength)
        #expect(decoder.expectedCount == 7)
        expectFormatError(.hashMismatch) { () throws(XetFormatError) in try decoder.finish(expecting: .zero) }
    }

    @Test("an empty file has a manifest of no chunks")
    func empty() throws {
        let empty = FileManifest(chunks: [])
        let bytes = empty.encoded()
        #expect(bytes.count == ManifestWire.headerSize)
        #expect(try bytes.parsed { bytes throws(XetFormatError) in try FileManifest(decoding: bytes) } == empty)
        try empty.verify(.zero)
        var decoder = ManifestDecoder()
        try bytes.withUnsafeBytes { try decoder.append($0) { _ in Issue.record("there is no chunk") } }
        try decoder.finish(expecting: .zero)
    }

    @Test("a manifest of another file is refused")
    func verification() {
        var other = manifest
        other.chunks.swapAt(0, 1)
        #expect(throws: Never.self) { try manifest.verify(manifest.fileHash) }
        expectFormatError(.hashMismatch) { () throws(XetFormatError) in try other.verify(manifest.fileHash) }
    }

    @Test("truncation at every byte is an error with a place")
    func truncation() {
        let bytes = manifest.encoded()
        for count in 0..<bytes.count {
            let cut = Array(bytes.prefix(count))
            do {
                _ = try cut.parsed { bytes throws(XetFormatError) in try FileManifest(decoding: bytes) }
                Issue.record("\(count) bytes were accepted")
            } catch {
                #expect(error.code == .truncated)
                #expect(error.offset <= UInt64(count))
            }
            #expect(throws: XetFormatError.self) {
                var decoder = ManifestDecoder()
                try cut.withUnsafeBytes { try decoder.append($0) { _ in } }
                try decoder.finish()
            }
        }
    }

    @Test("damage is named")
    func damage() {
        func check(
            _ code: XetFormatError.Code, at offset: UInt64, sourceLocation: SourceLocation = #_sourceLocation,
            _ change: (inout [UInt8]) -> Void,
        ) {
            var bytes = manifest.encoded()
            change(&bytes)
            expectFormatError(code, at: offset, sourceLocation: sourceLocation) { () throws(XetFormatError) in
                _ = try bytes.parsed { bytes throws(XetFormatError) in try FileManifest(decoding: bytes) }
            }
            do {
                var decoder = ManifestDecoder()
                try bytes.withUnsafeBytes { try decoder.append($0) { _ in } }
                try decoder.finish()
                Issue.record("the decoder took it", sourceLocation: sourceLocation)
            } catch {
                #expect((error as? XetFormatError)?.code == code, sourceLocation: sourceLocation)
            }
        }
        check(.badMagic, at: 0) { $0[3] ^= 1 }
        check(.unsupportedVersion, at: 7) { $0[7] = 2 }
        check(.trailingBytes, at: 261) { $0.append(0) }
        check(.truncated, at: 261) { $0[15] = 0xFF }
        check(.lengthOutOfRange, at: 16 + 32) { $0.replaceSubrange(48..<51, with: [0, 0, 0]) }
        check(.lengthOutOfRange, at: 16 + 32) { $0.replaceSubrange(48..<51, with: [1, 0, 2]) }
    }
}

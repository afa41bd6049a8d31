import Testing
import Xet

@Suite struct ManifestTests {
    private let manifest = FormatSamples.manifest()

    @Test("the worked example of docs/formats.md")
    func documentedExample() throws {
        let first = try #require(ChunkHash("07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918"))
        let second = try #require(ChunkHash("27262524232221202f2e2d2c2b2a292837363534333231303f3e3d3c3b3a3938"))
        let example = FileManifest(chunks: [Chunk(hash: first, length: 65_536), Chunk(hash: second, length: 8193)])
        let header = Array("SHOALMF".utf8) + [1, 2, 0, 0, 0, 0, 0, 0, 0]
        let records = Array(UInt8(0)..<32) + [0x00, 0x00, 0x01] + Array(UInt8(32)..<64) + [0x01, 0x20, 0x00]
        #expect(example.encoded() == header + records)
        #expect(ManifestWire.header(count: 2) == header)
        #expect(ManifestWire.size(chunkCount: 2) == 0x56)
    }

    @Test(
        "decoding gives back what was encoded, in pieces of any size", arguments: [1, 2, 15, 16, 17, 34, 35, 36, 1000])
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

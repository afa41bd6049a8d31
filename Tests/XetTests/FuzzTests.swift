import Testing
import Xet

/// Damaged input must give a typed error inside the input or a value that its own bytes justify; never a crash, never
/// a write outside the given memory, never more memory than the input's size warrants.
@Suite struct FuzzTests {
    @Test("xorb bodies")
    func xorbBody() throws {
        let samples = try [FormatSamples.xorbBody, FormatSamples.xorbObject(), FormatSamples.legacyObject()]
        Fuzzer(target: "xorb body", samples: samples).run { bytes, seed in
            check(bytes, seed) { () throws(XetFormatError) in
                let found = try XorbValidation.inspect(bytes)
                #expect(found.bodyLength <= bytes.count, "seed \(seed)")
                #expect(found.chunks.count * (ChunkHeader.size + 1) <= bytes.count, "seed \(seed)")
                let isConsistent = found.footer().chunks == found.chunks && XorbHash(of: found.chunks) == found.hash
                #expect(isConsistent, "seed \(seed)")
            }
        }
    }

    @Test("xorb footers")
    func xorbFooter() throws {
        let samples = try [FormatSamples.xorbObject(), FormatSamples.legacyObject()]
        Fuzzer(target: "xorb footer", samples: samples).run { bytes, seed in
            check(bytes, seed) { () throws(XetFormatError) in
                let footer = try XorbFooter(parsing: bytes)
                let count = footer.chunkHashes.count
                #expect(36 * count <= bytes.count && footer.packedEnds.count == count, "seed \(seed)")
                if footer.unpackedEnds != nil {
                    let again = footer.encoded()
                    let decoded = (Array(bytes.prefix(footer.bodyLength)) + again).withUnsafeBytes {
                        try? XorbFooter(parsing: $0)
                    }
                    #expect(decoded == footer, "seed \(seed)")
                }
            }
        }
    }

    @Test("chunk payloads")
    func chunkPayload() {
        let texts = [FormatSamples.text(400), FormatSamples.weights(400), [UInt8](repeating: 0, count: 131_072)]
        let samples = texts.flatMap(FormatSamples.frames(of:))
        let decoder = ChunkDecoder()
        let output = GuardedMemory(capacity: XetLimits.maximumChunk)
        Fuzzer(target: "chunk payload", samples: samples).run { bytes, seed in
            var mutator = Mutator(seed: ~seed)
            let schemes = CompressionScheme.allCases
            let lengths = [400, 400, 400, 131_072, Int(mutator.random(131_072)) + 1]
            let header = ChunkHeader(
                packedLength: bytes.count, scheme: schemes[Int(mutator.random(UInt64(schemes.count)))],
                unpackedLength: lengths[Int(mutator.random(UInt64(lengths.count)))])
            check(bytes, seed) { () throws(XetFormatError) in
                // Writing past the promised length would hit the unreadable page behind it.
                let space = output.end(count: header.unpackedLength)
                try decoder.decode(header, payload: bytes, into: space, offset: 0)
            }
        }
    }

    @Test("shards")
    func shard() throws {
        let shard = try FormatSamples.shard()
        let samples = [
            shard.uploadForm(), shard.completeForm(), shard.completeForm(lookups: false), Shard().uploadForm(),
        ]
        Fuzzer(target: "shard", samples: samples).run { bytes, seed in
            if let view = try? ShardView(bytes) {
                for xorb in shard.xorbs {
                    for chunk in xorb.chunks { _ = view.find(chunk.hash) }
                    if let record = view.record(of: xorb.hash) { _ = view.chunk(0, of: record) }
                }
                for file in shard.files { _ = view.file(file.fileHash) }
            }
            check(bytes, seed) { () throws(XetFormatError) in
                let found = try Shard(parsing: bytes)
                let records =
                    found.files.reduce(0) { $0 + 1 + $1.segments.count + ($1.verification?.count ?? 0) }
                    + found.xorbs.reduce(0) { $0 + 1 + $1.chunks.count }
                #expect(records * 48 <= bytes.count, "seed \(seed)")
                let again = (found.isComplete ? found.completeForm() : found.uploadForm()).withUnsafeBytes {
                    try? Shard(parsing: $0)
                }
                #expect(again == found, "seed \(seed)")
            }
        }
    }

    @Test("manifests, whole and in pieces")
    func manifest() {
        let samples = [FormatSamples.manifest().encoded(), FileManifest(chunks: []).encoded()]
        Fuzzer(target: "manifest", samples: samples).run { bytes, seed in
            var whole: FileManifest?
            check(bytes, seed) { () throws(XetFormatError) in
                whole = try FileManifest(decoding: bytes)
                #expect(ManifestWire.size(chunkCount: whole?.chunks.count ?? 0) == bytes.count, "seed \(seed)")
                #expect(whole?.encoded().elementsEqual(bytes) == true, "seed \(seed)")
            }
            var mutator = Mutator(seed: ~seed)
            var decoder = ManifestDecoder()
            var pieces: [Chunk]? = []
            do {
                var start = 0
                while start < bytes.count {
                    let end = min(bytes.count, start + 1 + Int(mutator.random(90)))
                    try decoder.append(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) { pieces?.append($0) }
                    start = end
                }
                try decoder.finish()
            } catch {
                #expect(error is XetFormatError, "seed \(seed)")
                pieces = nil
            }
            #expect(pieces == whole?.chunks, "seed \(seed)")
        }
    }

    @Test("texts of hashes")
    func hashText() throws {
        let hash: FileHash = XetHash(w0: 1, w1: .max, w2: 0xABCD_EF01_2345_6789, w3: 42)
        let samples = [hash.description, hash.description.uppercased(), "", String(repeating: "é", count: 32)]
            .map { Array($0.utf8) }
        Fuzzer(target: "hash text", samples: samples).run { bytes, seed in
            let text = String(decoding: bytes, as: UTF8.self)
            let isHex = bytes.count == 64 && bytes.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
            #expect(FileHash(text)?.description == (isHex ? text.lowercased() : nil), "seed \(seed)")
            #expect(SHA256Digest(text)?.description == (isHex ? text.lowercased() : nil), "seed \(seed)")
        }
    }

    private func check(_ bytes: UnsafeRawBufferPointer, _ seed: UInt64, _ parse: () throws(XetFormatError) -> Void) {
        do {
            try parse()
        } catch {
            // The place is inside the input or at its end.
            #expect(error.offset <= UInt64(bytes.count), "seed \(seed): \(error)")
            #expect(!error.message.isEmpty)
        }
    }
}

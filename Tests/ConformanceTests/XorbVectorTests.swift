import Foundation
import Testing
import Xet

@Suite struct XorbVectorTests {
    @Test("uploaded bodies decode and hash to their names", arguments: VectorSet.sessions)
    func wire(_ session: VectorSet.Session) throws {
        for xorb in session.xorbs {
            let body = try VectorSet.read(xorb.file)
            #expect(body.count == xorb.wireLength)
            var crc = CRC64NVME()
            body.withUnsafeBytes { crc.update($0) }
            #expect(String(crc.value) == xorb.crc64nvme)

            let chunks = try body.unpackedChunks()
            #expect(chunks.map(\.scheme.rawValue) == xorb.schemes)
            let hashed = chunks.map { Chunk(hash: $0.hash, length: UInt32($0.bytes.count)) }
            #expect(XorbHash(of: hashed) == xorb.hash)

            let validation = try body.withUnsafeBytes { body throws(XetFormatError) in
                try XorbValidation.validate(body, expecting: xorb.hash)
            }
            #expect(validation.chunks == hashed)
            #expect(validation.bodyLength == body.count)
        }
    }

    @Test("the scheme predictor decides as recorded", arguments: VectorSet.sessions)
    func schemes(_ session: VectorSet.Session) throws {
        for xorb in session.xorbs {
            let chunks = try VectorSet.read(xorb.file).unpackedChunks()
            for block in xorb.policyBlocks {
                let predicted = chunks[block[0]].bytes.withUnsafeBytes { SchemeChooser.predict($0) }
                for index in block[0]..<block[1] where chunks[index].scheme != .none {
                    #expect(chunks[index].scheme == predicted)
                }
            }
        }
    }

    @Test("stored objects parse, verify and encode again byte for byte", arguments: VectorSet.sessions)
    func footer(_ session: VectorSet.Session) throws {
        for xorb in session.xorbs {
            let object = try VectorSet.read(xorb.fileWithFooter)
            let body = try VectorSet.read(xorb.file)
            #expect(object.prefix(body.count) == body[...])

            let footer = try object.withUnsafeBytes { bytes throws(XetFormatError) in
                try XorbFooter(parsing: bytes)
            }
            #expect(footer.xorbHash == xorb.hash)
            #expect(footer.bodyLength == body.count)
            try footer.verify()
            #expect(footer.encoded() == Array(object[body.count...]))

            // The end of the object alone is enough.
            let tail = object[body.count...].withUnsafeBytes { bytes in
                try? XorbFooter(parsing: bytes, at: UInt64(body.count))
            }
            #expect(tail == footer)

            // A body that comes with its footer is accepted, and the server's own footer is the same.
            let validation = try object.withUnsafeBytes { bytes throws(XetFormatError) in
                try XorbValidation.validate(bytes, expecting: xorb.hash)
            }
            #expect(validation.bodyLength == body.count)
            #expect(validation.footer() == footer)
        }
    }

    @Test("our builder names the same chunks alike", arguments: VectorSet.sessions)
    func rebuild(_ session: VectorSet.Session) throws {
        let builder = XorbBuilder()
        for xorb in session.xorbs {
            let chunks = try VectorSet.read(xorb.file).unpackedChunks()
            for chunk in chunks {
                chunk.bytes.withUnsafeBytes { builder.append($0, hash: chunk.hash, scheme: chunk.scheme) }
            }
            let finished = builder.finish()
            #expect(finished.hash == xorb.hash)
            let again = try builder.withBody { body throws(XetFormatError) in
                try XorbValidation.validate(body, expecting: xorb.hash)
            }
            #expect(again.packedEnds == finished.packedEnds)
            builder.reset()
        }
    }

    @Test("xorbs seen on the wire start with a legal header")
    func wireSample() throws {
        let text = try String(decoding: VectorSet.read("wire-sample.json"), as: UTF8.self)
        let start: [UInt8] = [0x00, 0x11, 0x25, 0x00, 0x01, 0xE0, 0x9A, 0x01]
        #expect(text.contains(start.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()))
        let header = try start.withUnsafeBytes { bytes throws(XetFormatError) in
            try ChunkHeader(parsing: bytes, at: 0)
        }
        #expect(header == ChunkHeader(packedLength: 9489, scheme: .lz4, unpackedLength: 105_184))
    }
}

struct UnpackedChunk {
    var scheme: CompressionScheme
    var bytes: [UInt8]
    var hash: ChunkHash { bytes.withUnsafeBytes { ChunkHashing.hash($0) } }
}

extension [UInt8] {
    func unpackedChunks() throws -> [UnpackedChunk] {
        try withUnsafeBytes { body in
            let decoder = ChunkDecoder()
            var reader = XorbReader(body)
            var result: [UnpackedChunk] = []
            while let chunk = try reader.next() {
                var bytes = [UInt8](repeating: 0, count: chunk.header.unpackedLength)
                try bytes.withUnsafeMutableBytes { output in
                    try decoder.decode(
                        chunk.header, payload: chunk.payload, into: output,
                        offset: chunk.offset + UInt64(ChunkHeader.size))
                }
                result.append(UnpackedChunk(scheme: chunk.header.scheme, bytes: bytes))
            }
            return result
        }
    }
}

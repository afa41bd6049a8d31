package import Foundation
package import Xet

/// How a file is made: which chunks of which xorbs, in order.
package struct FileRecipe: Sendable, Hashable {
    package struct Segment: Sendable, Hashable {
        package var xorb: XorbHash
        /// Indices of the chunks in the xorb.
        package var chunks: Range<UInt32>
        package var unpackedLength: UInt32
    }

    package var segments: [Segment]

    private static let version: UInt8 = 1
    private static let recordSize = 44

    package init(segments: [Segment]) { self.segments = segments }

    /// Version byte, then per segment: xorb hash, chunk start, chunk end, unpacked length (little-endian).
    package func encoded() -> Data {
        var bytes = Data([Self.version])
        bytes.reserveCapacity(1 + segments.count * Self.recordSize)
        for segment in segments {
            bytes.append(contentsOf: segment.xorb.bytes)
            bytes.appendLittleEndian(segment.chunks.lowerBound)
            bytes.appendLittleEndian(segment.chunks.upperBound)
            bytes.appendLittleEndian(segment.unpackedLength)
        }
        return bytes
    }

    package init(decoding bytes: Data) throws {
        guard bytes.first == Self.version, (bytes.count - 1) % Self.recordSize == 0 else {
            throw ContentError.damagedMetadata("a file recipe does not parse")
        }
        segments = try bytes.withUnsafeBytes { raw throws in
            try stride(from: 1, to: raw.count, by: Self.recordSize).map { at in
                let record = UnsafeRawBufferPointer(rebasing: raw[at..<at + Self.recordSize])
                let word = { UInt32(littleEndian: record.loadUnaligned(fromByteOffset: $0, as: UInt32.self)) }
                guard let base = record.baseAddress, word(32) < word(36) else {
                    throw ContentError.damagedMetadata("a file recipe has an empty segment")
                }
                return Segment(xorb: XorbHash(loading: base), chunks: word(32)..<word(36), unpackedLength: word(40))
            }
        }
    }
}

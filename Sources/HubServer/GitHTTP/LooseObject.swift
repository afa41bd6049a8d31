import Foundation

/// An object as a file of a git repository: a zlib stream of a short header and the content.
///
/// The stream is stored, not compressed: git compresses what it sends anyway, and the file is only a copy.
enum LooseObject {
    static func encode(_ content: Data, kind: String) -> Data {
        let plain = Data("\(kind) \(content.count)\0".utf8) + content
        var out = Data([0x78, 0x01])
        out.reserveCapacity(plain.count + plain.count / 65_535 * 5 + 16)
        var start = plain.startIndex
        repeat {
            let end = min(start + 65_535, plain.endIndex)
            let length = UInt16(end - start)
            out.append(end == plain.endIndex ? 1 : 0)
            for word in [length, ~length] { out.append(contentsOf: [UInt8(word & 0xff), UInt8(word >> 8)]) }
            out.append(plain[start..<end])
            start = end
        } while start < plain.endIndex
        let sum = adler32(plain)
        out.append(contentsOf: [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> UInt32($0)) })
        return out
    }

    private static func adler32(_ bytes: Data) -> UInt32 {
        var low: UInt32 = 1
        var high: UInt32 = 0
        bytes.withUnsafeBytes { raw in
            var index = 0
            while index < raw.count {
                // The sums stay below 2³² for this many bytes.
                let end = min(index + 5552, raw.count)
                while index < end {
                    low &+= UInt32(raw[index])
                    high &+= low
                    index += 1
                }
                low %= 65_521
                high %= 65_521
            }
        }
        return high << 16 | low
    }
}

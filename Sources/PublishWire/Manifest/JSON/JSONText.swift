/// JSON whose bytes follow from its content alone: members in the order given, two levels broken into lines, all
/// deeper ones in one line, only what must be escaped is.
package enum JSONText: Sendable, Hashable {
    case integer(Int64)
    case string(String)
    case array([JSONText])
    case object([Member])

    package struct Member: Sendable, Hashable {
        package let key: String
        package let value: JSONText

        package init(_ key: String, _ value: JSONText) {
            self.key = key
            self.value = value
        }
    }

    /// The text, and a line end.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes, level: 0)
        bytes.append(0x0A)
        return bytes
    }

    /// Levels that are broken into lines.
    private static let brokenLevels = 2

    private func append(to bytes: inout [UInt8], level: Int) {
        switch self {
        case .integer(let number): bytes += "\(number)".utf8
        case .string(let text): Self.append(text, to: &bytes)
        case .array(let elements):
            Self.append(elements, "[", "]", to: &bytes, level: level) { element, bytes in
                element.append(to: &bytes, level: level + 1)
            }
        case .object(let members):
            Self.append(members, "{", "}", to: &bytes, level: level) { member, bytes in
                Self.append(member.key, to: &bytes)
                bytes += ": ".utf8
                member.value.append(to: &bytes, level: level + 1)
            }
        }
    }

    private static func append<Part>(
        _ parts: [Part], _ open: String, _ close: String, to bytes: inout [UInt8], level: Int,
        _ write: (Part, inout [UInt8]) -> Void
    ) {
        let isBroken = level < brokenLevels && !parts.isEmpty
        bytes += open.utf8
        for (index, part) in parts.enumerated() {
            if index > 0 { bytes += isBroken ? ",".utf8 : ", ".utf8 }
            if isBroken { bytes += newLine(level + 1) }
            write(part, &bytes)
        }
        if isBroken { bytes += newLine(level) }
        bytes += close.utf8
    }

    private static func newLine(_ level: Int) -> [UInt8] { [0x0A] + [UInt8](repeating: 0x20, count: 2 * level) }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x0A: bytes += "\\n".utf8
            case 0x09: bytes += "\\t".utf8
            case 0x0D: bytes += "\\r".utf8
            case 0..<0x20: bytes += "\\u00".utf8 + Array(Hex.encode([byte]).utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

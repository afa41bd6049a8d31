import GRDB
import Xet

/// The name of one stored object: its xorb, and a random number that no other upload ever gets.
///
/// Names that come back are what makes deletion unsafe: a late delete would hit a later upload of the same xorb. As no
/// key is used twice, whatever was decided about a key stays right (scale-out §4.2).
struct ObjectKey: Hashable, Sendable, LosslessStringConvertible {
    let xorb: XorbHash
    /// 96 random bits; nil in objects that were stored before there were keys.
    private let upload: Upload?

    private struct Upload: Hashable {
        var high: UInt32
        var low: UInt64
    }

    /// A key for a new object.
    static func fresh(for xorb: XorbHash) -> ObjectKey {
        ObjectKey(xorb: xorb, upload: Upload(high: .random(in: .min ... .max), low: .random(in: .min ... .max)))
    }

    /// The key of an object whose name is its xorb's hash alone.
    static func unkeyed(_ xorb: XorbHash) -> ObjectKey { ObjectKey(xorb: xorb, upload: nil) }

    private init(xorb: XorbHash, upload: Upload?) {
        self.xorb = xorb
        self.upload = upload
    }

    /// Parses 64 hex digits, alone or followed by a dot and 24 more, as `description` writes them.
    init?(_ text: String) { self.init(parsing: text) }

    init?(parsing text: some StringProtocol) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let xorb = XorbHash(first) else { return nil }
        self.xorb = xorb
        if parts.count == 1 {
            upload = nil
        } else {
            guard parts[1].utf8.count == 24, let high = UInt32(parts[1].prefix(8), radix: 16),
                let low = UInt64(parts[1].suffix(16), radix: 16)
            else { return nil }
            upload = Upload(high: high, low: low)
        }
        guard description == text else { return nil }
    }

    var description: String {
        guard let upload else { return "\(xorb)" }
        return "\(xorb).\(Self.hex(UInt64(upload.high), 8))\(Self.hex(upload.low, 16))"
    }

    private static func hex(_ value: UInt64, _ digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }
}

extension ObjectKey: DatabaseValueConvertible {
    var databaseValue: DatabaseValue { description.databaseValue }

    static func fromDatabaseValue(_ value: DatabaseValue) -> ObjectKey? {
        String.fromDatabaseValue(value).flatMap { ObjectKey($0) }
    }
}

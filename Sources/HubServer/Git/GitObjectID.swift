import Crypto
import Foundation
import GRDB

/// The SHA-1 name of a git object: 20 bytes, written as 40 hex digits.
struct GitObjectID: Hashable, Sendable, LosslessStringConvertible {
    static let byteCount = 20

    private let w0: UInt64
    private let w1: UInt64
    private let w2: UInt32

    /// Takes the first 20 bytes of `bytes`; nil when there are fewer.
    init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count >= Self.byteCount else { return nil }
        var words: (UInt64, UInt64, UInt32) = (0, 0, 0)
        for (index, byte) in bytes.prefix(Self.byteCount).enumerated() {
            switch index {
            case ..<8: words.0 = words.0 << 8 | UInt64(byte)
            case ..<16: words.1 = words.1 << 8 | UInt64(byte)
            default: words.2 = words.2 << 8 | UInt32(byte)
            }
        }
        (w0, w1, w2) = words
    }

    /// Parses 40 lower- or upper-case hex digits.
    init?(_ text: String) {
        guard let bytes = Hex.decode(text), bytes.count == Self.byteCount else { return nil }
        self.init(bytes)
    }

    /// Names an object of the given kind (`blob`, `tree`, `commit`) as git does: the hash covers a short header too.
    init(hashing content: some DataProtocol, kind: String) {
        var hasher = Insecure.SHA1()
        hasher.update(data: Data("\(kind) \(content.count)\0".utf8))
        hasher.update(data: content)
        var words: (UInt64, UInt64, UInt32) = (0, 0, 0)
        hasher.finalize().withUnsafeBytes { digest in
            words.0 = UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
            words.1 = UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            words.2 = UInt32(bigEndian: digest.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
        }
        (w0, w1, w2) = words
    }

    var bytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(Self.byteCount)
        withUnsafeBytes(of: w0.bigEndian) { out.append(contentsOf: $0) }
        withUnsafeBytes(of: w1.bigEndian) { out.append(contentsOf: $0) }
        withUnsafeBytes(of: w2.bigEndian) { out.append(contentsOf: $0) }
        return out
    }

    var description: String { Hex.encode(bytes) }
}

extension GitObjectID: DatabaseValueConvertible {
    var databaseValue: DatabaseValue { Data(bytes).databaseValue }

    static func fromDatabaseValue(_ value: DatabaseValue) -> GitObjectID? {
        Data.fromDatabaseValue(value).flatMap { $0.count == byteCount ? GitObjectID($0) : nil }
    }
}

internal import Crypto
public import Xet

/// What the bytes of a file without Xet hash must hash to; the Hub's ETags say so.
public enum ContentID: Sendable, Hashable, CustomStringConvertible {
    /// Git's blob id, 40 hex digits: SHA-1 over `blob <size>\0` and the bytes.
    case gitBlob(String)
    case sha256(Xet.SHA256Digest)

    /// Reads a normalised ETag; its length tells the kind.
    public init?(etag: some StringProtocol) {
        if let digest = Xet.SHA256Digest(etag) {
            self = .sha256(digest)
        } else if etag.utf8.count == 40, etag.allSatisfy(\.isHexDigit) {
            self = .gitBlob(etag.lowercased())
        } else {
            return nil
        }
    }

    /// Whether both are made by the same hash function, so that unequal means other content.
    func isOfSameKind(as other: ContentID) -> Bool {
        switch (self, other) {
        case (.gitBlob, .gitBlob), (.sha256, .sha256): true
        default: false
        }
    }

    public var description: String {
        switch self {
        case .gitBlob(let id): id
        case .sha256(let digest): "\(digest)"
        }
    }
}

/// Hashes a stream of bytes the way a ``ContentID`` asks.
package struct ContentHasher: Sendable {
    private enum State: Sendable {
        case gitBlob(Insecure.SHA1)
        case sha256(SHA256)
    }

    private var state: State

    /// - Parameter size: the length of the content, which git's blob ids include.
    package init(for id: ContentID, size: UInt64) {
        switch id {
        case .gitBlob:
            var hasher = Insecure.SHA1()
            hasher.update(data: Array("blob \(size)\0".utf8))
            state = .gitBlob(hasher)
        case .sha256: state = .sha256(SHA256())
        }
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch state {
        case .gitBlob(var hasher):
            hasher.update(bufferPointer: bytes)
            state = .gitBlob(hasher)
        case .sha256(var hasher):
            hasher.update(bufferPointer: bytes)
            state = .sha256(hasher)
        }
    }

    /// Whether the bytes so far are the content.
    package func matches(_ id: ContentID) -> Bool {
        switch (state, id) {
        case (.gitBlob(let hasher), .gitBlob(let expected)):
            return hexText(hasher.finalize()) == expected
        case (.sha256(let hasher), .sha256(let expected)):
            return hexText(hasher.finalize()) == "\(expected)"
        default:
            return false
        }
    }
}

/// Lower-case hex of a digest.
func hexText(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}

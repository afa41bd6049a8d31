package import SwarmWire

/// Items on their way outside of the DHT: in gossip, and in the store of what was seen last.
extension SignedItem {
    /// Bytes that an encoded item may have.
    public static let largestEncoding = 1_300

    /// A bencoded dictionary with the names that BEP 44 gives the parts: k, salt, seq, sig, v (here a string).
    package var bencoded: BencodeValue {
        var entries: [BencodeKey: BencodeValue] = [
            "k": .bytes(key), "seq": .integer(sequence), "sig": .bytes(signature), "v": .bytes(value),
        ]
        if !salt.isEmpty { entries["salt"] = .bytes(salt) }
        return .dictionary(entries)
    }

    public var bytes: [UInt8] { Bencode.encode(bencoded) }

    /// Reads an item and verifies it.
    public init(_ bytes: [UInt8]) throws(PublishError) {
        guard bytes.count <= Self.largestEncoding else {
            throw PublishError(.tooLarge, "a signed item has \(bytes.count) bytes")
        }
        try self.init(bencoded: try Bencode.published(bytes, "a signed item"))
    }

    package init(bencoded: BencodeValue) throws(PublishError) {
        guard let key = bencoded["k"]?.bytes, let sequence = bencoded["seq"]?.integer,
            let signature = bencoded["sig"]?.bytes, let value = bencoded["v"]?.bytes
        else { throw PublishError(.malformed, "a signed item lacks a part") }
        self.init(
            key: key, salt: bencoded["salt"]?.bytes ?? [], sequence: sequence, value: value, signature: signature)
        try verify()
    }
}

extension Bencode {
    /// Reads a value with this module's error.
    package static func published(
        _ bytes: [UInt8], _ what: String, limits: Limits = Limits()
    ) throws(PublishError) -> BencodeValue {
        do {
            return try decode(bytes, limits: limits)
        } catch {
            throw PublishError(error.code == .tooLarge ? .tooLarge : .malformed, "\(what): \(error.message)")
        }
    }
}

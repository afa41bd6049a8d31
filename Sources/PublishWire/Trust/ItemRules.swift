internal import SwarmWire

/// What all items of a publisher have in common.
enum ItemRules {
    /// The version of this format, and the beginning of all salts.
    static let version: Int64 = 1

    /// The number for an item that takes the place of one with `previous`: the time, or one more than before where the
    /// clock has not moved on. Never lower, and never rising by itself faster than time: a number far ahead of the
    /// clock is refused by all.
    static func sequence(after previous: Int64?, now: Int64) -> Int64 {
        guard let previous, previous >= now else { return max(now, 1) }
        return previous == .max ? .max : previous + 1
    }

    static func decode(_ item: SignedItem, salt: [UInt8], what: String) throws(PublishError) -> BencodeValue {
        try item.verify()
        guard item.salt == salt else {
            throw PublishError(.wrongStatement, "this DHT item is no \(what): its salt is another")
        }
        let value = try Bencode.published(item.value, what)
        guard value.dictionary != nil else { throw PublishError(.malformed, "a \(what) is no dictionary") }
        guard let version = value["v"]?.integer else { throw PublishError(.malformed, "a \(what) has no version") }
        guard version == Self.version else {
            throw PublishError(.unsupported, "a \(what) of version \(version) is not known", hint: "update Shoal")
        }
        return value
    }

    /// The delegation in an item, which must be to the key that signed the item.
    static func delegation(
        in value: BencodeValue, of item: SignedItem, what: String
    ) throws(PublishError) -> Delegation {
        guard let bytes = value["d"]?.bytes else {
            throw PublishError(.malformed, "a \(what) does not say for whom it speaks")
        }
        let delegation = try Delegation(bytes)
        guard delegation.operating.bytes == item.key else {
            throw PublishError(.wrongStatement, "a \(what) has a delegation to another key than its own")
        }
        return delegation
    }

    static func time(in value: BencodeValue, what: String) throws(PublishError) -> Int64 {
        guard let time = value["t"]?.integer, (0...Times.latest).contains(time) else {
            throw PublishError(.malformed, "a \(what) has no time")
        }
        return time
    }

    static func bytes(
        _ key: BencodeKey, count: Int, in value: BencodeValue, what: String
    ) throws(PublishError) -> [UInt8] {
        guard let bytes = value[key]?.bytes, bytes.count == count else {
            throw PublishError(
                .malformed, "a \(what) lacks \(String(decoding: key.bytes, as: UTF8.self)), or it has a wrong length")
        }
        return bytes
    }

    /// A label that is not fit to be shown counts as none.
    static func label(in value: BencodeValue) -> PublisherLabel? {
        value["nm"]?.text.flatMap { PublisherLabel($0) }
    }

    static func rotation(in value: BencodeValue, of identity: PublisherKey) throws(PublishError) -> Rotation? {
        guard let bytes = value["r"]?.bytes else { return nil }
        let rotation = try Rotation(bytes)
        guard rotation.old == identity || rotation.new == identity else {
            throw PublishError(.wrongStatement, "\(identity.shortForm) tells of the rotation of other keys")
        }
        return rotation
    }

    /// Refuses numbers and times that lie in the future: whoever takes such a number could never be corrected.
    static func checkNotAhead(
        sequence: Int64, time: Int64, by key: PublisherKey, at now: Int64
    ) throws(PublishError) {
        guard sequence <= now + Times.clockSkew, time <= now + Times.clockSkew else {
            throw PublishError(
                .notYetValid, "an item of \(key.shortForm) is numbered or dated ahead of time",
                hint: "check the clock of this machine")
        }
    }
}

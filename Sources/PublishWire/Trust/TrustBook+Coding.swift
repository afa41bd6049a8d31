#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The book on disk: JSON, keys sorted, so that the same book is the same bytes.
extension TrustBook {
    /// Bytes that a book may have.
    public static let largest = 8 << 20
    private static let format = "shoal-trust"

    public func encoded() throws(PublishError) -> [UInt8] {
        let file = TrustFile(
            format: Self.format, version: 1,
            pins: pinned.mapValues {
                TrustFile.Pin(
                    key: $0.key.fingerprint, since: $0.since, origin: $0.origin.rawValue, epoch: $0.epoch)
            },
            followed: followed.byFingerprint { $0 },
            withdrawn: withdrawn.byFingerprint { TrustFile.Withdrawal(since: $0.since, by: $0.author.rawValue) },
            replaced: replaced.byFingerprint(\.fingerprint))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(file), data.count < Self.largest else {
            throw PublishError(.tooLarge, "the trust file would have more than 8 MiB")
        }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    /// Reads a book. One that is damaged in any part is refused: a pin that is left out would be a pin lost.
    public init(_ bytes: [UInt8]) throws(PublishError) {
        guard bytes.count <= Self.largest else {
            throw PublishError(.tooLarge, "a trust file has \(bytes.count) bytes")
        }
        guard let file = try? JSONDecoder().decode(TrustFile.self, from: Data(bytes)), file.format == Self.format else {
            throw Self.damaged("this is no trust file")
        }
        guard file.version == 1 else {
            throw PublishError(
                .unsupported, "a trust file of version \(file.version) is not known", hint: "update Shoal")
        }
        let counts = [file.pins.count, file.followed.count, file.withdrawn.count, file.replaced.count]
        guard counts.allSatisfy({ $0 <= Self.largestCount }) else {
            throw PublishError(.tooLarge, "a trust file has too many entries")
        }
        self.init()
        for (namespace, pin) in file.pins {
            guard CatalogueID.isNamespace(namespace), namespace == namespace.lowercased(),
                let origin = Pin.Origin(rawValue: pin.origin)
            else { throw Self.damaged("the trust file has a pin that is none") }
            pinned[namespace] = Pin(
                namespace: namespace, key: try Self.key(pin.key), since: pin.since, origin: origin, epoch: pin.epoch)
        }
        for (key, since) in file.followed { followed[try Self.key(key)] = since }
        for (key, entry) in file.withdrawn {
            guard let author = Withdrawal.Author(rawValue: entry.by) else {
                throw Self.damaged("the trust file does not say who has withdrawn a key")
            }
            withdrawn[try Self.key(key)] = Withdrawal(since: entry.since, author: author)
        }
        for (old, new) in file.replaced { replaced[try Self.key(old)] = try Self.key(new) }
    }

    private static func key(_ text: String) throws(PublishError) -> PublisherKey {
        guard let key = PublisherKey(fingerprint: text) else { throw damaged("the trust file has a key that is none") }
        return key
    }

    private static func damaged(_ message: String) -> PublishError {
        PublishError(.malformed, message, hint: "restore it from a copy; without it nobody is trusted")
    }
}

extension Dictionary where Key == PublisherKey {
    fileprivate func byFingerprint<Other>(_ transform: (Value) -> Other) -> [String: Other] {
        Dictionary<String, Other>(map { ($0.key.fingerprint, transform($0.value)) }) { $1 }
    }
}

private struct TrustFile: Codable {
    struct Pin: Codable {
        var key: String
        var since: Int64
        var origin: String
        var epoch: UInt32
    }

    struct Withdrawal: Codable {
        var since: Int64
        var by: String
    }

    var format: String
    var version: Int
    var pins: [String: Pin]
    var followed: [String: Int64]
    var withdrawn: [String: Withdrawal]
    var replaced: [String: String]
}

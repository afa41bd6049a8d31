internal import Crypto
public import Xet

/// The name under which peers meet: 20 bytes, as trackers and BitTorrent handshakes carry them.
public struct SwarmID: Sendable, Hashable, CustomStringConvertible {
    /// 20 bytes.
    public let bytes: [UInt8]

    /// Takes an id from the wire.
    /// - Returns: nil unless there are 20 bytes.
    public init?(bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == Self.size else { return nil }
        self.bytes = bytes
    }

    private init(hashing prefix: String, _ hash: [UInt8]) {
        bytes = Array(Insecure.SHA1.hash(data: Array(prefix.utf8) + hash))
    }

    /// 20 zero bytes: no swarm in particular.
    public static let none = SwarmID(cutting: [UInt8](repeating: 0, count: Self.size))

    private init(cutting bytes: [UInt8]) {
        self.bytes = Array(bytes.prefix(Self.size))
    }

    /// Bytes of an id.
    public static let size = 20

    private static let filePrefix = "shoal-file-v1:"
    private static let zestPrefix = "zest-xet-v1:"

    /// The public swarm of a file: `SHA1("shoal-file-v1:" ‖ file hash)`.
    public static func file(_ hash: FileHash) -> SwarmID {
        SwarmID(hashing: filePrefix, hash.bytes)
    }

    /// The swarm of a file among those who know a secret: the first 20 bytes of
    /// `HMAC-SHA256(secret, "shoal-file-v1:" ‖ file hash)`.
    public static func file(_ hash: FileHash, secret: SwarmSecret) -> SwarmID {
        SwarmID(cutting: secret.authenticationCode(for: Array(filePrefix.utf8) + hash.bytes))
    }

    /// Where zest's peers look for a xorb: `SHA1("zest-xet-v1:" ‖ xorb hash)` (p2p.md §1.7).
    public static func zest(_ hash: XorbHash) -> SwarmID {
        SwarmID(hashing: zestPrefix, hash.bytes)
    }

    /// Where `zest seed` announces a xorb: it takes the digits of the name for the hash's bytes, which stand in another
    /// order (p2p.md §1.8). zest itself never looks there.
    public static func zestSeed(_ hash: XorbHash) -> SwarmID {
        let bytes = hash.bytes
        return SwarmID(
            hashing: zestPrefix, stride(from: 0, to: bytes.count, by: 8).flatMap { bytes[$0..<$0 + 8].reversed() })
    }

    /// 40 hexadecimal digits.
    public var description: String { bytes.hexText }
}

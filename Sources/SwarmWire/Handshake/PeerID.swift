/// The 20 bytes by which a program names itself to BitTorrent peers and trackers: `-SH0001-` and 12 random bytes.
public struct PeerID: Sendable, Hashable {
    /// 20 bytes.
    public let bytes: [UInt8]

    /// Takes an id from the wire; nil unless there are 20 bytes.
    public init?(bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == 20 else { return nil }
        self.bytes = bytes
    }

    /// A new id of ours.
    public static func random() -> PeerID {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    static func random(using generator: inout some RandomNumberGenerator) -> PeerID {
        PeerID(own: (0..<12).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    private init(own random: [UInt8]) {
        bytes = Array("-SH0001-".utf8) + random
    }
}

internal import Crypto
public import Xet

/// The name under which peers meet: 20 bytes, as trackers and BitTorrent handshakes carry them.
public struct SwarmID: Sendable, Hashable {
    /// 20 bytes.
    public let bytes: [UInt8]

    /// Takes an id from the wire.
    /// - Returns: nil unless there are 20 bytes.
    public init?(bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == Insecure.SHA1.byteCount else { return nil }
        self.bytes = bytes
    }
}

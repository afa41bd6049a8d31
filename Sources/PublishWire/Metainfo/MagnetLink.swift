public import SwarmWire

/// A magnet link (BEP 9, 46, 52): what a torrent is, or who publishes it, without the torrent.
public struct MagnetLink: Sendable, Hashable {
    /// A publisher's item in the DHT that names the torrent (BEP 46).
    public struct Publisher: Sendable, Hashable {
        /// Ed25519, 32 bytes.
        public var key: [UInt8]
        /// At most 64 bytes.
        public var salt: [UInt8]

        public init(key: [UInt8], salt: [UInt8] = []) {
            self.key = key
            self.salt = salt
        }
    }

    /// Nil when only a publisher is named.
    public var hashes: InfoHashes?
    public var publisher: Publisher?
    /// What to show until the torrent is known; no file is ever called so.
    public var displayName: String?
    public var trackers: [String] = []
    public var webSeeds: [String] = []
    public var peers: [PeerAddress] = []
    /// Bytes of all files, as the link says.
    public var size: Int64?

    public init(_ hashes: InfoHashes) {
        self.hashes = hashes
    }

    public init(_ publisher: Publisher) {
        self.publisher = publisher
    }
}

extension MagnetLink {
    /// Characters of a link.
    public static let longest = 16 << 10
    /// Trackers, web seeds and peers each; more are left out.
    public static let mostAddresses = 64
    /// Bytes of the name to show; longer ones are cut.
    public static let longestName = 512
}

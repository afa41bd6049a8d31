/// The 68 bytes with which a BitTorrent connection begins (BEP 3), with the bit for extensions set (BEP 10).
public struct BitTorrentHandshake: Sendable, Hashable {
    /// Bytes of a handshake.
    public static let size = 68
    /// The first byte of a handshake, by which it is told from TLS.
    public static let firstByte: UInt8 = 19
    private static let name = Array("BitTorrent protocol".utf8)
    private static let extensionBit: UInt8 = 0x10

    /// Whether the peer speaks BEP 10.
    public var hasExtensions: Bool
    /// What the connection is about; 20 zero bytes between Shoal's peers, which name files later.
    public var swarm: SwarmID
    public var peer: PeerID

    public init(swarm: SwarmID, peer: PeerID, hasExtensions: Bool = true) {
        self.swarm = swarm
        self.peer = peer
        self.hasExtensions = hasExtensions
    }

    public var bytes: [UInt8] {
        var reserved = [UInt8](repeating: 0, count: 8)
        if hasExtensions { reserved[5] = Self.extensionBit }
        return [Self.firstByte] + Self.name + reserved + swarm.bytes + peer.bytes
    }

    /// Reads a handshake.
    /// - Throws: if there are not 68 bytes of BitTorrent's protocol.
    public init(_ bytes: [UInt8]) throws(SwarmWireError) {
        guard bytes.count == Self.size, bytes[0] == Self.firstByte, Array(bytes[1..<20]) == Self.name,
            let swarm = SwarmID(bytes: bytes[28..<48]), let peer = PeerID(bytes: bytes[48..<68])
        else {
            throw SwarmWireError(.notOurs, "the peer does not begin with a BitTorrent handshake")
        }
        self.init(swarm: swarm, peer: peer, hasExtensions: bytes[25] & Self.extensionBit != 0)
    }
}

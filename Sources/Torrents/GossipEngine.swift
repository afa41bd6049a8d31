package import SwarmWire

/// What lets those who meet at an id of the DHT talk, in messages of an extension of BEP 10.
///
/// Apart from ``TorrentEngine``, whose torrents have metainfo: here there is none, peers only meet.
package protocol GossipEngine: Sendable {
    /// Meets others at `id` (20 bytes) until the channel is closed: it announces itself there, and dials who is found.
    /// - Parameter name: the extension's name.
    /// - Parameter largest: bytes that a message may have; larger ones are not taken.
    func gossip(on id: [UInt8], name: String, largest: Int) async throws(TorrentError) -> any GossipChannel
}

/// One id and those who are met there.
package protocol GossipChannel: Sendable {
    /// What happens, from the opening on; for one reader.
    var events: AsyncStream<GossipEvent> { get }
    /// Dials somebody.
    func connect(to peer: PeerAddress) async throws(TorrentError)
    /// Says something to a peer that has been told of as opened; it goes within a second.
    func send(_ message: [UInt8], to peer: PeerAddress) async throws(TorrentError)
    func close() async
}

package enum GossipEvent: Sendable, Hashable {
    /// A peer that speaks the extension. Its port is that of the connection; only one that was dialled can be dialled.
    case opened(PeerAddress)
    /// What it says, not looked at yet.
    case message([UInt8], from: PeerAddress)
}

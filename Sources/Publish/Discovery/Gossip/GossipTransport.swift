package import PublishWire
package import SwarmWire

/// How two nodes tell each other of publishers. A conversation is the same for both: each asks once and answers once.
package protocol GossipTransport: Sendable {
    /// What to announce, so that others can call; nil where no calls are taken.
    var port: UInt16? { get async }

    /// Calls a node, and talks with it.
    func call(_ peer: PeerAddress, as party: any GossipParty) async throws

    /// Takes calls until the task is cancelled.
    func serve(_ party: any GossipParty) async
}

/// One side of a conversation.
package protocol GossipParty: Sendable {
    /// Newest root numbers, so that the other side need not send those again.
    func known() async -> [PublisherKey: Int64]
    /// What the other side lacks, at most ``GossipMessage/mostItems``.
    func items(lacking known: [PublisherKey: Int64]) async -> [SignedItem]
    /// Items that the other side has sent; their signatures were checked.
    func take(_ items: [SignedItem], from peer: PeerAddress) async
}

/// What a gossip channel allows strangers.
package enum GossipLimits {
    /// Bytes of a message.
    package static let frame = GossipMessage.largest
    /// Messages of one conversation.
    static let messages = 8
    /// Calls that are answered at once.
    package static let calls = 32
    /// Calls of one address in ``window``.
    package static let callsPerAddress = 12
    package static let window: Duration = .seconds(60)
}

/// A node that could not be gossiped with.
package struct GossipError: Error, Sendable, CustomStringConvertible {
    package var message: String
    package var description: String { message }
}

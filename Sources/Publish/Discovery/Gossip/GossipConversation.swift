internal import PublishWire
package import SwarmWire

/// What is said next in a conversation, whatever carries it.
///
/// Both sides ask at once. It is over when each has been answered, and a side that asks twice, or sends what nobody
/// asked for, is hung up on.
package struct GossipConversation: Sendable {
    private let party: any GossipParty
    private let peer: PeerAddress
    private var hasAnswered = false
    private var hasHeard = false
    private var messages = 0

    package init(_ party: any GossipParty, with peer: PeerAddress) {
        self.party = party
        self.peer = peer
    }

    package var isOver: Bool { hasAnswered && hasHeard }

    /// What to begin with.
    package func opening() async -> [UInt8] { GossipMessage.ask(known: await party.known()).bytes }

    /// Takes a message of the other side.
    /// - Returns: what to answer.
    /// - Throws: when nothing more should be heard from it.
    package mutating func hear(_ bytes: [UInt8]) async throws -> [UInt8]? {
        messages += 1
        guard messages <= GossipLimits.messages else { throw GossipError(message: "\(peer) talks too much") }
        switch try GossipMessage.decode(bytes) {
        case .ask(let known):
            guard !hasAnswered else { throw GossipError(message: "\(peer) asks twice") }
            hasAnswered = true
            return GossipMessage.items(await party.items(lacking: known)).bytes
        case .items(let items):
            guard !hasHeard else { throw GossipError(message: "\(peer) answers twice") }
            hasHeard = true
            await party.take(items, from: peer)
            return nil
        case nil:
            return nil
        }
    }
}

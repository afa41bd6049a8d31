internal import NIOCore
public import SwarmWire
internal import Synchronization
public import Xet

/// A connection to one peer, in both directions: what we want of it, and what it wants of us.
///
/// The calls only send; answers come as ``events``. They may come from any thread, at any time: on a connection that
/// has ended they do nothing, and the last event says why it ended. Nobody needs to read `events` for the peer to be
/// served. What may come as events is bounded by what was asked for.
public final class PeerConnection: Sendable {
    public let dialect: PeerDialect
    /// The address that was dialled, or from which the peer has come (its port says nothing then).
    public let address: PeerAddress
    /// The fingerprint of the peer's certificate, 32 bytes: its identity while it runs. Empty for zest's peers.
    public let fingerprint: [UInt8]
    /// What the peer calls its program.
    public let client: String?
    /// Where the peer listens, as it says.
    public let listeningPort: UInt16?
    /// Where others can dial the peer; nil when it does not say.
    let listening: PeerAddress?
    /// Whether the peer has come to us.
    public let isIncoming: Bool
    /// What the peer says, ending with `closed`. To be read by one task.
    public let events: PeerEvents

    private let channel: any Channel
    private let numbers = Atomic<UInt32>(1)

    init(_ facts: PeerFacts, channel: any Channel, events: PeerEvents) {
        dialect = facts.dialect
        address = facts.address
        fingerprint = facts.fingerprint
        client = facts.client
        listeningPort = facts.listeningPort
        listening = facts.listening
        isIncoming = facts.isIncoming
        self.channel = channel
        self.events = events
    }

    private func nextNumber() -> UInt32 { numbers.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// Asks what the peer has of a file, and to be told when it has more. Answered by `available` or `absent`; requests
    /// may be sent at once.
    public func want(_ file: FileKey) -> FileTag {
        let tag = FileTag(number: nextNumber())
        send(.want(tag.number, file))
        return tag
    }

    /// A tag for a file of which a peer of zest's kind is asked for xorbs; nothing is sent.
    func makeTag() -> FileTag { FileTag(number: nextNumber()) }

    /// Ends the interest in a file. Its requests should be cancelled first.
    public func unwant(_ tag: FileTag) { send(.unwant(tag.number)) }

    /// Asks for bytes of a file's manifest, at most ``SwarmMessage/maximumManifestPart``. Answered by `manifestPart`
    /// (fewer bytes where the manifest ends) or `rejected`.
    public func requestManifest(_ tag: FileTag, offset: UInt64 = 0, size: Int = SwarmMessage.maximumManifestPart)
        -> PeerRequestID
    {
        request(.manifest(tag: tag.number, offset: offset, size: min(size, SwarmMessage.maximumManifestPart)))
    }

    /// Asks for the chunk list of a whole xorb that the file has parts of. Answered by `leaves` or `rejected`.
    public func requestLeaves(of xorb: XorbHash, _ tag: FileTag) -> PeerRequestID {
        request(.leaves(tag: tag.number, xorb))
    }

    /// Asks for a run of whole chunks, together at most ``SwarmMessage/maximumRun`` bytes. Answered by `run`, with
    /// exactly these chunks if the peer is honest, or by `rejected`.
    public func request(_ chunks: Range<UInt32>, of tag: FileTag) -> PeerRequestID {
        request(.chunks(tag: tag.number, chunks))
    }

    /// Asks a peer of zest's kind for chunks of a xorb; the range should be one of the plan's (p2p.md §3.2). Answered by
    /// `xorb` or `rejected`.
    public func request(_ chunks: Range<UInt32>, of xorb: XorbHash) -> PeerRequestID {
        request(.xorb(xorb, chunks))
    }

    private func request(_ question: PeerQuestion) -> PeerRequestID {
        let id = PeerRequestID(number: nextNumber())
        send(.request(id.number, question))
        return id
    }

    /// Says that an answer is no longer wanted. An answer comes all the same: `rejected`, or the run if it was on its
    /// way. zest's peers cannot be told.
    public func cancel(_ id: PeerRequestID) { send(.cancel(id.number)) }

    /// Names other peers of a file that the peer has asked us about; else does nothing. Not more often than once a
    /// minute (BEP 11).
    public func tell(_ file: FileKey, added: [PeerAddress], dropped: [PeerAddress] = []) {
        send(.peers(file, added: added, dropped: dropped))
    }

    /// Ends the connection.
    public func close() { send(.close) }

    private func send(_ order: PeerOrder) { channel.triggerUserOutboundEvent(order, promise: nil) }
}

/// What the handshakes told.
struct PeerFacts: Sendable {
    var dialect: PeerDialect
    var address: PeerAddress
    var fingerprint: [UInt8] = []
    var client: String?
    var listeningPort: UInt16?
    var isIncoming: Bool

    /// Where others can dial the peer: at the address that we dialled, or where it says that it listens.
    var listening: PeerAddress? {
        isIncoming ? listeningPort.map { PeerAddress(host: address.host, port: $0) } : address
    }
}

internal import NIOCore
internal import SwarmWire
internal import Synchronization

/// What one peer wants of us.
///
/// The connection's handler brings messages; the server's tasks answer them.
final class PeerSession: Sendable {
    /// A file that the peer has asked about, by its tag.
    struct Interest: Sendable {
        var id: SwarmID
        /// nil while it is not known which file that is, or whether the peer may have it.
        var file: FileKey?
        /// What the peer was told that we have; nil: nothing.
        var told: ChunkRanges?
        /// Whether it was told that we have the manifest.
        var toldOfManifest = false
        /// Requests that came before the first answer.
        var waiting: [PeerJob] = []
        var isResolved = false
        let proof: [UInt8]
    }

    struct State: Sendable {
        var interests: [UInt32: Interest] = [:]
        /// How many of them are about each swarm.
        var tags: [SwarmID: Int] = [:]
        /// Interests that wait to be looked up, those included that the peer has ended since.
        var unanswered = 0
        /// Requests that were not answered yet.
        var open: Set<UInt32> = []
        /// Those of them that the peer does not want any more.
        var cancelled: Set<UInt32> = []
        var missesInARow = 0
        var isClosed = false
    }

    let channel: any Channel
    /// Where the peer is.
    let address: PeerAddress
    /// Bytes of chunks and manifests that it has got.
    let sentBytes = Atomic<UInt64>(0)
    let number: UploadScheduler<PeerJob>.PeerNumber
    /// nil where the dialect has no proofs.
    let binding: ConnectionBinding?
    /// Who the peer is if it knows no secret.
    let audience: Audience
    /// The other end of the connection.
    let remote: IPLiteral?
    /// Where others can dial the peer; nil when it does not say.
    let listening: PeerAddress?
    let state = Mutex(State())
    private let server: PeerServer

    init(
        channel: any Channel, address: PeerAddress, number: UploadScheduler<PeerJob>.PeerNumber,
        binding: ConnectionBinding?, audience: Audience, remote: IPLiteral?, listening: PeerAddress?,
        server: PeerServer
    ) {
        self.remote = remote
        self.listening = listening
        self.channel = channel
        self.address = address
        self.number = number
        self.binding = binding
        self.audience = audience
        self.server = server
    }

    /// Who may read a file that the peer has proven to know.
    func audience(for file: FileKey) -> Audience { file.secret.map { .secret($0.id) } ?? audience }

    /// The peer has gone.
    func close() {
        state.withLock { $0 = State(isClosed: true) }
        server.remove(self)
    }

    /// Sends a message.
    func send(_ message: SwarmMessage) {
        channel.triggerUserOutboundEvent(PeerOrder.answer(message.bytes, nil), promise: nil)
    }

    func send(_ message: ZestMessage) {
        channel.triggerUserOutboundEvent(PeerOrder.answer(message.bytes, nil), promise: nil)
    }

    /// Ends the connection because of what the peer does.
    func drop(_ message: String) {
        channel.triggerUserOutboundEvent(
            PeerOrder.drop(PeerError(code: .protocolViolation, message: message)), promise: nil)
    }

    /// Counts questions for what is not here; a peer that asks for nothing else is guessing.
    func note(miss: Bool) {
        let isTooMuch = state.withLock { state in
            state.missesInARow = miss ? state.missesInARow + 1 : 0
            return state.missesInARow > server.limits.missesInARow
        }
        if isTooMuch { drop("the peer asks again and again for what is not here") }
    }
}

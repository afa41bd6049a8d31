internal import NIOCore
internal import SwarmWire
internal import Synchronization
internal import Xet

/// A connection as the pulls of several files share it: hands each answer to the file that it is for.
final class PeerLink: Sendable {
    typealias Delivery = @Sendable (PeerEvent) -> Void

    private struct State {
        var deliveries: [FileTag: Delivery] = [:]
        var owners: [PeerRequestID: FileTag] = [:]
        var isClosed = false
    }

    let connection: PeerConnection
    /// Tells links of this process apart.
    let number: Int
    let backlog = EventBacklog()
    /// Whether the peer is of zest's kind.
    var knowsXorbsAlone: Bool { connection.dialect == .zest }

    private let state = Mutex(State())
    private let received = Atomic<UInt64>(0)

    /// Bytes of chunks that the peer has sent.
    var receivedBytes: UInt64 { received.load(ordering: .relaxed) }

    init(_ connection: PeerConnection, number: Int) {
        self.connection = connection
        self.number = number
    }

    /// Asks what the peer has of a file.
    /// - Parameter deliver: gets all that the peer says of the file, `closed` included, from the task that reads.
    /// - Returns: nil when the connection has ended already.
    func want(_ key: FileKey, deliver: @escaping Delivery) -> FileTag? {
        // Under the lock, so that no answer comes before it is known whose it is.
        state.withLock { state in
            guard !state.isClosed else { return nil }
            let tag = knowsXorbsAlone ? connection.makeTag() : connection.want(key)
            state.deliveries[tag] = deliver
            return tag
        }
    }

    func unwant(_ tag: FileTag) {
        state.withLock { $0.deliveries[tag] = nil }
        connection.unwant(tag)
    }

    func request(_ chunks: Range<UInt32>, of tag: FileTag) -> PeerRequestID {
        ask(for: tag) { connection.request(chunks, of: tag) }
    }

    /// Asks a peer of zest's kind for chunks of a xorb.
    func request(_ chunks: Range<UInt32>, of xorb: XorbHash, for tag: FileTag) -> PeerRequestID {
        ask(for: tag) { connection.request(chunks, of: xorb) }
    }

    func requestManifest(_ tag: FileTag, offset: UInt64) -> PeerRequestID {
        ask(for: tag) { connection.requestManifest(tag, offset: offset) }
    }

    func requestLeaves(of xorb: XorbHash, _ tag: FileTag) -> PeerRequestID {
        ask(for: tag) { connection.requestLeaves(of: xorb, tag) }
    }

    /// Under the lock, so that no answer comes before it is known whose it is.
    private func ask(for tag: FileTag, _ request: () -> PeerRequestID) -> PeerRequestID {
        state.withLock { state in
            let id = request()
            state.owners[id] = tag
            return id
        }
    }

    /// Hands out what comes, until the connection ends.
    func read() async {
        for await event in connection.events {
            switch event {
            case .available(let availability): hand(event, to: availability.tag)
            case .absent(let tag), .have(let tag, _), .coming(let tag, _, _), .peers(let tag, _, _):
                hand(event, to: tag)
            case .manifestPart(let id, let tag, _, _, _): hand(event, to: tag, ending: id)
            case .leaves(let id, let tag, _, _): hand(event, to: tag, ending: id)
            case .run(let id, let tag, _, let bytes):
                received.wrappingAdd(UInt64(bytes.readableBytes), ordering: .relaxed)
                hand(event, to: tag, ending: id)
            case .rejected(let id, _, _):
                if let tag = state.withLock({ $0.owners[id] }) { hand(event, to: tag, ending: id) }
            case .xorb(let id, _, _, let frames):
                received.wrappingAdd(UInt64(frames.readableBytes), ordering: .relaxed)
                if let tag = state.withLock({ $0.owners[id] }) { hand(event, to: tag, ending: id) }
            case .arriving:
                for deliver in state.withLock({ Array($0.deliveries.values) }) { deliver(event) }
            case .closed: break
            }
        }
        let deliveries = state.withLock { state in
            state.isClosed = true
            defer { state.deliveries = [:] }
            return Array(state.deliveries.values)
        }
        let reason = PeerError(code: .closed, message: "the connection to \(connection.address) has ended")
        for deliver in deliveries { deliver(.closed(reason)) }
    }

    private func hand(_ event: PeerEvent, to tag: FileTag, ending id: PeerRequestID? = nil) {
        let deliver = state.withLock { state in
            if let id { state.owners[id] = nil }
            return state.deliveries[tag]
        }
        deliver?(event)
    }
}

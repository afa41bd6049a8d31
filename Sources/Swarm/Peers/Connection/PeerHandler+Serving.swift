internal import NIOCore
internal import SwarmWire
internal import Synchronization
internal import Xet

/// The peer's half: its questions go to the server.
extension PeerHandler {
    func serve(_ message: SwarmMessage, context: ChannelHandlerContext) throws(SwarmWireError) {
        guard let session, let server = surroundings.server else { return refuse(message, context: context) }
        switch message {
        case .want(let tag, let id, let proof):
            guard session.begin(tag, PeerSession.Interest(id: id, proof: proof), limits: server.limits) else {
                throw SwarmWireError(.unexpected, "the peer uses a tag twice, or too many")
            }
            server.ask(.interest(session, tag: tag))
        case .unwant(let tag):
            let waiting = session.takeWaiting(tag)
            session.end(tag)
            for job in waiting { server.refuse(job, .gone) }
        case .getManifest(let id, let tag, let offset, let size):
            let size = min(Int(size), SwarmMessage.maximumManifestPart)
            try ask(.manifest(session, id: id, tag: tag, offset: offset, size: size), id: id, tag: tag, session, server)
        case .getLeaves(let id, let tag, let xorb):
            try ask(.leaves(session, id: id, tag: tag, xorb), id: id, tag: tag, session, server)
        case .request(let id, let tag, let chunks):
            try ask(.chunks(session, id: id, tag: tag, chunks), id: id, tag: tag, session, server)
        case .cancel(let id):
            server.cancel(id, of: session)
        default:
            break
        }
    }

    private func ask(
        _ job: PeerJob, id: UInt32, tag: UInt32, _ session: PeerSession, _ server: PeerServer
    ) throws(SwarmWireError) {
        guard session.begin(id) else { throw SwarmWireError(.unexpected, "the peer uses a request's number twice") }
        // Some chunks have eight bytes of KiB, most sixty-four: only what no run can hold is refused unread.
        if case .chunks(_, _, _, let chunks) = job, chunks.count > SwarmMessage.maximumRun / XetLimits.minimumChunk + 1
        {
            return server.refuse(job, .tooLong)
        }
        switch session.admit(job, tag: tag, limit: server.limits.outstandingRequests) {
        case .ask: server.ask(job)
        case .later: break
        case .unknownTag: server.refuse(job, .gone)
        }
    }

    /// Answers for a node that gives nothing.
    private func refuse(_ message: SwarmMessage, context: ChannelHandlerContext) {
        switch message {
        case .want(let tag, _, _):
            send(SwarmMessage.absent(tag: tag).bytes, context: context)
        case .getManifest(let id, _, _, _), .getLeaves(let id, _, _), .request(let id, _, _):
            send(SwarmMessage.reject(id: id, retryAfterMilliseconds: 0, reason: .gone).bytes, context: context)
        default:
            break
        }
    }

    func serveXorb(id: UInt32, _ xorb: XorbHash, _ chunks: Range<UInt32>, context: ChannelHandlerContext) {
        // A second request under the same number would get the first one's answer; zest never sends one.
        guard let session, let server = surroundings.server, session.begin(id) else {
            return send(ZestMessage.notFound(id: id, xorb: xorb).bytes, context: context)
        }
        server.ask(.xorb(session, id: id, xorb, chunks))
    }
}

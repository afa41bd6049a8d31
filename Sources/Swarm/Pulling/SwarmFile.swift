internal import NIOCore
internal import SwarmWire
internal import Synchronization
internal import Transfer
internal import Xet

/// One file in the swarm, while it is pulled: who has what of it.
final class SwarmFile: FileSwarm {
    /// A peer that has something to do with the file.
    struct Member: Sendable {
        let link: PeerLink
        let tag: FileTag
        /// What it has, as it says; nil while it has nothing to do with the file.
        var availability: PeerAvailability?
        /// Whether it has said that it has nothing to do with the file.
        var isAbsent = false
        var askedAt: ContinuousClock.Instant
        /// Seconds from the first question to its answer.
        var roundTrip = 0.05
        /// How the exchange of peers calls the connection where this file is concerned.
        let line: PeerExchange.Connection
    }

    /// What happens to the members.
    enum Event: Sendable {
        case said(Member, PeerEvent)
        /// Somebody who was hoped for will not come.
        case lessHope
    }

    private struct State {
        var members: [Int: Member] = [:]
        var inbox: (@Sendable (Event) -> Void)?
        /// Ways to find peers, and peers being dialled.
        var hopes = 0
        var lastFailure: (any Error)?
        var isOver = false
        /// What ends when the file is left.
        var ends: [AsyncStream<Never>.Continuation] = []
    }

    let key: FileKey
    let peers: SwarmPeers
    /// What is told about this node in the file's swarm, and what others tell about the swarm.
    let announced: AnnounceState
    private let state = Mutex(State())

    init(_ key: FileKey, of peers: SwarmPeers, announced: AnnounceState) {
        self.announced = announced
        self.key = key
        self.peers = peers
    }

    private var exchange: PeerExchange { peers.node.exchange }

    // MARK: Members

    /// Asks a peer about the file.
    func meet(_ link: PeerLink) {
        // Under the lock, so that no answer comes before it is known whose it is.
        state.withLock { state in
            guard !state.isOver, state.members[link.number] == nil else { return }
            let tag = link.want(key) { [weak self] event in self?.deliver(event, from: link.number) }
            guard let tag else { return }
            let line = peers.node.exchange.newConnection()
            state.members[link.number] = Member(link: link, tag: tag, askedAt: .now, line: line)
        }
    }

    private func deliver(_ event: PeerEvent, from number: Int) {
        let news = state.withLock { state -> (Member, (@Sendable (Event) -> Void)?)? in
            guard var member = state.members[number] else { return nil }
            let link = member.link
            switch event {
            case .available(let availability):
                if member.availability == nil {
                    exchange.connected(
                        member.line, in: key.id, address: link.connection.listening,
                        remote: link.connection.address.literal)
                    member.roundTrip = min(1, member.askedAt.duration(to: .now) / .seconds(1))
                }
                member.availability = availability
                member.isAbsent = false
            case .have(_, let chunks):
                let before = member.availability?.chunks ?? ChunkRanges()
                member.availability?.chunks = before.union(chunks)
            case .absent, .closed:
                member.availability = nil
                member.isAbsent = true
                exchange.disconnected(member.line)
            default: break
            }
            if case .closed = event { state.members[number] = nil } else { state.members[number] = member }
            return (member, state.inbox)
        }
        guard let (member, inbox) = news else { return }
        if case .peers(_, let added, _) = event, exchange.received(added: added, on: member.line) == .hostile {
            member.link.connection.close()
        }
        inbox?(.said(member, event))
    }

    /// Has all further events delivered.
    /// - Returns: the members there are.
    func open(_ inbox: @escaping @Sendable (Event) -> Void) -> [Member] {
        state.withLock { state in
            state.inbox = inbox
            return Array(state.members.values)
        }
    }

    func closeInbox() { state.withLock { $0.inbox = nil } }

    // MARK: Hopes

    func expectDiscovery() { state.withLock { $0.hopes += 1 } }
    func expectDial() { state.withLock { $0.hopes += 1 } }
    func discoveryEnded() { lessHope(nil) }
    func dialEnded(_ error: (any Error)?) { lessHope(error) }

    private func lessHope(_ error: (any Error)?) {
        let inbox = state.withLock { state in
            state.hopes -= 1
            if let error { state.lastFailure = error }
            return state.inbox
        }
        inbox?(.lessHope)
    }

    /// Whether there is anybody, or anybody may still come.
    var isHopeless: Bool { state.withLock { $0.hopes == 0 && $0.members.isEmpty } }

    /// How many peers were asked.
    var memberCount: Int { state.withLock { $0.members.count } }

    var nobody: TransferError {
        let cause = state.withLock { $0.lastFailure }
        return TransferError(
            code: .noPeers,
            message: cause.map { "no peer can be reached (\($0))" } ?? "no peer has the file",
            hint: "name one with --peer or a tracker with --tracker, or leave out --p2p-only", cause: cause)
    }

    /// Runs something until it ends, or the file is left.
    func whileMember(_ body: @escaping @Sendable () async -> Void) async {
        let (end, continuation) = AsyncStream.makeStream(of: Never.self)
        let isOver = state.withLock { state in
            state.ends.append(continuation)
            return state.isOver
        }
        guard !isOver else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in end {} }
            group.addTask(operation: body)
            await group.next()
            group.cancelAll()
        }
    }

    func leave() async {
        let (members, ends) = state.withLock { state in
            state.isOver = true
            state.inbox = nil
            defer { (state.members, state.ends) = ([:], []) }
            return (Array(state.members.values), state.ends)
        }
        peers.leave(self)
        for end in ends { end.finish() }
        for member in members {
            exchange.disconnected(member.line)
            member.link.unwant(member.tag)
        }
    }
}

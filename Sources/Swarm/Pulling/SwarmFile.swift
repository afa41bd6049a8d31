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
        /// How often it had something, and then nothing any more.
        var losses = 0
        var askedAt: ContinuousClock.Instant
        /// Seconds from the first question to its answer.
        var roundTrip = 0.05
        /// How the exchange of peers calls the connection where this file is concerned.
        let line: PeerExchange.Connection
        /// How much of the file it has, roughly.
        var share = Share.nothing
    }

    enum Share: Sendable { case nothing, something, everything }

    /// What happens to the members.
    enum Event: Sendable {
        case said(Member, PeerEvent, EventBacklog.Hold)
        /// Somebody who knows xorbs alone, and tells of no files.
        case met(Member)
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
    /// How far the file may go from here. Nobody further away hears of it either.
    let access: SeedAccess
    let peers: SwarmPeers
    /// What is told about this node in the file's swarm, and what others tell about the swarm.
    let announced: AnnounceState
    private let state = Mutex(State())

    init(_ key: FileKey, _ access: SeedAccess, of peers: SwarmPeers, announced: AnnounceState) {
        self.access = access
        self.announced = announced
        announced.note(isSupplied: false)
        self.key = key
        self.peers = peers
    }

    private var exchange: PeerExchange { peers.node.exchange }

    // MARK: Members

    /// Whether an address may hear of the file; of a name that is not known before somebody answers.
    func reaches(_ address: PeerAddress) -> Bool { access != .neighbours || address.literal?.isLocal ?? true }

    /// Asks a peer about the file.
    func meet(_ link: PeerLink) {
        guard reaches(link.connection.address) else { return }
        // Whoever is asked for xorbs learns which: of private files that would be too much.
        guard !link.knowsXorbsAlone || key.secret == nil else { return }
        // Under the lock, so that no answer comes before it is known whose it is.
        let news = state.withLock { state -> (Member, (@Sendable (Event) -> Void)?)? in
            guard !state.isOver, state.members[link.number] == nil else { return nil }
            let tag = link.want(key) { [weak self] event in self?.deliver(event, from: link.number) }
            guard let tag else { return nil }
            let line = peers.node.exchange.newConnection()
            let member = Member(link: link, tag: tag, askedAt: .now, line: line)
            state.members[link.number] = member
            return (member, state.inbox)
        }
        if let (member, inbox) = news, link.knowsXorbsAlone { inbox?(.met(member)) }
    }

    private func deliver(_ event: PeerEvent, from number: Int) {
        let news = state.withLock { state -> (Member, (@Sendable (Event) -> Void)?, Bool)? in
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
                member.share = Self.share(of: member)
            case .have(_, let chunks):
                let before = member.availability?.chunks ?? ChunkRanges()
                member.availability?.chunks = before.union(chunks)
                member.share = Self.share(of: member)
            case .absent, .closed:
                if member.availability != nil { member.losses += 1 }
                member.availability = nil
                member.isAbsent = true
                member.share = .nothing
                exchange.disconnected(member.line)
            default: break
            }
            if case .closed = event { state.members[number] = nil } else { state.members[number] = member }
            return (member, state.inbox, Self.areEnough(state.members.values))
        }
        guard let (member, inbox, isSupplied) = news else { return }
        announced.note(isSupplied: isSupplied)
        if case .peers(_, let added, _) = event, exchange.received(added: added, on: member.line) == .hostile {
            member.link.connection.close()
        }
        // Each time all that is planned with the peer is planned anew.
        if member.losses > Self.mostLosses { member.link.connection.close() }
        guard let inbox else { return }
        guard let hold = member.link.backlog.hold(event.unaskedCost) else { return member.link.connection.close() }
        inbox(.said(member, event, hold))
    }

    private static let mostLosses = 100

    private static func share(of member: Member) -> Share {
        guard let availability = member.availability, !availability.chunks.isEmpty else { return .nothing }
        return availability.chunks.contains(0..<availability.chunkCount) ? .everything : .something
    }

    /// Peers with parts of a file that make up for one with all of it.
    private static let enoughParts = 3

    /// Whether no more peers need to be looked for.
    private static func areEnough(_ members: some Collection<Member>) -> Bool {
        members.contains { $0.share == .everything }
            || members.count { $0.share == .something } >= enoughParts
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

    /// Expects nothing more of a peer.
    func giveUp(on number: Int) {
        let (member, isSupplied) = state.withLock { state in
            (state.members.removeValue(forKey: number), Self.areEnough(state.members.values))
        }
        guard let member else { return }
        exchange.disconnected(member.line)
        announced.note(isSupplied: isSupplied)
    }

    /// Whether there is somebody who knows xorbs alone, and whether there are others, or others may come.
    var xorbPeers: (areHere: Bool, areAlone: Bool) {
        state.withLock { state in
            let count = state.members.values.count { $0.link.knowsXorbsAlone }
            return (count > 0, state.hopes == 0 && count == state.members.count)
        }
    }

    /// Whether peers that know xorbs alone can be looked for. Whoever looks for a xorb tells which it is: of files that not
    /// everybody may have that would be too much.
    var canSearchXorbs: Bool { access == .everybody && peers.xorbTrackers != nil }

    /// How many peers were asked.
    var memberCount: Int { state.withLock { $0.members.count } }

    /// What is said where peers are the only source and there is none.
    var nobody: TransferError {
        let (cause, isAlone, isHopeful) = state.withLock { ($0.lastFailure, $0.members.isEmpty, $0.hopes > 0) }
        let message =
            if isAlone, let cause {
                "no peer can be reached (\(cause))"
            } else if isAlone, isHopeful {
                "no peer has come within \(peers.settings.patience.components.seconds) seconds"
            } else {
                "no peer has the file"
            }
        return TransferError(
            code: .noPeers, message: message,
            hint: "see that somebody gives it (`shoal serve`), name a peer with --peer or a tracker with --tracker, "
                + "wait longer with SHOAL_P2P_WAIT, or leave out --p2p-only", cause: cause)
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

internal import SwarmWire

/// All that a tracker knows, as a value: what is announced goes in, neighbours come out, and time is an argument.
struct TrackerState: Sendable {
    let limits: TrackerLimits
    private(set) var peers = PeerTable()
    private(set) var swarms: [Key20: SwarmRecord] = [:]
    private(set) var memberships = 0
    private var random: SplitMix

    /// - Parameter seed: makes the graph; two trackers with one seed hand out the same.
    init(limits: TrackerLimits, seed: UInt64) {
        self.limits = limits
        random = SplitMix(state: seed)
    }

    /// Seconds until a peer should announce again: longer when many do, so that their announces per second stay bounded.
    var interval: Int {
        min(max(limits.interval, memberships / max(1, limits.announcesPerSecond)), max(1_800, limits.interval))
    }

    /// Time that a peer has to announce again before it counts as gone: two intervals and a little.
    private var patience: UInt32 { UInt32(2 * interval + 30) }

    // MARK: Announces

    /// Finds or makes the record of a peer, with what it says of itself now.
    ///
    /// The record must be given back with ``endAnnounce(_:)``, which forgets it if it is in no swarm.
    mutating func beginAnnounce(_ peer: AnnouncingPeer) -> UInt32 {
        let remote = NetAddress(peer.origin.remote)
        let identity = PeerIdentity(id: Key20(peer.id), key: peer.key, address: remote, port: peer.port)
        let number =
            peers.number(of: identity)
            ?? peers.add(PeerRecord(identity: identity, salt: random.next(), network: remote.network))
        let (v4, v6) = peer.origin.addresses(stated: peer.stated)
        if v4 != .none { peers[number].v4 = v4 }
        if v6 != .none { peers[number].v6 = v6 }
        peers[number].port = peer.port
        peers[number].free = peer.capacity.map { Int16(clamping: max(0, $0)) } ?? -1
        return number
    }

    mutating func endAnnounce(_ number: UInt32) { peers.removeIfUnused(number) }

    mutating func announce(
        _ number: UInt32, in id: Key20, _ activity: PeerActivity, wanted: Int, rule: HandingRule, now: UInt32
    ) -> AnnounceAnswer {
        if activity == .stopped {
            let counts = leave(number, id, now: now)
            return .granted(SwarmGrant(counts: counts, peers: []))
        }
        sweepIfDue(id, now: now)
        let known = swarms[id]?.member(number, peers)
        if known == nil, let reason = refusal(of: number, id) { return .refused(reason) }
        let isSeed = activity != .leeching
        join(Member(peer: number, deadline: now &+ patience, isSeed: isSeed), id, isNew: known == nil, now: now)
        if activity == .completed, !(known?.isSeed ?? false) { swarms[id]?.downloads &+= 1 }
        let chosen = neighbours(of: number, in: id, isSeed: isSeed, rule: rule, limit: min(wanted, limits.neighbours))
        let handed = chosen.map { pick in
            HandedPeer(id: peers[pick.peer].identity.id, address: pick.address, port: peers[pick.peer].port)
        }
        if known == nil {
            // A newcomer will connect to those it is told of; who is already here has done so.
            for pick in chosen where peers[pick.peer].free > 0 { peers[pick.peer].free -= 1 }
        }
        return .granted(SwarmGrant(counts: counts(id) ?? .none, peers: handed))
    }

    /// A function of its own, so that nothing holds on to the tables when they are changed next: that would copy them.
    private func neighbours(
        of number: UInt32, in id: Key20, isSeed: Bool, rule: HandingRule, limit: Int
    ) -> [(peer: UInt32, address: NetAddress)] {
        guard limit > 0, let swarm = swarms[id] else { return [] }
        var choice = NeighbourChoice(
            swarm: swarm, peers: peers, asker: number, isSeed: isSeed, rule: rule, limit: limit)
        choice.run()
        return choice.chosen
    }

    /// Why a peer may not join; nil if it may.
    private mutating func refusal(of number: UInt32, _ id: Key20) -> String? {
        if memberships >= limits.memberships { return "the tracker is full" }
        if peers.charges[peers[number].network] ?? 0 >= limits.membershipsPerNetwork {
            return "too many peers from this address"
        }
        if let count = swarms[id]?.members.count { return count >= limits.peersPerSwarm ? "the swarm is full" : nil }
        return swarms.count >= limits.swarms ? "the tracker has too many swarms" : nil
    }

    private mutating func join(_ member: Member, _ id: Key20, isNew: Bool, now: UInt32) {
        swarms[id, default: SwarmRecord()].set(member, peers)
        swarms[id]?.changed = now
        guard isNew else { return }
        peers.joined(member.peer)
        memberships += 1
    }

    private mutating func leave(_ number: UInt32, _ id: Key20, now: UInt32) -> SwarmCounts {
        guard swarms[id]?.member(number, peers) != nil else { return counts(id) ?? .none }
        swarms[id]?.remove(number, peers)
        swarms[id]?.changed = now
        memberships -= 1
        peers.left(number)
        let counts = counts(id) ?? .none
        dropIfEmpty(id, now: now)
        return counts
    }

    // MARK: Time

    /// Seconds between two searches for members that are gone.
    private static let sweepInterval: UInt32 = 15

    private mutating func sweepIfDue(_ id: Key20, now: UInt32) {
        guard let swept = swarms[id]?.swept, now &- swept >= Self.sweepInterval else { return }
        sweep(id, now: now)
    }

    /// Removes the members whose time is over, and a swarm that nothing is left of.
    mutating func sweep(_ id: Key20, now: UInt32) {
        for peer in swarms[id]?.removeGone(now: now) ?? [] {
            memberships -= 1
            peers.left(peer)
        }
        dropIfEmpty(id, now: now)
    }

    private mutating func dropIfEmpty(_ id: Key20, now: UInt32) {
        guard swarms[id]?.members.isEmpty ?? false, let downloads = swarms[id]?.downloads,
            let changed = swarms[id]?.changed
        else { return }
        // Downloads are counted on for a day, unless room is short.
        let isOld = now &- changed >= UInt32(limits.emptySwarmAge)
        if downloads == 0 || isOld || swarms.count > limits.swarms / 2 { swarms[id] = nil }
    }

    // MARK: Figures

    func counts(_ id: Key20) -> SwarmCounts? {
        swarms[id].map { SwarmCounts(complete: $0.complete, incomplete: $0.incomplete, downloads: Int($0.downloads)) }
    }

    var figures: TrackerFigures {
        TrackerFigures(swarms: swarms.count, peers: peers.count, memberships: memberships)
    }

    // MARK: Restoring

    /// Puts back a peer of a snapshot.
    mutating func restore(_ record: PeerRecord) -> UInt32 { peers.number(of: record.identity) ?? peers.add(record) }

    /// Puts back a membership of a snapshot, within the limits.
    mutating func restore(_ member: Member, _ id: Key20, now: UInt32) {
        guard swarms[id]?.member(member.peer, peers) == nil, refusal(of: member.peer, id) == nil else { return }
        join(member, id, isNew: true, now: now)
    }

    mutating func restore(downloads: UInt32, _ id: Key20, now: UInt32) {
        guard downloads > 0, swarms[id] != nil || swarms.count < limits.swarms else { return }
        swarms[id, default: SwarmRecord()].downloads = downloads
        swarms[id]?.changed = now
    }
}

/// Numbers that need not be secret, from a seed that is.
struct SplitMix: Sendable {
    var state: UInt64

    static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    mutating func next() -> UInt64 {
        state &+= Self.step
        return Self.mixed(state)
    }

    /// A number of which each bit depends on all bits of `value`.
    static func mixed(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

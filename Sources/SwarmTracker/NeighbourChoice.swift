/// Chooses whom a peer of a swarm is told about.
struct NeighbourChoice {
    let swarm: SwarmRecord
    let peers: PeerTable
    let asker: UInt32
    /// Whether the asker has everything. It is told of others that have, too: zest says so of itself also while it lacks
    /// the most (p2p.md §1.8).
    let isSeed: Bool
    let rule: HandingRule
    /// Addresses wanted at most.
    let limit: Int

    /// Peers with everything that a peer without is told of before all others.
    private static let seedsFirst = 2
    /// Steps along a ring in search of a peer that can be reached and is not full.
    private static let patience = 16

    private(set) var chosen: [(peer: UInt32, address: NetAddress)] = []

    init(
        swarm: SwarmRecord, peers: PeerTable, asker: UInt32, isSeed: Bool, rule: HandingRule, limit: Int
    ) {
        self.swarm = swarm
        self.peers = peers
        self.asker = asker
        self.isSeed = isSeed
        self.rule = rule
        self.limit = limit
    }

    mutating func run() {
        guard limit > 0 else { return }
        chosen.reserveCapacity(limit)
        if swarm.rings.isEmpty {
            takeAll()
        } else {
            if !isSeed { takeSeeds() }
            takeNeighbours()
        }
    }

    /// The address to tell; nil when the peer is of no use to the asker.
    private func use(_ candidate: UInt32) -> NetAddress? {
        guard candidate != asker else { return nil }
        let record = peers[candidate]
        guard record.port != 0, !chosen.contains(where: { $0.peer == candidate }) else { return nil }
        return rule.address(v4: record.v4, v6: record.v6)
    }

    /// Few members: first those with room, in the order of the ring from the asker on.
    private mutating func takeAll() {
        let members = swarm.members
        let start = peers.index(of: asker, on: 0, count: members.count) { members[$0].peer }
        for wantsFull in [false, true] {
            for step in members.indices where chosen.count < limit {
                let peer = members[(start + step) % members.count].peer
                guard peers[peer].isFull == wantsFull, let address = use(peer) else { continue }
                chosen.append((peer, address))
            }
        }
    }

    private mutating func takeSeeds() {
        let seeds = swarm.seeds
        guard !seeds.isEmpty else { return }
        var index = peers.index(of: asker, on: SwarmRecord.seedRing, count: seeds.count) { seeds[$0] }
        for _ in 0..<min(Self.patience, seeds.count) where chosen.count < min(Self.seedsFirst, limit) {
            let peer = seeds[index % seeds.count]
            index += 1
            if !peers[peer].isFull, let address = use(peer) { chosen.append((peer, address)) }
        }
    }

    private mutating func takeNeighbours() {
        let (swarm, peers) = (swarm, peers)
        for ring in 0..<SwarmRecord.ringCount {
            let count = swarm.members.count
            func at(_ index: Int) -> UInt32 { ring == 0 ? swarm.members[index].peer : swarm.rings[ring - 1][index] }
            let own = peers.index(of: asker, on: ring, count: count, at: at)
            // A peer that does not count as a member (it has just left) stands between two others.
            let isMember = own < count && at(own) == asker
            for step in [1, -1] where chosen.count < limit {
                var index = step > 0 && !isMember ? own - 1 : own
                var full: (UInt32, NetAddress)?
                var found: (UInt32, NetAddress)?
                for _ in 0..<min(Self.patience, count) where found == nil {
                    index = (index + step + count) % count
                    let peer = at(index)
                    guard let address = use(peer) else { continue }
                    if peers[peer].isFull {
                        full = full ?? (peer, address)
                    } else {
                        found = (peer, address)
                    }
                }
                if let pick = found ?? full { chosen.append(pick) }
            }
        }
    }
}

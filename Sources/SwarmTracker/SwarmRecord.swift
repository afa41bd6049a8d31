/// One peer in one swarm.
struct Member: Sendable {
    var peer: UInt32
    /// The second from which on it counts as gone.
    var deadline: UInt32
    var isSeed: Bool
}

/// The peers of one swarm, in rings.
///
/// A peer's neighbours are those before and after it on each ring. Rings are random orders, so their union is a random
/// regular graph: sparse, connected, of small diameter, and one that a peer's coming or going changes at its place only.
/// A membership takes 28 bytes; joining moves what comes after it in the arrays, 20,000 entries at most.
struct SwarmRecord: Sendable {
    /// Ring 0, with all that is known of the members.
    private(set) var members: [Member] = []
    /// Rings 1 to 4; empty while there are so few members that everybody is everybody's neighbour.
    private(set) var rings: [[UInt32]] = []
    /// Those who have everything, on a ring of their own.
    private(set) var seeds: [UInt32] = []
    /// How often the file was completed.
    var downloads: UInt32 = 0
    /// The second of the last change of members or downloads.
    var changed: UInt32 = 0
    /// The second at which members were last looked through for those that are gone.
    var swept: UInt32 = 0

    static let ringCount = 5
    static let seedRing = ringCount
    /// Members from which on rings are kept.
    private static let manyMembers = 24

    var complete: Int { seeds.count }
    var incomplete: Int { members.count - seeds.count }

    /// Where the peer stands on ring 0, or would be put.
    private func index(of peer: UInt32, _ peers: PeerTable) -> Int {
        peers.index(of: peer, on: 0, count: members.count) { members[$0].peer }
    }

    func member(_ peer: UInt32, _ peers: PeerTable) -> Member? {
        let index = index(of: peer, peers)
        return index < members.count && members[index].peer == peer ? members[index] : nil
    }

    /// Adds a member or renews it.
    mutating func set(_ member: Member, _ peers: PeerTable) {
        let index = index(of: member.peer, peers)
        if index < members.count, members[index].peer == member.peer {
            let wasSeed = members[index].isSeed
            members[index] = member
            if wasSeed != member.isSeed { setSeed(member.peer, member.isSeed, peers) }
            return
        }
        members.insert(member, at: index)
        if member.isSeed { setSeed(member.peer, true, peers) }
        if !rings.isEmpty {
            for ring in rings.indices { Self.insert(member.peer, into: &rings[ring], ring + 1, peers) }
        } else if members.count >= Self.manyMembers {
            rings = (1..<Self.ringCount).map { ring in
                members.map { (peers.place($0.peer, on: ring), $0.peer) }.sorted { $0 < $1 }.map(\.1)
            }
        }
    }

    mutating func remove(_ peer: UInt32, _ peers: PeerTable) {
        let index = index(of: peer, peers)
        guard index < members.count, members[index].peer == peer else { return }
        if members[index].isSeed { setSeed(peer, false, peers) }
        members.remove(at: index)
        for ring in rings.indices { Self.remove(peer, from: &rings[ring], ring + 1, peers) }
        dropRingsIfFew()
    }

    /// Removes all whose time is over, and returns them.
    mutating func removeGone(now: UInt32) -> [UInt32] {
        swept = now
        guard members.contains(where: { $0.deadline <= now }) else { return [] }
        let gone = Set(members.lazy.filter { $0.deadline <= now }.map(\.peer))
        members.removeAll { $0.deadline <= now }
        for ring in rings.indices { rings[ring].removeAll { gone.contains($0) } }
        seeds.removeAll { gone.contains($0) }
        dropRingsIfFew()
        return Array(gone)
    }

    private mutating func dropRingsIfFew() {
        if members.count < Self.manyMembers / 2 { rings = [] }
    }

    private mutating func setSeed(_ peer: UInt32, _ isSeed: Bool, _ peers: PeerTable) {
        if isSeed {
            Self.insert(peer, into: &seeds, Self.seedRing, peers)
        } else {
            Self.remove(peer, from: &seeds, Self.seedRing, peers)
        }
    }

    private static func insert(_ peer: UInt32, into ring: inout [UInt32], _ number: Int, _ peers: PeerTable) {
        ring.insert(peer, at: peers.index(of: peer, on: number, count: ring.count) { ring[$0] })
    }

    private static func remove(_ peer: UInt32, from ring: inout [UInt32], _ number: Int, _ peers: PeerTable) {
        let index = peers.index(of: peer, on: number, count: ring.count) { ring[$0] }
        if index < ring.count, ring[index] == peer { ring.remove(at: index) }
    }
}

/// What a peer is known by: its id, and its key or else its address, so that nobody speaks for another.
struct PeerIdentity: Hashable, Sendable {
    var id: Key20
    var proof: UInt64

    /// - Parameter key: what the peer has announced as `key`, a secret between it and the tracker (BEP 3).
    init(id: Key20, key: [UInt8]?, address: NetAddress, port: UInt16) {
        self.id = id
        // FNV-1a; a key is as good as its length, and hashing it only saves room.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        if let key, !key.isEmpty {
            mix(1)
            key.forEach(mix)
        } else {
            mix(2)
            var bytes: [UInt8] = []
            address.appendCompact(port: port, to: &bytes)
            bytes.forEach(mix)
        }
        proof = hash
    }

    init(id: Key20, proof: UInt64) {
        self.id = id
        self.proof = proof
    }
}

/// A peer, however many swarms it is in.
struct PeerRecord: Sendable {
    var identity: PeerIdentity
    var v4 = NetAddress.none
    var v6 = NetAddress.none
    /// 0 when the peer does not listen.
    var port: UInt16 = 0
    /// Places in all rings follow from it.
    var salt: UInt64
    /// Peers that it could serve besides; -1 when it does not say.
    var free: Int16 = -1
    /// Swarms that it is in.
    var swarms: UInt32 = 0
    /// The network that its swarms are charged to.
    var network: UInt64

    var isFull: Bool { free == 0 }
}

/// The peers of all swarms, each under a number that stays the same while it is known.
struct PeerTable: Sendable {
    private(set) var records: [PeerRecord] = []
    private var unused: [UInt32] = []
    private var numbers: [PeerIdentity: UInt32] = [:]
    /// Memberships by network.
    private(set) var charges: [UInt64: Int] = [:]

    var count: Int { numbers.count }

    subscript(_ number: UInt32) -> PeerRecord {
        _read { yield records[Int(number)] }
        _modify { yield &records[Int(number)] }
    }

    func number(of identity: PeerIdentity) -> UInt32? { numbers[identity] }

    mutating func add(_ record: PeerRecord) -> UInt32 {
        let number: UInt32
        if let free = unused.popLast() {
            number = free
            records[Int(number)] = record
        } else {
            number = UInt32(records.count)
            records.append(record)
        }
        numbers[record.identity] = number
        return number
    }

    mutating func joined(_ number: UInt32) {
        records[Int(number)].swarms += 1
        charges[records[Int(number)].network, default: 0] += 1
    }

    /// Notes that a peer has left a swarm; it is forgotten after its last one.
    mutating func left(_ number: UInt32) {
        records[Int(number)].swarms -= 1
        let network = records[Int(number)].network
        let charge = (charges[network] ?? 1) - 1
        charges[network] = charge > 0 ? charge : nil
        removeIfUnused(number)
    }

    mutating func removeIfUnused(_ number: UInt32) {
        let record = records[Int(number)]
        guard record.swarms == 0, numbers[record.identity] == number else { return }
        numbers[record.identity] = nil
        unused.append(number)
    }

    /// The order of peers around a ring: pseudo-random, different on each ring, and the same in every swarm, so that two
    /// peers that share many swarms are neighbours in all of them and need one connection.
    func place(_ number: UInt32, on ring: Int) -> UInt64 {
        SplitMix.mixed(records[Int(number)].salt &+ UInt64(truncatingIfNeeded: ring + 1) &* SplitMix.step)
    }

    /// Where a peer stands in an ordered ring, or would be put.
    func index(of number: UInt32, on ring: Int, count: Int, at: (Int) -> UInt32) -> Int {
        let place = place(number, on: ring)
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            let other = at(middle)
            let otherPlace = self.place(other, on: ring)
            if otherPlace < place || (otherPlace == place && other < number) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

internal import SwarmWire

/// A tracker's state as bytes (docs/tracker.md, "State").
struct TrackerSnapshot {
    private struct Swarm {
        var id: Key20
        var downloads: UInt32
        /// Places in `peers`, seconds left, whether it is a seed.
        var members: [(peer: UInt32, secondsLeft: UInt16, isSeed: Bool)]
    }

    private var time: Int64
    private var peers: [PeerRecord] = []
    private var swarms: [Swarm] = []

    private static let magic = Array("SHTRACK1".utf8)
    /// Seconds after which nobody of a snapshot is believed to be there still.
    private static let maximumAge: Int64 = 3_600
    private static let peerSize = 79
    private static let swarmSize = 28
    private static let memberSize = 7

    static func encode(_ state: TrackerState, now: UInt32, time: Int64) -> [UInt8] {
        var bytes = magic
        let members = state.memberships
        bytes.reserveCapacity(64 + state.peers.count * peerSize + state.swarms.count * swarmSize + members * memberSize)
        bytes.append(bigEndian: time)
        // Numbers of peers have gaps; in the file they have none.
        var places = [UInt32](repeating: .max, count: state.peers.records.count)
        var used: [UInt32] = []
        for swarm in state.swarms.values {
            for member in swarm.members where places[Int(member.peer)] == .max {
                places[Int(member.peer)] = UInt32(used.count)
                used.append(member.peer)
            }
        }
        bytes.append(bigEndian: UInt32(used.count))
        for number in used { append(state.peers[number], to: &bytes) }
        bytes.append(bigEndian: UInt32(state.swarms.count))
        for (id, swarm) in state.swarms {
            bytes.append(contentsOf: id.bytes)
            bytes.append(bigEndian: swarm.downloads)
            bytes.append(bigEndian: UInt32(swarm.members.count))
            for member in swarm.members {
                bytes.append(bigEndian: places[Int(member.peer)])
                bytes.append(bigEndian: UInt16(clamping: member.deadline > now ? member.deadline - now : 0))
                bytes.append(member.isSeed ? 1 : 0)
            }
        }
        bytes.append(bigEndian: checksum(bytes[...]))
        return bytes
    }

    private static func append(_ record: PeerRecord, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: record.identity.id.bytes)
        bytes.append(bigEndian: record.identity.proof)
        for address in [record.v4, record.v6] {
            bytes.append(bigEndian: address.high)
            bytes.append(bigEndian: address.low)
        }
        bytes.append(bigEndian: record.port)
        bytes.append(bigEndian: record.salt)
        bytes.append(bigEndian: record.network)
        bytes.append(record.free < 0 ? 255 : UInt8(clamping: min(record.free, 254)))
    }

    /// FNV-1a: it tells a damaged file, nothing more.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    init(_ bytes: [UInt8]) throws(SwarmWireError) {
        let start = Self.magic.count
        guard bytes.count >= start + 8 + 8, Array(bytes[..<start]) == Self.magic else {
            throw SwarmWireError(.notOurs, "this is no tracker state of this version")
        }
        let end = bytes.count - 8
        let expected = bytes[end...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard Self.checksum(bytes[..<end]) == expected else {
            throw SwarmWireError(.malformed, "the tracker state is damaged: its checksum is wrong")
        }
        time = 0
        var failure: SwarmWireError?
        bytes[start..<end].withUnsafeBytes { raw in
            do throws(SwarmWireError) {
                var reader = WireReader(raw)
                try read(&reader)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private mutating func read(_ reader: inout WireReader) throws(SwarmWireError) {
        time = try reader.integer("the time") as Int64
        let peerCount = Int(try reader.integer("the number of peers") as UInt32)
        guard peerCount <= reader.remaining / Self.peerSize else { throw Self.tooMany }
        peers.reserveCapacity(peerCount)
        for _ in 0..<peerCount { peers.append(try Self.peer(&reader)) }
        let swarmCount = Int(try reader.integer("the number of swarms") as UInt32)
        guard swarmCount <= reader.remaining / Self.swarmSize else { throw Self.tooMany }
        swarms.reserveCapacity(swarmCount)
        for _ in 0..<swarmCount { swarms.append(try swarm(&reader)) }
        try reader.expectEnd()
    }

    private static var tooMany: SwarmWireError {
        SwarmWireError(.tooLarge, "the tracker state claims more entries than it has bytes for")
    }

    private static func peer(_ reader: inout WireReader) throws(SwarmWireError) -> PeerRecord {
        let id = try key(&reader)
        let proof = try reader.integer("a peer") as UInt64
        let v4 = try address(&reader)
        let v6 = try address(&reader)
        let port = try reader.integer("a port") as UInt16
        let salt = try reader.integer("a peer") as UInt64
        let network = try reader.integer("a network") as UInt64
        let free = try reader.byte("a capacity")
        return PeerRecord(
            identity: PeerIdentity(id: id, proof: proof), v4: v4, v6: v6, port: port, salt: salt,
            free: free == 255 ? -1 : Int16(free), network: network)
    }

    private static func key(_ reader: inout WireReader) throws(SwarmWireError) -> Key20 {
        Key20(
            first: try reader.integer("an id") as UInt64, second: try reader.integer("an id") as UInt64,
            third: try reader.integer("an id") as UInt32)
    }

    private static func address(_ reader: inout WireReader) throws(SwarmWireError) -> NetAddress {
        NetAddress(
            high: try reader.integer("an address") as UInt64, low: try reader.integer("an address") as UInt64)
    }

    private func swarm(_ reader: inout WireReader) throws(SwarmWireError) -> Swarm {
        var swarm = Swarm(
            id: try Self.key(&reader), downloads: try reader.integer("a number of downloads") as UInt32,
            members: [])
        let count = Int(try reader.integer("a number of members") as UInt32)
        guard count <= reader.remaining / Self.memberSize else { throw Self.tooMany }
        swarm.members.reserveCapacity(count)
        for _ in 0..<count {
            let peer = try reader.integer("a member") as UInt32
            let secondsLeft = try reader.integer("a member") as UInt16
            let isSeed = try reader.byte("a member") != 0
            guard peer < peers.count else {
                throw SwarmWireError(.malformed, "the tracker state names a peer that it does not have")
            }
            swarm.members.append((peer, secondsLeft, isSeed))
        }
        return swarm
    }

    func add(to state: inout TrackerState, now: UInt32, time current: Int64) {
        let isRecent = current >= time && current - time <= Self.maximumAge
        var numbers: [UInt32] = []
        if isRecent { numbers = peers.map { state.restore($0) } }
        for swarm in swarms {
            if isRecent {
                for member in swarm.members where member.secondsLeft > 0 {
                    // No longer than the tracker itself would wait.
                    let left = min(UInt32(member.secondsLeft), UInt32(2 * state.interval + 30))
                    state.restore(
                        Member(peer: numbers[Int(member.peer)], deadline: now &+ left, isSeed: member.isSeed),
                        swarm.id, now: now)
                }
            }
            state.restore(downloads: swarm.downloads, swarm.id, now: now)
        }
        numbers.forEach { state.endAnnounce($0) }
    }
}

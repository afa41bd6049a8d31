/// Decides whose request is served next: the peer's that has been given the fewest bytes of late, among those whose
/// answers get through.
///
/// Pure: it neither reads nor sends. A peer that asks for much waits behind those who ask for little, and one that reads
/// slowly holds up nobody but itself.
struct UploadScheduler<Job> {
    struct PeerNumber: Hashable {
        fileprivate var number: UInt32
    }

    private struct Peer {
        var jobs: [(id: UInt32?, cost: Int, job: Job)] = []
        /// What it was given, and was told it would be given; raised to the others' level when it comes back.
        var given = 0
        /// Bytes that wait for its socket.
        var unsent = 0
        /// What is being read for it.
        var reading = 0
        var readingCost = 0

        var isActive: Bool { !jobs.isEmpty || reading > 0 || unsent > 0 }
    }

    private let limits: PeerLimits
    private var peers: [PeerNumber: Peer] = [:]
    private var nextNumber: UInt32 = 0
    private var unsent = 0
    private var reading = 0

    /// Bytes that may wait for one socket before its next answer is read.
    private static var readAhead: Int { 4 << 20 }
    /// The same for all sockets together; past it a peer is served only if nothing waits for it.
    private static var readAheadOfAll: Int { 64 << 20 }

    init(limits: PeerLimits) {
        self.limits = limits
    }

    /// Peers that have asked for something or wait for it to come.
    var activePeers: Int { peers.values.reduce(0) { $0 + ($1.isActive ? 1 : 0) } }

    mutating func add() -> PeerNumber {
        nextNumber &+= 1
        let number = PeerNumber(number: nextNumber)
        peers[number] = Peer(given: level)
        return number
    }

    /// What the least served of the active peers was given.
    private var level: Int { peers.values.lazy.filter(\.isActive).map(\.given).min() ?? 0 }

    mutating func remove(_ number: PeerNumber) {
        guard let peer = peers.removeValue(forKey: number) else { return }
        unsent -= peer.unsent
        reading -= peer.reading
    }

    enum Admission {
        case queued
        /// All upload slots are taken.
        case noSlot
        /// The peer has asked for more than it may.
        case tooMuch
    }

    /// Queues a request.
    /// - Parameters:
    ///   - id: the peer's number of it; nil for small questions, which cannot be cancelled and are always taken: their
    ///     number is limited elsewhere.
    ///   - cost: bytes that the answer will have, as far as is known.
    mutating func enqueue(_ job: Job, id: UInt32?, cost: Int, for number: PeerNumber) -> Admission {
        guard let peer = peers[number] else { return .tooMuch }
        if !peer.isActive {
            guard id == nil || activePeers < limits.uploadSlots else { return .noSlot }
            let level = level
            peers[number]?.given = max(peer.given, level)
        }
        let queued = peer.jobs.reduce(peer.unsent + peer.readingCost) { $0 + $1.cost }
        if id != nil {
            guard peer.jobs.count + peer.reading < limits.outstandingRequests,
                queued == 0 || queued + cost <= limits.queuedBytes
            else { return .tooMuch }
        }
        peers[number]?.jobs.append((id, cost, job))
        return .queued
    }

    /// Takes a request out of the queue.
    /// - Returns: whether it was still there.
    mutating func cancel(id: UInt32, for number: PeerNumber) -> Bool {
        guard let index = peers[number]?.jobs.firstIndex(where: { $0.id == id }) else { return false }
        peers[number]?.jobs.remove(at: index)
        return true
    }

    private func mayReadAhead(_ peer: Peer) -> Bool {
        let ahead = peer.unsent + peer.readingCost
        return ahead == 0 || (ahead < Self.readAhead && unsent < Self.readAheadOfAll)
    }

    /// The request to serve now; nil if there is none, or none that may be. Costs the number of peers.
    mutating func next() -> (number: PeerNumber, job: Job, cost: Int)? {
        guard reading < limits.concurrentReads else { return nil }
        var chosen: (number: PeerNumber, given: Int)?
        for (number, peer) in peers where !peer.jobs.isEmpty && mayReadAhead(peer) {
            if peer.given < chosen?.given ?? .max { chosen = (number, peer.given) }
        }
        guard let number = chosen?.number, var peer = peers[number] else { return nil }
        let (_, cost, job) = peer.jobs.removeFirst()
        peer.given += cost
        peer.reading += 1
        peer.readingCost += cost
        peers[number] = peer
        reading += 1
        return (number, job, cost)
    }

    /// A request was read, whatever became of it.
    /// - Parameters:
    ///   - cost: what was expected.
    ///   - bytes: what it became; these wait for the socket now.
    mutating func wasRead(_ number: PeerNumber, cost: Int, bytes: Int) {
        guard var peer = peers[number] else { return }
        peer.given += bytes - cost
        peer.reading -= 1
        peer.readingCost -= cost
        peer.unsent += bytes
        peers[number] = peer
        reading -= 1
        unsent += bytes
    }

    /// Bytes have gone to the socket.
    mutating func wasSent(_ number: PeerNumber, bytes: Int) {
        guard peers[number] != nil else { return }
        peers[number]?.unsent -= bytes
        unsent -= bytes
    }
}

/// Decides whose request is served next: the peer's that has been given the fewest bytes of late, among those whose
/// answers get through.
///
/// Pure: it neither reads nor sends. A peer that asks for much waits behind those who ask for little, and one that reads
/// slowly holds up nobody but itself.
struct UploadScheduler<Job> {
    struct PeerNumber: Hashable {
        fileprivate var number: UInt32
    }

    /// Jobs in the order in which they came. To take the first costs nothing, however many wait behind it.
    private struct Queue {
        private var jobs: [(id: UInt32?, cost: Int, job: Job)] = []
        /// Those before it were taken.
        private var first = 0
        /// What all that wait cost together.
        private(set) var cost = 0

        var count: Int { jobs.count - first }
        var isEmpty: Bool { count == 0 }

        mutating func append(_ job: Job, id: UInt32?, cost: Int) {
            jobs.append((id, cost, job))
            self.cost += cost
        }

        mutating func removeFirst() -> (cost: Int, job: Job) {
            let (_, cost, job) = jobs[first]
            first += 1
            self.cost -= cost
            if first >= 256 ? first * 2 >= jobs.count : first == jobs.count {
                jobs.removeFirst(first)
                first = 0
            }
            return (cost, job)
        }

        mutating func remove(id: UInt32) -> Bool {
            guard let index = jobs[first...].firstIndex(where: { $0.id == id }) else { return false }
            cost -= jobs.remove(at: index).cost
            return true
        }
    }

    private struct Peer {
        var jobs = Queue()
        /// What it was given, and was told it would be given; raised to the others' level when it comes back.
        var given = 0
        /// Bytes that wait for its socket.
        var unsent = 0
        /// What is being read for it.
        var reading = 0
        var readingCost = 0

        /// Bytes that it has asked for and that have not gone.
        var promised: Int { unsent + readingCost + jobs.cost }

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
        guard let place = peers.index(forKey: number) else { return .tooMuch }
        if !peers.values[place].isActive {
            guard id == nil || activePeers < limits.uploadSlots else { return .noSlot }
            peers.values[place].given = max(peers.values[place].given, level)
        }
        if id != nil {
            let queued = peers.values[place].promised
            guard peers.values[place].jobs.count + peers.values[place].reading < limits.outstandingRequests,
                queued == 0 || queued + cost <= limits.queuedBytes
            else { return .tooMuch }
        }
        peers.values[place].jobs.append(job, id: id, cost: cost)
        return .queued
    }

    /// Takes a request out of the queue.
    /// - Returns: whether it was still there.
    mutating func cancel(id: UInt32, for number: PeerNumber) -> Bool {
        peers[number]?.jobs.remove(id: id) ?? false
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
        // In place: a copy of a peer would be one of its whole queue.
        guard let number = chosen?.number, let place = peers.index(forKey: number) else { return nil }
        let (cost, job) = peers.values[place].jobs.removeFirst()
        peers.values[place].given += cost
        peers.values[place].reading += 1
        peers.values[place].readingCost += cost
        reading += 1
        return (number, job, cost)
    }

    /// A request was read, whatever became of it.
    /// - Parameters:
    ///   - cost: what was expected.
    ///   - bytes: what it became; these wait for the socket now.
    mutating func wasRead(_ number: PeerNumber, cost: Int, bytes: Int) {
        guard let place = peers.index(forKey: number) else { return }
        peers.values[place].given += bytes - cost
        peers.values[place].reading -= 1
        peers.values[place].readingCost -= cost
        peers.values[place].unsent += bytes
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

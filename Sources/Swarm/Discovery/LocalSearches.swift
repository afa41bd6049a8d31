internal import SwarmWire

/// What is said on the local network, and when (BEP 14). Pure: time comes in, what to send comes out.
struct LocalSearches: Sendable {
    /// How often.
    struct Pace: Sendable, Hashable {
        /// Between two datagrams to the group.
        var pause: Duration = .seconds(60)
        /// Between two announces of one swarm.
        var interval: Duration = .seconds(300)
        /// Between two answers to one address.
        var answerPause: Duration = .seconds(60)
        /// What a swarm waits for others that are joined at the same moment.
        var gathering: Duration = .milliseconds(20)
    }

    private struct Seat: Sendable {
        var swarm: SwarmID
        var state: AnnounceState
        var deliver: @Sendable ([PeerAddress]) -> Void
        var joined: ContinuousClock.Instant
        var lastSent: ContinuousClock.Instant?
    }

    let pace: Pace
    let cookie: String
    private var seats: [UInt64: Seat] = [:]
    private var nextSeat: UInt64 = 0
    private var lastDatagram: ContinuousClock.Instant?
    private var answered: [PeerAddress: ContinuousClock.Instant] = [:]

    /// Senders whose last answer is remembered.
    private static let maximumAnswered = 1_000

    init(pace: Pace, cookie: String) {
        self.pace = pace
        self.cookie = cookie
    }

    mutating func join(
        _ swarm: SwarmID, _ state: AnnounceState, now: ContinuousClock.Instant,
        _ deliver: @escaping @Sendable ([PeerAddress]) -> Void
    ) -> UInt64 {
        nextSeat += 1
        seats[nextSeat] = Seat(swarm: swarm, state: state, deliver: deliver, joined: now)
        return nextSeat
    }

    mutating func leave(_ number: UInt64) { seats[number] = nil }

    // MARK: Sending

    private func due(_ seat: Seat) -> ContinuousClock.Instant {
        seat.lastSent.map { $0 + pace.interval } ?? seat.joined + pace.gathering
    }

    /// When the next datagram may be sent; nil while nobody waits.
    func nextTime() -> ContinuousClock.Instant? {
        guard let first = seats.values.map(due).min() else { return nil }
        return lastDatagram.map { max(first, $0 + pace.pause) } ?? first
    }

    /// The datagrams to send now, one for each port that peers are to connect to; those that lack something come first.
    ///
    /// A node that does not listen asks as well, for the answers: it names port 1, where nobody will find anybody.
    mutating func datagrams(now: ContinuousClock.Instant) -> [LocalSearch] {
        guard let time = nextTime(), time <= now else { return [] }
        let waiting = seats.filter { due($0.value) <= now }
            .map { (number: $0.key, seat: $0.value, facts: $0.value.state.facts) }
            .sorted { left, right in
                if left.facts.isSeeding != right.facts.isSeeding { return !left.facts.isSeeding }
                return due(left.seat) < due(right.seat)
            }
        guard let port = waiting.first?.facts.port else {
            return datagram(waiting.filter { $0.facts.port == nil }.map { ($0.number, $0.seat.swarm) }, 1, now)
        }
        return datagram(waiting.filter { $0.facts.port == port }.map { ($0.number, $0.seat.swarm) }, port, now)
    }

    private mutating func datagram(
        _ waiting: [(number: UInt64, swarm: SwarmID)], _ port: UInt16, _ now: ContinuousClock.Instant
    ) -> [LocalSearch] {
        var swarms: [SwarmID] = []
        for (number, swarm) in waiting {
            if !swarms.contains(swarm) {
                guard swarms.count < LocalSearch.maximumSwarms else { break }
                swarms.append(swarm)
            }
            seats[number]?.lastSent = now
        }
        guard !swarms.isEmpty else { return [] }
        lastDatagram = now
        return [LocalSearch(port: port, swarms: swarms, cookie: cookie)]
    }

    // MARK: Receiving

    /// What a datagram leads to.
    struct Heard {
        var deliveries: [@Sendable ([PeerAddress]) -> Void] = []
        var peer: PeerAddress?
        /// What to send back to the sender alone, who waits for nobody else's turn then.
        var answer: LocalSearch?
    }

    mutating func heard(_ search: LocalSearch, from sender: IPLiteral, now: ContinuousClock.Instant) -> Heard {
        guard search.cookie != cookie else { return Heard() }
        let wanted = Set(search.swarms)
        let mine = seats.values.filter { wanted.contains($0.swarm) }
        guard !mine.isEmpty else { return Heard() }
        var heard = Heard()
        let peer = PeerAddress(host: sender.description, port: search.port)
        if search.port > 1 {
            heard.peer = peer
            heard.deliveries = mine.map(\.deliver)
        }
        let serving = mine.filter { $0.state.facts.port != nil }
        guard let port = serving.first?.state.facts.port else { return heard }
        if let last = answered[peer], now - last < pace.answerPause { return heard }
        if answered.count >= Self.maximumAnswered { answered = answered.filter { now - $0.value < pace.answerPause } }
        guard answered.count < Self.maximumAnswered else { return heard }
        answered[peer] = now
        let swarms = Set(serving.filter { $0.state.facts.port == port }.map(\.swarm))
        heard.answer = LocalSearch(port: port, swarms: Array(swarms), cookie: cookie)
        return heard
    }
}

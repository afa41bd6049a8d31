internal import SwarmWire

/// The swarms that one tracker is told about, and when each is due. Pure: time comes in, what to do comes out.
struct TrackerSeats: Sendable {
    /// One caller in one swarm.
    struct Seat: Sendable {
        let swarm: SwarmID
        let state: AnnounceState
        let deliver: @Sendable ([PeerAddress]) -> Void
        /// When it is to be announced next.
        var due: ContinuousClock.Instant
        /// What was announced last; nil before the first time.
        var told: AnnounceState.Facts?
        /// When that was.
        var toldAt: ContinuousClock.Instant?
        /// When it is due at the latest, whoever is there.
        var regular: ContinuousClock.Instant?
        /// How often in a row more peers were asked for.
        var searches = 0

        /// Whether it needs more peers. The answer counts where nobody keeps count of what came of it.
        func isLonely(foundPeers: Bool) -> Bool {
            guard told?.isSeeding == false, !state.facts.isSeeding else { return false }
            return !(state.isSupplied ?? foundPeers)
        }
    }

    /// A swarm that was left and must be told so.
    struct Farewell: Sendable {
        var swarm: SwarmID
        var port: UInt16
    }

    /// Goodbyes that are kept while a tracker is away.
    private static let maximumFarewells = 1_000

    private(set) var seats: [UInt64: Seat] = [:]
    private(set) var farewells: [Farewell] = []
    private var nextSeat: UInt64 = 0
    let settings: DiscoverySettings
    /// How long the tracker wants to be left alone after an announce, if it says so.
    private(set) var minimumInterval: Duration?
    /// Swarms that fit into a batch; 0 when the tracker takes none, nil until it has answered once.
    var batchSize: Int?
    private var failures = 0
    /// Before this the tracker is not asked.
    private(set) var quietUntil: ContinuousClock.Instant?

    init(settings: DiscoverySettings) { self.settings = settings }

    mutating func join(
        _ swarm: SwarmID, _ state: AnnounceState, now: ContinuousClock.Instant,
        _ deliver: @escaping @Sendable ([PeerAddress]) -> Void
    ) -> UInt64 {
        nextSeat += 1
        seats[nextSeat] = Seat(swarm: swarm, state: state, deliver: deliver, due: now)
        return nextSeat
    }

    mutating func leave(_ number: UInt64) {
        guard let seat = seats.removeValue(forKey: number), let told = seat.told,
            farewells.count < Self.maximumFarewells
        else { return }
        // Another caller in the same swarm stays.
        guard !seats.values.contains(where: { $0.swarm == seat.swarm }) else { return }
        farewells.append(Farewell(swarm: seat.swarm, port: told.port ?? 0))
    }

    mutating func leaveAll() {
        let (major, minor) = (seats.filter { !$0.value.state.isMinor }, seats.filter(\.value.state.isMinor))
        for number in Array(major.keys) + Array(minor.keys) { leave(number) }
    }

    mutating func takeFarewells(_ count: Int) -> [Farewell] {
        defer { farewells.removeFirst(min(count, farewells.count)) }
        return Array(farewells.prefix(count))
    }

    // MARK: When

    /// Room that comes and goes is no reason to ask more often than this.
    private static let newsPause = Duration.seconds(30)

    /// Brings forward what has changed since it was told: at once when a file is complete or the port is another one;
    /// when room has come or gone, as soon as the tracker may be asked again. Who needs peers begins to look for them,
    /// who has enough ends it.
    mutating func noteChanges(now: ContinuousClock.Instant) {
        for (number, seat) in seats {
            guard let told = seat.told else { continue }
            if let regular = seat.regular, seat.state.isSupplied != nil {
                let isLonely = seat.isLonely(foundPeers: true)
                if isLonely, seat.searches == 0 {
                    seats[number]?.searches = 1
                    let soon = (seat.toldAt ?? now) + search(0, within: regular - now)
                    seats[number]?.due = min(seat.due, max(now, soon))
                } else if !isLonely, seat.searches > 0 {
                    seats[number]?.searches = 0
                    seats[number]?.due = max(seat.due, regular)
                }
            }
            let facts = seat.state.facts
            guard facts != told, let seat = seats[number] else { continue }
            if facts.isSeeding != told.isSeeding || facts.port != told.port {
                seats[number]?.due = min(seat.due, now)
            } else if (facts.capacity == 0) != (told.capacity == 0) {
                let soon = (seat.toldAt ?? now) + newsPause
                seats[number]?.due = min(seat.due, max(now, soon))
            }
        }
    }

    private var newsPause: Duration { max(Self.newsPause, minimumInterval ?? .zero) }

    /// The pause before the tracker is asked for more peers once again. BEP 3 allows it to who needs them. A tracker's
    /// own wish counts as well, but Shoal's means by it those alone who have what they need.
    private func search(_ number: Int, within interval: Duration) -> Duration {
        let grown = min(settings.firstSearch * (1 << min(number, 16)), settings.longestSearch)
        let isOurs = (batchSize ?? 0) > 0
        return min(max(grown, isOurs ? .zero : minimumInterval ?? .zero), interval)
    }

    /// When something is to be done next; nil for never.
    func nextTime() -> ContinuousClock.Instant? {
        let first = farewells.isEmpty ? seats.values.map(\.due).min() : nil
        guard let first else { return farewells.isEmpty ? nil : quietUntil ?? .now }
        return quietUntil.map { max($0, first) } ?? first
    }

    func isQuiet(now: ContinuousClock.Instant) -> Bool { quietUntil.map { now < $0 } ?? false }

    /// Minor swarms that a tracker hears of where each takes a request of its own.
    static let minorSingles = 64

    /// Leaves out minor swarms where the tracker takes no batches: those that joined first count.
    mutating func putOffMinors(now: ContinuousClock.Instant) {
        guard batchSize == 0 else { return }
        let minors = seats.lazy.filter { $0.value.state.isMinor }.map(\.key).sorted()
        let later = now + settings.longestInterval
        for number in minors.dropFirst(Self.minorSingles) { seats[number]?.due = later }
    }

    /// The seats that are due, at most `limit`: minor swarms come last, and before others those that lack something.
    func due(now: ContinuousClock.Instant, limit: Int) -> [(number: UInt64, seat: Seat, facts: AnnounceState.Facts)] {
        let due = seats.filter { $0.value.due <= now }.map { ($0.key, $0.value, $0.value.state.facts) }
        guard due.count > 1 else { return due }
        return Array(
            due.sorted { left, right in
                func order(_ seat: (UInt64, Seat, AnnounceState.Facts)) -> (Int, Int, UInt64) {
                    (seat.1.state.isMinor ? 1 : 0, seat.2.isSeeding ? 1 : 0, seat.0)
                }
                return order(left) < order(right)
            }.prefix(limit))
    }

    // MARK: What came of it

    /// Notes that seats are being announced, so that they will be told goodbye whatever becomes of it.
    mutating func noteTold(_ numbers: [(UInt64, AnnounceState.Facts)], now: ContinuousClock.Instant) {
        for (number, facts) in numbers {
            seats[number]?.told = facts
            seats[number]?.toldAt = now
        }
    }

    mutating func succeeded(interval: Int, minimumInterval: Int?) -> Duration {
        failures = 0
        quietUntil = nil
        self.minimumInterval = minimumInterval.map { min(.seconds($0), .seconds(600)) }
        return min(max(.seconds(interval), settings.shortestInterval), settings.longestInterval)
    }

    /// Sets when a seat is announced again: after the interval, a little earlier or later than others; soon, then less
    /// and less so, while it lacks something and has nobody to get it from.
    mutating func schedule(
        _ number: UInt64, after interval: Duration, foundPeers: Bool, now: ContinuousClock.Instant
    ) {
        guard let seat = seats[number] else { return }
        let regular = now + interval * Double.random(in: 0.9...1)
        seats[number]?.regular = regular
        guard seat.isLonely(foundPeers: foundPeers) else {
            seats[number]?.searches = 0
            seats[number]?.due = regular
            return
        }
        seats[number]?.searches = seat.searches + 1
        let pause = search(seat.searches, within: interval) * Double.random(in: 1...1.1)
        seats[number]?.due = min(regular, now + pause)
    }

    /// Leaves one swarm alone that the tracker refuses.
    mutating func refused(_ number: UInt64, retryAfter: Int?, now: ContinuousClock.Instant) {
        // Nothing was noted there, so there is no goodbye to say.
        seats[number]?.told = nil
        let asked = Duration.seconds(retryAfter ?? 300)
        let pause = min(max(asked, settings.shortestInterval), settings.longestInterval)
        seats[number]?.due = now + pause * Double.random(in: 1...1.2)
    }

    /// Leaves the tracker alone after a failure that is about no swarm in particular.
    mutating func failed(retryAfter: Int?, now: ContinuousClock.Instant) -> Duration {
        let grown = settings.firstRetry * (1 << min(failures, 16))
        failures += 1
        let asked = min(Duration.seconds(retryAfter ?? 0), settings.longestInterval)
        let pause = max(min(grown, settings.longestRetry), asked) * Double.random(in: 0.8...1.2)
        quietUntil = now + pause
        return pause
    }
}

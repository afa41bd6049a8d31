/// What the planner knows of the hub's storage.
struct PlannedOrigin: Sendable {
    var meter = RateMeter()
    var runs: [Int] = []
    var bytesInFlight = 0
    /// Requests at once.
    private(set) var slots: Int
    var notBefore = 0.0
    private var failures = 0
    /// Whether everything that is missing was asked for at once, for want of peers.
    var isAlone = false

    /// More slots are tried while more bring more.
    private var rateBefore = 0.0
    private var lookedAt: Double?
    private var restUntil = 0.0
    private var wasFull = false

    init(slots: Int) { self.slots = slots }

    mutating func begin(_ run: PlannedRun, _ now: Double) {
        runs.append(run.id)
        bytesInFlight += run.bytes
        meter.start(now)
    }

    mutating func end(_ run: PlannedRun, _ now: Double) {
        if runs.count >= slots { wasFull = true }
        runs.removeAll { $0 == run.id }
        bytesInFlight -= run.bytes
        if runs.isEmpty { meter.stop(now) }
    }

    mutating func noteFailure(_ failure: RunFailure, _ now: Double) {
        switch failure {
        case .cancelled: return
        case .deferred: notBefore = now + 0.05
        default:
            failures += 1
            notBefore = now + min(5, 0.5 * Double(failures))
        }
    }

    /// Looks whether more requests at once bring more.
    mutating func adapt(most: Int, least: Int, _ now: Double) {
        guard let rate = meter.rate else { return }
        failures = 0
        guard let before = lookedAt else {
            lookedAt = now
            return
        }
        guard now - before >= 2, wasFull else { return }
        lookedAt = now
        wasFull = false
        if rateBefore > 0, rate < rateBefore * 1.1 {
            if slots > least { slots -= 1 }
            rateBefore = 0
            restUntil = now + 10
            return
        }
        guard now >= restUntil, slots < most else { return }
        rateBefore = rate
        slots += max(1, slots / 2)
        if slots > most { slots = most }
    }
}

/// What the planner knows of a peer.
struct PlannedPeer: Sendable {
    var pieces: PieceSet
    /// Pieces that it said it will have soon, and when it first and last said so.
    var claims: [Int: (first: Double, last: Double)] = [:]
    /// Whether its word about what it will have has proved worthless.
    var isBoaster = false
    /// How often it has fetched a whole, as it said, and then had nothing to give.
    var unkeptWholes = 0
    var roundTrip: Double
    var meter = RateMeter()
    /// Runs asked for and not answered, the oldest first.
    var runs: [Int] = []
    var bytesInFlight = 0
    /// What it may be asked for at once, in bytes, since it refused more; grows with what it answers.
    var mostInFlight = Int.max
    /// When it last sent something, or was first asked for something after it had nothing to do.
    var lastSign: Double
    var isSilent = false
    /// Whether what it has counts as being there.
    var isCounted = true
    var notBefore = 0.0
    var failures = 0
    var delivered: UInt64 = 0
    var isGone = false
    /// Whether it had everything when it came.
    var isSeed = false
    /// The units that it does not have; nil for a peer that gives any pieces.
    var lackedUnits: Set<Int>?
    /// Whether a unit is on its way that should have been here long ago.
    var isSlowWithUnits = false

    init(pieceCount: Int, roundTrip: Double, now: Double) {
        pieces = PieceSet(capacity: pieceCount)
        self.roundTrip = roundTrip
        lastSign = now
    }

    /// Seconds until it has sent `bytes` more than it was asked for; a guess where nothing is known yet.
    func time(for bytes: Int, guess: Double) -> Double {
        Double(bytesInFlight + bytes) / (meter.rate ?? guess) + roundTrip
    }
}

internal import Xet

/// Which of a file's xorbs are looked for at trackers, and when. Pure.
///
/// Peers of zest's kind announce each xorb for itself: those that seed all that they have whole, those that pull one of
/// the first. Few are looked for at a time, from the front of the file on, then once again, longer and longer.
struct XorbSearch: Sendable {
    /// Xorbs that are looked for together.
    static let atOnce = 8
    /// Xorbs of one file that are looked for at all.
    static let most = 32
    /// How long it is waited for those who may say more of a file.
    static let headStart = 2.0
    private static let shortest = 10.0
    private static let longest = 300.0
    /// When to try again where too many others are looking.
    private static let pause = 1.0

    private var next = 0
    private var rounds = 0
    private var due: Double
    private(set) var isRunning = false

    init(due: Double) { self.due = due }

    func isDue(_ now: Double) -> Bool { !isRunning && now >= due }

    /// - Parameter xorbs: those of which something is missing, in the order of the file.
    /// - Returns: which to look for now, and for how many seconds; nil for none.
    mutating func begin(_ xorbs: [XorbHash]) -> (xorbs: [XorbHash], seconds: Double)? {
        let candidates = xorbs.prefix(Self.most)
        guard !candidates.isEmpty else { return nil }
        if next >= candidates.count {
            next = 0
            rounds += 1
        }
        isRunning = true
        let chosen = Array(candidates.dropFirst(next).prefix(Self.atOnce))
        return (chosen, min(Self.longest, Self.shortest * Double(1 << min(rounds, 8))))
    }

    /// - Parameter isDone: whether they were looked for; else it is tried again soon.
    mutating func ended(_ isDone: Bool, _ now: Double) {
        isRunning = false
        if isDone { next += Self.atOnce }
        due = isDone ? now : now + Self.pause
    }
}

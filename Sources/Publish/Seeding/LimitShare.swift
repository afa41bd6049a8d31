/// Divides one limit between torrents and everything else that this process moves in the same direction.
///
/// Both get all of it while the other is silent, and half of it each when both want more. Torrents are told what they
/// may take; what they took is booked against the limit of the others, never more than half, so that the others always
/// get a word in, upon which the torrents give way.
struct LimitShare: Sendable {
    private var lastOthers: UInt64?

    /// - Parameters:
    ///   - limit: bytes per second of both together; nil for none.
    ///   - others: bytes that the others have moved so far.
    ///   - seconds: since the last time.
    /// - Returns: bytes per second for torrents; 0 is no limit.
    mutating func torrents(limit: Int?, own: Int?, others: UInt64, seconds: Double) -> Int {
        let moved = lastOthers.map { others &- min($0, others) } ?? 0
        lastOthers = others
        guard let limit else { return own ?? 0 }
        let rate = seconds > 0 ? Int(min(Double(moved) / seconds, 1e15)) : 0
        let share = max(limit / 2, limit - rate, 1)
        return min(share, own ?? .max)
    }

    /// How many of the bytes that torrents have moved count for the others' limit.
    static func booked(_ moved: Int64, limit: Int, seconds: Double) -> Int {
        Int(min(Double(max(0, moved)), Double(limit) / 2 * max(0, seconds)))
    }
}

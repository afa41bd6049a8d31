/// What was seen of a process, sample after sample: the first ones and the last ones, however many there were.
struct SampleNotes {
    private static let firstKept = 30
    private static let lastKept = 270

    private var first: [String] = []
    private var last: [String] = []
    private var dropped = 0

    mutating func append(_ sample: String) {
        guard first.count >= Self.firstKept else { return first.append(sample) }
        last.append(sample)
        // In lumps: taking away one at a time would move all the others each time.
        if last.count >= 2 * Self.lastKept {
            dropped += last.count - Self.lastKept
            last.removeFirst(last.count - Self.lastKept)
        }
    }

    var text: String {
        let kept = last.suffix(Self.lastKept)
        let missing = dropped + last.count - kept.count
        return first.joined() + (missing > 0 ? "(\(missing) samples left out)\n" : "") + kept.joined()
    }
}

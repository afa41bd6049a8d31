/// Decides whether a file may refer to a short run of known chunks, or had better store them again: a file in too many
/// pieces is slow to read (xet-protocol §7.4).
///
/// The measure is the mean number of chunks per segment over the last 128 segments of the file.
struct FragmentationGuard {
    private static let window = 128
    private static let target = 8.0
    private static let lowTarget = 4.0

    private var segments: [Int] = []
    /// The oldest segment, once the window is full.
    private var oldest = 0
    private var newest = 0
    private var chunks = 0
    /// Whether the file may come down to the low target: until a run was refused, and once the mean is good again.
    private var isAtLowTarget = true

    /// Whether a run of `length` known chunks may start a segment.
    mutating func allows(run length: Int) -> Bool {
        guard segments.count == Self.window else { return true }
        let mean = Double(chunks) / Double(Self.window)
        guard mean < (isAtLowTarget ? Self.lowTarget : Self.target) else {
            isAtLowTarget = true
            return true
        }
        // A run above the mean makes it better.
        guard Double(length) < mean else { return true }
        isAtLowTarget = false
        return false
    }

    /// Notes a new segment.
    mutating func begin(_ length: Int) {
        chunks += length
        if segments.count < Self.window {
            newest = segments.count
            segments.append(length)
        } else {
            chunks -= segments[oldest]
            segments[oldest] = length
            newest = oldest
            oldest = (oldest + 1) % Self.window
        }
    }

    /// Notes that the last segment goes on.
    mutating func extend(_ length: Int) {
        guard !segments.isEmpty else { return begin(length) }
        segments[newest] += length
        chunks += length
    }
}

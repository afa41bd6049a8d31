/// Chooses the scheme for the chunks of a file as they come: it looks at the first chunk of every run and keeps the
/// choice for the whole run (xet-protocol §3.4).
public struct SchemeChooser: Sendable {
    private let policy: CompressionPolicy
    private let runLength: Int
    private var leftInRun = 0
    private var current = CompressionScheme.lz4

    /// - Parameters:
    ///   - policy: whether to look at the data at all.
    ///   - runLength: how many chunks share one decision.
    public init(policy: CompressionPolicy = .automatic, runLength: Int = 32) {
        self.policy = policy
        self.runLength = max(1, runLength)
    }

    /// Starts a new file: its first chunk is looked at again.
    public mutating func beginFile() {
        leftInRun = 0
    }

    /// The scheme for the next chunk.
    public mutating func choose(for chunk: UnsafeRawBufferPointer) -> CompressionScheme {
        switch policy {
        case .fixed(let scheme):
            return scheme
        case .automatic:
            if leftInRun == 0 {
                current = Self.predict(chunk)
                leftInRun = runLength
            }
            leftInRun -= 1
            return current
        }
    }

    /// Predicts whether grouping bytes helps: it does when the four byte positions differ in how many bits they have
    /// set. O(n), several GB/s.
    public static func predict(_ chunk: UnsafeRawBufferPointer) -> CompressionScheme {
        let histogram = PopcountHistogram(chunk)
        return histogram.largestDivergence > 0.02 ? .byteGroupedLZ4 : .lz4
    }
}

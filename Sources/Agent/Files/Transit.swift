internal import ChunkStore
internal import Synchronization
internal import Transfer
internal import Xet

/// A file that is being pulled into the agent's folder, or is there, while clients read it from the start.
final class Transit: PullFollower {
    /// What can be read from some place on.
    struct Stretch: Sendable {
        var end: UInt64
        var isProven: Bool
    }

    enum Outcome: Sendable {
        case complete
        case failed(any Error)
    }

    private struct State {
        var proven = CoverageMap()
        /// Written, but proven by the end of the pull alone.
        var written = CoverageMap()
        var outcome: Outcome?
        var isDisproved = false
        /// Where each reader is.
        var readers: [Int: UInt64] = [:]
        var nextReader = 0
        var idleSince: ContinuousClock.Instant? = .now
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    let hash: FileHash
    let size: UInt64
    /// Where the bytes are.
    let path: String
    private let state = Mutex(State())

    init(hash: FileHash, size: UInt64, path: String) {
        self.hash = hash
        self.size = size
        self.path = path
    }

    // MARK: Readers

    /// - Returns: the reader's number.
    func open(at position: UInt64) -> Int {
        state.withLock { state in
            state.nextReader += 1
            state.readers[state.nextReader] = position
            state.idleSince = nil
            return state.nextReader
        }
    }

    func close(_ reader: Int) {
        state.withLock { state in
            state.readers[reader] = nil
            if state.readers.isEmpty { state.idleSince = .now }
        }
    }

    /// Since when nobody has read it; nil while somebody does.
    var idleSince: ContinuousClock.Instant? { state.withLock { $0.idleSince } }

    var outcome: Outcome? { state.withLock { $0.outcome } }

    /// Whether bytes may have been read that were wrong.
    var isDisproved: Bool { state.withLock { $0.isDisproved } }

    /// Waits until the bytes at a position can be read.
    /// - Throws: what has ended the pull; ``Disproved``; `CancellationError`.
    func wait(_ reader: Int, at position: UInt64) async throws -> Stretch {
        try await wait(reader) { state in
            state.readers[reader] = position
            if let end = state.proven.endOfRun(at: position) { return Stretch(end: end, isProven: true) }
            return state.written.endOfRun(at: position).map { Stretch(end: $0, isProven: false) }
        }
    }

    /// Waits until all of the file is here and proven.
    /// - Throws: as ``wait(_:at:)``.
    func waitForEnd(_ reader: Int) async throws { _ = try await wait(reader) { _ in nil } }

    private func wait(
        _ reader: Int, for find: @escaping @Sendable (inout State) -> Stretch?
    ) async throws -> Stretch {
        while true {
            try Task.checkCancellation()
            let now = try state.withLock { state -> Stretch? in
                let found = find(&state)
                guard !state.isDisproved else { throw Disproved() }
                switch state.outcome {
                case .complete: return Stretch(end: size, isProven: true)
                case .failed(let error): throw error
                case nil: return found
                }
            }
            if let now { return now }
            await sleep(reader) { $0.outcome != nil || $0.isDisproved || find(&$0) != nil }
        }
    }

    /// Returns when something has changed, or the task is cancelled.
    private func sleep(_ reader: Int, unless isReady: @Sendable (inout State) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isLate = state.withLock { state in
                    if isReady(&state) || Task.isCancelled { return true }
                    state.waiting[reader] = continuation
                    return false
                }
                if isLate { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: reader) }?.resume()
        }
    }

    private func wakeAll() {
        let sleepers = state.withLock { state in
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for sleeper in sleepers { sleeper.resume() }
    }

    // MARK: The pull

    var wantedFrom: UInt64? {
        state.withLock { state in
            state.readers.values.map { position in
                state.proven.endOfRun(at: position) ?? state.written.endOfRun(at: position) ?? position
            }.filter { $0 < size }.min()
        }
    }

    func covered(_ stretches: [Range<UInt64>], areProven: Bool) {
        let sleepers = state.withLock { state in
            for stretch in stretches {
                if areProven { state.proven.insert(stretch) } else { state.written.insert(stretch) }
            }
            let awake = state.waiting.keys.filter { reader in
                state.readers[reader].map { position in stretches.contains { $0.contains(position) } } ?? true
            }
            return awake.compactMap { state.waiting.removeValue(forKey: $0) }
        }
        for sleeper in sleepers { sleeper.resume() }
    }

    func disproved() {
        state.withLock { $0.isDisproved = true }
        wakeAll()
    }

    func end(_ outcome: Outcome) {
        state.withLock { $0.outcome = $0.outcome ?? outcome }
        wakeAll()
    }
}

/// Bytes of a file turned out to be wrong after some of them had been read.
struct Disproved: Error {}

extension CoverageMap {
    /// The end of the covered run that has a position; nil when it is not covered. O(log n).
    fileprivate func endOfRun(at position: UInt64) -> UInt64? {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound > position { high = middle } else { low = middle + 1 }
        }
        return low < ranges.count && ranges[low].lowerBound <= position ? ranges[low].upperBound : nil
    }
}

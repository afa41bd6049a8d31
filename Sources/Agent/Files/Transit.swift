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

    private struct Reader {
        var position: UInt64
        /// Whether it has got bytes that nothing had proven.
        var hasUnproven = false
        /// Whether some of them may have been wrong.
        var isMisled = false
    }

    private struct State {
        var proven = CoverageMap()
        /// Written, but proven by the end of the pull alone.
        var written = CoverageMap()
        var outcome: Outcome?
        var isDisproved = false
        /// Where each reader is.
        var readers: [Int: Reader] = [:]
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
            state.readers[state.nextReader] = Reader(position: position)
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

    /// Waits until the bytes at a position can be read.
    /// - Throws: what has ended the pull; ``Disproved``; `CancellationError`.
    func wait(_ reader: Int, at position: UInt64) async throws -> Stretch {
        try await wait(reader) { state in
            state.readers[reader]?.position = position
            if let end = state.proven.endOfRun(at: position) { return Stretch(end: end, isProven: true) }
            guard let end = state.written.endOfRun(at: position) else { return nil }
            state.readers[reader]?.hasUnproven = true
            return Stretch(end: end, isProven: false)
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
                if state.readers[reader]?.isMisled == true { throw Disproved() }
                switch state.outcome {
                case .complete: return Stretch(end: size, isProven: true)
                case .failed(let error): throw error
                case nil: return find(&state)
                }
            }
            if let now { return now }
            await sleep(reader) { state in
                state.outcome != nil || state.readers[reader]?.isMisled == true || find(&state) != nil
            }
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
            state.readers.values.map { reader in
                state.proven.endOfRun(at: reader.position) ?? state.written.endOfRun(at: reader.position)
                    ?? reader.position
            }.filter { $0 < size }.min()
        }
    }

    func covered(_ stretches: [Range<UInt64>], areProven: Bool) {
        let sleepers = state.withLock { state in
            for stretch in stretches {
                if areProven {
                    state.proven.insert(stretch)
                } else if !state.isDisproved {
                    state.written.insert(stretch)
                }
            }
            let awake = state.waiting.keys.filter { reader in
                state.readers[reader].map { known in stretches.contains { $0.contains(known.position) } } ?? true
            }
            return awake.compactMap { state.waiting.removeValue(forKey: $0) }
        }
        for sleeper in sleepers { sleeper.resume() }
    }

    func disproved() {
        state.withLock { state in
            // From now on the end alone proves anything. Who has read nothing yet may wait for that.
            state.isDisproved = true
            state.written = CoverageMap()
            for (number, reader) in state.readers where reader.hasUnproven { state.readers[number]?.isMisled = true }
        }
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
        let run = ranges.partitionPoint { $0.upperBound > position }
        return run < ranges.count && ranges[run].lowerBound <= position ? ranges[run].upperBound : nil
    }
}

import Synchronization

/// How far a body has come, and how far it has been made content: one task receives it, one follows, and each waits here
/// for the other.
final class SpoolProgress: Sendable {
    /// The other side has given up.
    struct Abandoned: Error {}

    /// What may be read by now.
    struct Available: Sendable {
        /// Bytes from the start on.
        var limit: Int
        /// Whether these are all.
        var isComplete: Bool
    }

    private struct State {
        var written = 0
        var consumed = 0
        var isComplete = false
        var isAbandoned = false
        var reader: CheckedContinuation<Void, Never>?
        var writer: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Bytes that are worth a turn at the gate: more than a xorb takes.
    static let burst = 48 << 20
    /// Bytes that the receiver may be ahead, so that little is left to do after the last one.
    static let maximumLead = 192 << 20

    // MARK: The receiver

    /// Notes how much has been written, and waits while that is too far ahead.
    /// - Throws: ``Abandoned`` when nobody follows any more.
    func wrote(upTo written: Int) async throws(Abandoned) {
        change { $0.written = written }
        try await wait(\.writer) { $0.written - $0.consumed < Self.maximumLead }
    }

    func finish() { change { $0.isComplete = true } }

    /// Ends the work of both sides.
    func abandon() { change { $0.isAbandoned = true } }

    // MARK: The follower

    /// Waits until there is enough to read after `offset`, up to which all has been made content.
    func bytes(after offset: Int) async throws(Abandoned) -> Available {
        change { $0.consumed = offset }
        try await wait(\.reader) { $0.isComplete || $0.written - $0.consumed >= Self.burst }
        return state.withLock { Available(limit: $0.written, isComplete: $0.isComplete) }
    }

    // MARK: Waiting

    private func change(_ body: (inout State) -> Void) {
        let waiting = state.withLock { state in
            body(&state)
            defer { (state.reader, state.writer) = (nil, nil) }
            return [state.reader, state.writer]
        }
        for case let continuation? in waiting { continuation.resume() }
    }

    private func wait(
        _ place: any WritableKeyPath<State, CheckedContinuation<Void, Never>?> & Sendable,
        until isReady: @Sendable (borrowing State) -> Bool
    ) async throws(Abandoned) {
        while true {
            let (isDone, isAbandoned) = state.withLock { (isReady($0), $0.isAbandoned) }
            guard !isAbandoned else { throw Abandoned() }
            guard !isDone else { return }
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    guard !state.isAbandoned, !isReady(state) else { return true }
                    state[keyPath: place] = continuation
                    return false
                }
                if goesOn { continuation.resume() }
            }
        }
    }
}

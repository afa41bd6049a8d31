internal import ChunkStore
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Xet
internal import XetClient

/// Asks a CAS about chunks while a push goes on. An answer that does not come, or not soon, counts as "not known".
final class ChunkQueries: Sendable {
    private static let patience = Duration.seconds(5)
    /// How long a batch waits for the answers to its questions.
    private static let longestPause = Duration.milliseconds(400)
    /// Questions under way at once; what exceeds it is not asked.
    private static let limit = 16
    /// Failures in a row after which no more is asked.
    private static let fruitless = 8

    private struct State {
        var running = 0
        var failures = 0
        var arrived: [MappedShard] = []
        var paused = Duration.zero
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let cas: CASClient
    private let cache: ShardCache
    private let pool: NIOThreadPool
    private let logger: Logger
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    init(cas: CASClient, cache: ShardCache, pool: NIOThreadPool, logger: Logger) {
        self.cas = cas
        self.cache = cache
        self.pool = pool
        self.logger = logger
    }

    /// Whether another question may be asked now; each that may is to be followed by ``ask(_:)``.
    func mayAsk() -> Bool {
        state.withLock { state in
            guard state.running < Self.limit, state.failures < Self.fruitless else { return false }
            state.running += 1
            return true
        }
    }

    /// Asks about one chunk; never throws.
    func ask(_ chunk: ChunkHash) async {
        var found: MappedShard?
        var hasFailed = false
        do {
            found = try await answer(chunk)
        } catch {
            hasFailed = !(error is CancellationError)
            logger.debug("chunk query failed", metadata: ["chunk": "\(chunk)", "reason": "\(error)"])
        }
        let waiter = state.withLock { state in
            state.running -= 1
            state.failures = hasFailed ? state.failures + 1 : 0
            if let found { state.arrived.append(found) }
            guard state.running == 0 else { return CheckedContinuation<Void, Never>?.none }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// The answers that came since the last call.
    func takeArrived() -> [MappedShard] {
        state.withLock { state in
            defer { state.arrived = [] }
            return state.arrived
        }
    }

    /// Waits for the questions under way, but not for long, and over a whole push no more than a tenth of its time.
    func pause() async {
        let (allowed, isRunning) = state.withLock { state in
            (min(Self.longestPause, .seconds(2) + (ContinuousClock.now - start) / 10 - state.paused), state.running > 0)
        }
        guard isRunning, allowed > .zero else { return }
        let before = ContinuousClock.now
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.waitForAll() }
            group.addTask {
                try? await Task.sleep(for: allowed)
                self.stopWaiting()
            }
            await group.next()
            group.cancelAll()
        }
        state.withLock { $0.paused += ContinuousClock.now - before }
    }

    private func waitForAll() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    guard state.running > 0, !Task.isCancelled else { return true }
                    state.waiter = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            stopWaiting()
        }
    }

    private func stopWaiting() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    private func answer(_ chunk: ChunkHash) async throws -> MappedShard? {
        let reply = try await withThrowingTaskGroup(of: ByteBuffer?.self) { group in
            group.addTask { try await self.cas.shard(holding: chunk) }
            group.addTask {
                try await Task.sleep(for: Self.patience)
                throw CASError(code: .serverFailure, message: "no answer to a chunk query", isTransient: true)
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let reply else { return nil }
        let cache = cache
        return try await pool.runIfActive {
            let shard = try reply.withUnsafeReadableBytes { bytes throws(XetFormatError) in try Shard(parsing: bytes) }
            // Without an expiry, or past it, the answer is void (xet-protocol §4.8).
            guard shard.isComplete, !shard.isExpired(at: ShardCache.now), !shard.xorbs.isEmpty else { return nil }
            var answer = shard
            answer.files = []
            return try cache.store(answer)
        }
    }
}

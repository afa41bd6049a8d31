internal import ChunkStore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization
internal import Transport
internal import Xet
internal import XetClient

/// The pull of one Xet file: plans what is missing, runs the fetches, and repeats until nothing is missing.
struct XetPull: Sendable {
    let request: XetFileRequest
    let cas: CASClient
    let file: any RandomAccess
    let manifest: ManifestFile?
    let ledger: PullLedger
    let engine: TransferEngine
    let observer: any TransferObserver
    /// A plan that was asked for already.
    var early: EarlyPlan?
    /// Where in the CAS the parts of the file lie, as far as plans have told.
    let terms = TermLog()
    private let counters = Counters()

    private final class Counters: Sendable {
        let network = Atomic<UInt64>(0)
        let unprovedXorbs = Atomic<Int>(0)
    }

    init(
        request: XetFileRequest, cas: CASClient, file: any RandomAccess, manifest: ManifestFile?, ledger: PullLedger,
        engine: TransferEngine, observer: any TransferObserver
    ) {
        self.request = request
        self.cas = cas
        self.file = file
        self.manifest = manifest
        self.ledger = ledger
        self.engine = engine
        self.observer = observer
    }

    var networkBytes: UInt64 { counters.network.load(ordering: .relaxed) }
    var everyXorbProved: Bool { counters.unprovedXorbs.load(ordering: .relaxed) == 0 }

    /// Fetches until every byte of a range is covered, and nothing but the chunks that it touches. Gives up after some
    /// rounds in a row that brought nothing.
    /// - Parameter range: nil means the whole file.
    func fetchMissing(in range: Range<UInt64>? = nil) async throws {
        let range = range ?? 0..<request.size
        var fruitless = 0
        while true {
            let gaps = ledger.gaps(in: range)
            guard !gaps.isEmpty else { return }
            let before = ledger.coveredBytes
            guard let failure = try await fetch(gaps, of: range) else { continue }
            engine.logger.info(
                "fetching again", metadata: ["file": "\(request.name)", "reason": "\(failure)"])
            fruitless = ledger.coveredBytes > before ? 0 : fruitless + 1
            guard isWorthRetrying(failure), fruitless < triesAllowed(after: failure) else { throw named(failure) }
            if !isCorruption(failure), (failure as? CASError)?.code != .expiredURL {
                try await Task.sleep(for: RetryPolicy().delay(attempt: max(0, fruitless - 1), headers: nil))
            }
        }
    }

    /// One round over all gaps.
    /// - Returns: the last failure that another round may cure, or nil when all went well.
    private func fetch(_ gaps: [Range<UInt64>], of range: Range<UInt64>) async throws -> (any Error)? {
        var windows = WindowQueue(gaps: Self.joined(gaps), window: engine.settings.planWindow)
        var queue: [FetchJob] = []
        return try await withThrowingTaskGroup(of: Step.self) { group in
            var running = 0
            var planning = 0
            var failure: (any Error)?
            while true {
                // A file with many small gaps needs many plans: some are asked for at once, but never far ahead.
                while failure == nil, planning < Self.plansAtOnce, queue.count < engine.settings.maximumConnections,
                    let next = windows.take()
                {
                    planning += 1
                    group.addTask { await plan(next.window, of: next.gap, in: range) }
                }
                if running < engine.settings.maximumConnections, !queue.isEmpty {
                    let job = queue.removeFirst()
                    running += 1
                    group.addTask { .fetched(try await outcome(of: job)) }
                    continue
                }
                guard running + planning > 0, let step = try await group.next() else { return failure }
                switch step {
                case .fetched(let outcome):
                    running -= 1
                    if let outcome { failure = outcome }
                case .planned(let gap, .success(let (jobs, end))):
                    planning -= 1
                    queue += jobs
                    if end < gap.upperBound { windows.putBack(end..<gap.upperBound) }
                case .planned(_, .failure(let error)):
                    planning -= 1
                    if isFatal(error) { throw error }
                    failure = error
                }
            }
        }
    }

    private enum Step: Sendable {
        /// The gap that was planned for.
        case planned(Range<UInt64>, Result<(jobs: [FetchJob], end: UInt64), any Error>)
        case fetched((any Error)?)
    }

    /// Plans that are asked for at once.
    private static let plansAtOnce = 4
    /// Fetching this much again costs less than another request.
    private static let cheapBytes: UInt64 = 256 << 10

    private func plan(_ window: Range<UInt64>, of gap: Range<UInt64>, in range: Range<UInt64>) async -> Step {
        do {
            let plan =
                if let known = await early?.take(window) {
                    known
                } else {
                    try await cas.reconstruction(of: request.hash, range: window)
                }
            let planned = try FetchJob.jobs(
                for: plan, startingAt: window.lowerBound, size: request.size, wanted: range)
            terms.note(plan, startingAt: window.lowerBound)
            return .planned(gap, .success(planned))
        } catch {
            return .planned(gap, .failure(error))
        }
    }

    /// Joins gaps that lie close together.
    private static func joined(_ gaps: [Range<UInt64>]) -> [Range<UInt64>] {
        var joined: [Range<UInt64>] = []
        for gap in gaps {
            if let last = joined.last, gap.lowerBound - last.upperBound < cheapBytes {
                joined[joined.count - 1] = last.lowerBound..<gap.upperBound
            } else {
                joined.append(gap)
            }
        }
        return joined
    }

    /// Runs one fetch; failures that another round may cure are returned, the others thrown.
    private func outcome(of job: FetchJob) async throws -> (any Error)? {
        do {
            let isProved = try await engine.receive(
                job, cas: cas, file: file, ledger: ledger, manifest: manifest, name: request.name, observer: observer
            ) { _ = counters.network.add(UInt64($0), ordering: .relaxed) }
            if !isProved { counters.unprovedXorbs.add(1, ordering: .relaxed) }
            return nil
        } catch {
            if isFatal(error) { throw error }
            return error
        }
    }

    private func isFatal(_ error: any Error) -> Bool {
        error is CancellationError || error is StorageError || !isWorthRetrying(error)
    }

    private func isWorthRetrying(_ error: any Error) -> Bool {
        switch error {
        case let error as CASError: error.isTransient
        case let error as TransportError: error.retryAdvice == .soon
        case is TransferError, is XetFormatError: true
        default: false
        }
    }

    private func isCorruption(_ error: any Error) -> Bool { error is XetFormatError || error is TransferError }

    /// Bytes that were wrong twice will be wrong again; a silent network deserves more patience.
    private func triesAllowed(after error: any Error) -> Int {
        isCorruption(error) || (error as? CASError)?.code == .badReply ? 2 : engine.settings.fruitlessTries
    }

    private func named(_ error: any Error) -> any Error {
        switch error {
        case let error as TransferError:
            return TransferError(
                code: error.code, message: "\(request.name): \(error.message)", hint: error.hint, cause: error.cause)
        case let error as XetFormatError:
            return TransferError(
                code: .digestMismatch, message: "\(request.name): the bytes of a xorb are damaged: \(error)",
                hint: "the hub's store or something on the way to it corrupts data; run `shoal pull` again later",
                cause: error)
        default:
            return error
        }
    }
}

/// Cuts gaps into the windows that are planned one at a time.
private struct WindowQueue {
    private var gaps: [Range<UInt64>]
    private let window: UInt64

    init(gaps: [Range<UInt64>], window: UInt64) {
        self.gaps = gaps.reversed()
        self.window = window
    }

    /// Takes the next gap out of the queue, with the window of it that is to be planned now. The rest waits until the
    /// plan tells where it ends: at a chunk's end, which only the plan knows, so that no chunk is fetched twice.
    mutating func take() -> (window: Range<UInt64>, gap: Range<UInt64>)? {
        guard let gap = gaps.popLast() else { return nil }
        return (gap.lowerBound..<min(gap.upperBound, gap.lowerBound + window), gap)
    }

    /// Returns the part of a gap that a plan did not reach.
    mutating func putBack(_ rest: Range<UInt64>) { gaps.append(rest) }
}

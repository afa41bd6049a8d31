internal import ChunkStore
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Transport
internal import Xet

/// The pull of one file by plain HTTP: fetches what is missing in a few ranges at once, until nothing is missing.
struct PlainPull: Sendable {
    private let request: PlainFileRequest
    private let ledger: PlainLedger
    private let engine: TransferEngine
    private let observer: any TransferObserver
    private let source: PlainSource
    private let counters: Counters

    private final class Counters: Sendable {
        let network = Atomic<UInt64>(0)
        /// The most that was ever on disk: what comes again after a restart is no progress.
        let shown: Atomic<UInt64>

        init(shown: UInt64) { self.shown = Atomic(shown) }
    }

    init(request: PlainFileRequest, ledger: PlainLedger, engine: TransferEngine, observer: any TransferObserver) {
        self.request = request
        self.ledger = ledger
        self.engine = engine
        self.observer = observer
        source = PlainSource(request: request, engine: engine)
        counters = Counters(shown: ledger.coveredBytes)
    }

    var networkBytes: UInt64 { counters.network.load(ordering: .relaxed) }
    var sourceName: String { source.name }

    /// Hashes what is left and says whether the file is the wanted one.
    func isRight() async throws -> Bool {
        while try await !engine.pool.runIfActive({ try ledger.finishHash() }) { try Task.checkCancellation() }
        return ledger.isRight
    }

    /// Forgets what was fetched, and from where.
    func restart() async throws {
        source.reset()
        try await engine.pool.runIfActive { try ledger.restart() }
    }

    /// Fetches until every byte is on disk. Gives up after some rounds in a row that brought nothing.
    func fetchMissing() async throws {
        var fruitless = 0
        var hasChanged = false
        while true {
            let gaps = ledger.gaps
            guard !gaps.isEmpty else { return }
            let before = ledger.coveredBytes
            do {
                try await fetch(gaps)
            } catch is PlainSource.Changed {
                guard !hasChanged else {
                    throw TransferError(
                        code: .sourceChanged,
                        message: "\(request.name): \(source.name) changes the file while it is fetched",
                        hint: "run the command again when the source has settled")
                }
                hasChanged = true
                engine.logger.warning("the source changed, starting again", metadata: ["file": "\(request.name)"])
                try await restart()
            } catch let error where isWorthRetrying(error) {
                engine.logger.info("fetching again", metadata: ["file": "\(request.name)", "reason": "\(error)"])
                fruitless = ledger.coveredBytes > before ? 0 : fruitless + 1
                guard fruitless < triesAllowed(after: error) else { throw error }
                try await Task.sleep(for: engine.settings.retries.delay(attempt: max(0, fruitless - 1), headers: nil))
            }
        }
    }

    private func isWorthRetrying(_ error: any Error) -> Bool {
        switch error {
        case let error as TransportError: error.retryAdvice == .soon
        case let error as TransferError: error.code == .badReply
        default: false
        }
    }

    private func triesAllowed(after error: any Error) -> Int {
        error is TransferError ? 2 : engine.settings.fruitlessTries
    }

    /// One round over the gaps. The first range is fetched alone until it is known that ranges are served.
    private func fetch(_ gaps: [Range<UInt64>]) async throws {
        var segments = Segments(gaps: gaps, length: engine.settings.plainRangeBytes)
        guard let first = segments.next() else { return }
        let permit = try await engine.permit(for: request.size, at: request.url)
        let opening = try await open(first, permit)
        if opening.isWhole { return try await drain(opening, permit) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await drain(opening, permit) }
            var running = 1
            while true {
                if running < engine.settings.plainStreams, let segment = segments.next() {
                    running += 1
                    group.addTask {
                        let permit = try await engine.permit(for: request.size, at: request.url)
                        let opening = try await open(segment, permit)
                        // A source that now delivers the whole file would do so for every segment.
                        guard !opening.isWhole else { throw PlainSource.Changed() }
                        try await drain(opening, permit)
                    }
                    continue
                }
                guard try await group.next() != nil else { return }
                running -= 1
            }
        }
    }

    /// Writes what comes to its place; what is on disk already is passed over. Gives the permit back.
    private func drain(_ opening: PlainSource.Opening, _ permit: TransferPermit) async throws {
        do {
            try await write(opening, permit)
            permit.giveBack()
        } catch {
            permit.giveBack(after: error)
            throw error
        }
    }

    private func open(_ range: Range<UInt64>, _ permit: TransferPermit) async throws -> PlainSource.Opening {
        do {
            return try await source.open(range)
        } catch {
            permit.giveBack(after: error)
            throw error
        }
    }

    private func write(_ opening: PlainSource.Opening, _ permit: TransferPermit) async throws {
        let url = opening.response.url
        try await withStallWatchdog(engine.settings.stallTimeout, url: url, what: request.name) { watchdog in
            let piece = PieceRecorder(ledger: ledger)
            var position = opening.range.lowerBound
            do {
                for try await part in opening.response.body {
                    watchdog.noteProgress()
                    permit.note(part.readableBytes)
                    counters.network.add(UInt64(part.readableBytes), ordering: .relaxed)
                    observer.travelled(UInt64(part.readableBytes))
                    guard position + UInt64(part.readableBytes) <= opening.range.upperBound else {
                        throw source.flaw("delivers more than \(opening.range.count) bytes")
                    }
                    try await watchdog.paused { try await store(part, at: position, piece) }
                    position += UInt64(part.readableBytes)
                }
            } catch {
                // What came before the break is good: keep it. The pool would refuse the work of a cancelled task.
                try? piece.close()
                throw error
            }
            try piece.close()
            if position < opening.range.upperBound {
                throw TransportError(
                    code: .interrupted,
                    message: "\(source.name) ended \(request.name) at byte \(position) of \(opening.range.upperBound)",
                    url: url, retryAdvice: .soon)
            }
        }
    }

    private func store(_ part: ByteBuffer, at offset: UInt64, _ piece: PieceRecorder) async throws {
        try await engine.pool.runIfActive {
            try part.withUnsafeReadableBytes { bytes in
                for gap in ledger.gaps(in: offset..<offset + UInt64(bytes.count)) {
                    let start = Int(gap.lowerBound - offset)
                    let slice = UnsafeRawBufferPointer(rebasing: bytes[start..<start + gap.count])
                    try ledger.file.write(slice, at: gap.lowerBound)
                    try ledger.wrote(slice, at: gap.lowerBound)
                    try piece.add(slice, at: gap.lowerBound)
                }
            }
        }
        let covered = ledger.coveredBytes
        let shown = counters.shown.max(covered, ordering: .relaxed).oldValue
        if covered > shown { observer.advanced(request.name, bytes: covered - shown) }
    }
}

/// Cuts gaps into segments, in the order of the file.
private struct Segments {
    private var gaps: [Range<UInt64>]
    private let length: UInt64

    init(gaps: [Range<UInt64>], length: UInt64) {
        self.gaps = gaps.reversed()
        self.length = length
    }

    mutating func next() -> Range<UInt64>? {
        guard let gap = gaps.popLast() else { return nil }
        // A short rest is not worth a request of its own.
        guard UInt64(gap.count) > length + length / 4 else { return gap }
        let cut = gap.lowerBound + length
        gaps.append(cut..<gap.upperBound)
        return gap.lowerBound..<cut
    }
}

/// Joins the writes of one stream into pieces of about a MiB, each with its checksum, for the journal.
///
/// Proof of `@unchecked Sendable`: one stream owns it and awaits each job on the pool before it starts the next.
private final class PieceRecorder: @unchecked Sendable {
    private static let pieceBytes: UInt64 = 1 << 20

    private let ledger: PlainLedger
    private var range: Range<UInt64> = 0..<0
    private var checksum = CRC64NVME()

    init(ledger: PlainLedger) { self.ledger = ledger }

    func add(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws {
        if offset != range.upperBound || range.isEmpty {
            try close()
            range = offset..<offset
        }
        checksum.update(bytes)
        range = range.lowerBound..<offset + UInt64(bytes.count)
        if UInt64(range.count) >= Self.pieceBytes { try close() }
    }

    func close() throws {
        guard !range.isEmpty else { return }
        try ledger.journal(RangeRecord(range: range, checksum: checksum.value))
        range = range.upperBound..<range.upperBound
        checksum = CRC64NVME()
    }
}

internal import ChunkStore
public import NIOCore
internal import NIOPosix
internal import Xet
public import XetClient

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension TransferEngine {
    /// Streams a Xet file, or a part of it, in order, without writing it to disk.
    ///
    /// With a manifest every chunk is verified before it is handed out. Without one a stream of the whole file ends with
    /// an error unless all its chunks hash to the file's hash; a part cannot be checked then, which ``XetByteStream/trust``
    /// says. A stream holds up to two windows of ``TransferSettings/streamWindow`` bytes beside the memory budget.
    /// - Parameter range: bytes of the file; nil means all of it. Clamped to the file's size.
    public func streamXet(
        _ request: XetFileRequest, range: Range<UInt64>? = nil, from cas: CASClient, observer: any TransferObserver
    ) async throws -> XetByteStream {
        let whole = 0..<request.size
        let range = (range ?? whole).clamped(to: whole)
        // The list is mapped, then unlinked: it takes no name and ends with the stream.
        let note = temporaryPath("manifest")
        // Both questions travel at once, so that the first bytes are here after two round trips.
        let start = range.lowerBound..<min(range.lowerBound + firstWindow, range.upperBound)
        let early = range.isEmpty ? nil : EarlyPlan(of: request.hash, window: start, from: cas)
        let manifest =
            range.isEmpty
            ? nil
            : try await manifest(
                of: request, from: cas, partial: PartialFile(path: note, journal: note), candidates: [])
        return XetByteStream(
            engine: self, request: request, range: range, cas: cas, manifest: manifest, early: early, observer: observer
        )
    }

    /// What a stream fetches first; each window after it is twice as long, up to ``TransferSettings/streamWindow``.
    fileprivate var firstWindow: UInt64 { min(1 << 20, settings.streamWindow) }

    func temporaryPath(_ kind: String) -> String {
        let folder = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        return "\(folder)/shoal-\(getpid())-\(hexText((0..<8).map { _ in UInt8.random(in: .min ... .max) })).\(kind)"
    }
}

/// The bytes of a Xet file in order, each part fetched while the one before is used. Reading slowly slows the fetching.
public struct XetByteStream: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer

    let engine: TransferEngine
    let request: XetFileRequest
    let range: Range<UInt64>
    let cas: CASClient
    let manifest: ManifestFile?
    let early: EarlyPlan?
    let observer: any TransferObserver

    /// How the bytes are verified; nil when they cannot be, which is so for a part of a file without manifest.
    public var trust: TrustMode? {
        if manifest != nil { return .manifest }
        return range == 0..<request.size ? .provisional : nil
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let reader: XetStreamReader

        /// - Throws: ``TransferError`` when bytes cannot be made to match; `CASError`, `TransportError`;
        ///   `CancellationError`.
        public mutating func next() async throws -> ByteBuffer? { try await reader.next() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: XetStreamReader(self)) }
}

/// The state of one iteration over a ``XetByteStream``.
///
/// Proof of `@unchecked Sendable`: an iterator is used by one task at a time, and only its `next()` touches the state.
final class XetStreamReader: @unchecked Sendable {
    private static let partBytes: UInt64 = 1 << 20

    private struct Window: Sendable {
        var memory: MemoryWindow
        var range: Range<UInt64>
    }

    private let stream: XetByteStream
    private let pull: LedgerFactory
    private var current: Window?
    private var position: UInt64
    private var length: UInt64
    /// The window after the current one. Unstructured, for it outlives the call of `next()` that starts it; the next call
    /// awaits it, and `deinit` cancels it.
    private var ahead: Task<Window, any Error>?
    /// What ended the stream; the bytes of a window that was lost must not be taken for read.
    private var failure: (any Error)?

    /// One ledger for all windows, so that the root over their chunks can be closed at the end.
    private struct LedgerFactory: Sendable {
        let stream: XetByteStream
        let ledger: PullLedger

        /// Fetches the bytes from `start` on, about `length` of them.
        func load(from start: UInt64, _ length: UInt64) async throws -> Window {
            let end = min(start + length, stream.range.upperBound)
            let memory = MemoryWindow(start..<end)
            var pull = XetPull(
                request: stream.request, cas: stream.cas, file: memory, manifest: stream.manifest, ledger: ledger,
                engine: stream.engine, observer: stream.observer)
            if start == stream.range.lowerBound { pull.early = stream.early }
            let before = ledger.verifiedChunks
            try await pull.fetchMissing(in: start..<end)
            stream.observer.verified(chunks: ledger.verifiedChunks - min(before, ledger.verifiedChunks))
            // The chunk that reaches over the end is here as a whole and will not be fetched again.
            let held = ledger.gaps(in: start..<stream.range.upperBound).first?.lowerBound ?? stream.range.upperBound
            return Window(memory: memory, range: start..<held)
        }
    }

    init(_ stream: XetByteStream) {
        self.stream = stream
        position = stream.range.lowerBound
        length = stream.engine.firstWindow
        let ledger = PullLedger(size: stream.request.size, journal: nil, closesRoot: stream.trust == .provisional)
        pull = LedgerFactory(stream: stream, ledger: ledger)
    }

    deinit { ahead?.cancel() }

    func next() async throws -> ByteBuffer? {
        if let failure { throw failure }
        try Task.checkCancellation()
        guard position < stream.range.upperBound else {
            try close()
            return nil
        }
        let window: Window
        do {
            window = try await self.window()
        } catch {
            failure = error
            throw error
        }
        let end = min(position + Self.partBytes, window.range.upperBound)
        defer { position = end }
        return try window.memory.bytes(position..<end)
    }

    /// The window with the next byte; starts to fetch the one behind it.
    private func window() async throws -> Window {
        if let current, current.range.contains(position) { return current }
        current = nil
        let window: Window
        if let ahead {
            self.ahead = nil
            window = try await withTaskCancellationHandler {
                try await ahead.value
            } onCancel: {
                ahead.cancel()
            }
        } else {
            window = try await pull.load(from: position, length)
        }
        current = window
        if window.range.upperBound < stream.range.upperBound {
            length = min(2 * length, stream.engine.settings.streamWindow)
            ahead = Task { [pull, length] in try await pull.load(from: window.range.upperBound, length) }
        }
        return window
    }

    /// Without a manifest only the end of a whole file shows whether its chunks were the right ones.
    private func close() throws {
        guard stream.trust == .provisional, stream.request.size > 0 else { return }
        guard pull.ledger.closedHash() == stream.request.hash else {
            throw TransferError(
                code: .digestMismatch,
                message: "\(stream.request.name): the bytes that were streamed do not hash to the file's hash",
                hint: "discard what was read; pull the file to have damaged parts fetched again")
        }
    }
}

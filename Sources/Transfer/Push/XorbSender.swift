internal import ChunkStore
internal import Logging
internal import NIOPosix
internal import Synchronization
internal import Xet
internal import XetClient

/// Uploads xorbs, counts what travelled, and notes what the CAS has acknowledged.
final class XorbSender: Sendable {
    private let cas: CASClient
    private let session: PushSession?
    private let pool: NIOThreadPool
    private let logger: Logger
    private let observer: any TransferObserver
    private let sent = Atomic<UInt64>(0)
    private let stored = Mutex<Set<XorbHash>>([])

    init(
        cas: CASClient, session: PushSession?, pool: NIOThreadPool, logger: Logger, observer: any TransferObserver
    ) {
        self.cas = cas
        self.session = session
        self.pool = pool
        self.logger = logger
        self.observer = observer
    }

    var sentBytes: UInt64 { sent.load(ordering: .relaxed) }

    /// The xorbs that the CAS has acknowledged so far.
    var acknowledged: Set<XorbHash> { stored.withLock { $0 } }

    func send(_ body: XorbBody, _ xorb: StoredXorb, _ progress: XorbProgress) async throws {
        _ = try await cas.upload(body) { [self] count in
            sent.add(UInt64(count), ordering: .relaxed)
            observer.travelled(UInt64(count))
            progress.travelled(count)
        }
        progress.finish()
        stored.withLock { _ = $0.insert(xorb.hash) }
        guard let session else { return }
        do {
            try await pool.runIfActive { try session.append(xorb) }
            observer.kept()
        } catch let error as StorageError {
            logger.info("an upload cannot be noted", metadata: ["reason": "\(error.message)"])
        }
    }
}

internal import ChunkStore
internal import NIOCore
internal import NIOPosix
internal import Transport
internal import Xet
internal import XetClient

extension TransferEngine {
    /// Runs one fetch to its end: bytes come in, batches go to a pool thread that decodes, verifies and writes them.
    /// - Parameter arrived: told of each part of network bytes.
    /// - Returns: whether the fetch was a whole xorb that proved its own hash.
    func receive(
        _ job: FetchJob, cas: CASClient, file: any RandomAccess, ledger: PullLedger, manifest: ManifestFile?,
        name: String, observer: any TransferObserver, arrived: @escaping @Sendable (Int) -> Void
    ) async throws -> Bool {
        let receiver = { FetchReceiver(job: job, file: file, ledger: ledger, manifest: manifest, spaces: self.spaces) }
        return try await withReceiver(receiver, job: job) { receiver in
            try await stream(job, cas: cas, into: receiver, name: name, observer: observer, arrived: arrived)
            return try receiver.finish()
        }
    }

    /// Makes a receiver once a connection and its memory are free.
    func withReceiver<R: Sendable>(
        _ make: () -> FetchReceiver, job: FetchJob, _ body: (FetchReceiver) async throws -> R
    ) async throws -> R {
        try await connections.withSlot(at: job.fetch.url) { _ in
            try await memory.withReservation(FetchReceiver.memory(for: job)) { try await body(make()) }
        }
    }

    /// Feeds a receiver from the network until the range ends, and gives up when nothing comes for too long.
    func stream(
        _ job: FetchJob, cas: CASClient, into receiver: FetchReceiver, name: String, observer: any TransferObserver,
        arrived: @escaping @Sendable (Int) -> Void
    ) async throws {
        // The wait for the head has a limit of its own, for a server may ask for patience there.
        let response = try await cas.open(
            job.fetch.url, bytes: job.fetch.bytes, replyTimeout: settings.replyTimeout)
        let host = connections.limit(for: job.fetch.url)
        let pace = paces.begin(expecting: UInt64(job.fetch.bytes.count))
        var isWhole = false
        defer { paces.end(pace, isWhole: isWhole) }
        try await withStallWatchdog(
            settings.stallTimeout, url: job.fetch.url, what: "a xorb", isSlow: { self.paces.isSlow(pace, received: $0) }
        ) { watchdog in
            try await self.read(response, into: receiver, name: name, observer: observer, watchdog) { count in
                watchdog.noteProgress(count)
                host.note(count)
                arrived(count)
            }
        }
        isWhole = true
    }

    /// How long bytes wait for more: over a slow line what is whole is kept and shown at once.
    private static let patience = Duration.seconds(1)

    private func read(
        _ response: HTTPResponse, into receiver: FetchReceiver, name: String, observer: any TransferObserver,
        _ watchdog: StallWatchdog, arrived: (Int) -> Void
    ) async throws {
        var body = response.body.makeAsyncIterator()
        var parts: [ByteBuffer] = []
        var collected = 0
        let clock = ContinuousClock()
        var processed = clock.now
        while true {
            let next: ByteBuffer?
            do {
                next = try await body.next()
            } catch {
                // What came before the break is good: keep it.
                try? await process(parts, with: receiver, name: name, observer: observer)
                throw error
            }
            guard let part = next else { break }
            arrived(part.readableBytes)
            observer.travelled(UInt64(part.readableBytes))
            parts.append(part)
            collected += part.readableBytes
            guard collected >= FetchReceiver.batchBytes || clock.now - processed >= Self.patience else { continue }
            try await watchdog.paused { try await process(parts, with: receiver, name: name, observer: observer) }
            parts.removeAll(keepingCapacity: true)
            collected = 0
            processed = clock.now
        }
        try await watchdog.paused { try await process(parts, with: receiver, name: name, observer: observer) }
    }

    private func process(
        _ parts: [ByteBuffer], with receiver: FetchReceiver, name: String, observer: any TransferObserver
    ) async throws {
        defer { observer.advanced(name, bytes: receiver.takeWritten()) }
        try await pool.runIfActive { try receiver.process(parts) }
    }
}

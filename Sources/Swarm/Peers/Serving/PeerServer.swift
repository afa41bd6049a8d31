internal import Logging
internal import NIOCore
internal import SwarmWire
internal import Synchronization
internal import Transport

/// Answers what peers ask for, out of a library: fairly by bytes, a few answers at a time, each request exactly once.
final class PeerServer: Sendable {
    private struct State {
        var scheduler: UploadScheduler<PeerJob>
        var sessions: [UploadScheduler<PeerJob>.PeerNumber: PeerSession] = [:]
        /// Tasks that read and send.
        var workers = 0
    }

    let library: any SeedLibrary
    let limits: PeerLimits
    let pace: BandwidthLimit?
    let statistics = PeerStatistics()
    let exchange: PeerExchange
    private let state: Mutex<State>

    init(library: any SeedLibrary, limits: PeerLimits, pace: BandwidthLimit?, exchange: PeerExchange) {
        self.exchange = exchange
        self.library = library
        self.limits = limits
        self.pace = pace ?? limits.uploadBytesPerSecond.map(BandwidthLimit.init(bytesPerSecond:))
        state = Mutex(State(scheduler: UploadScheduler(limits: limits)))
    }

    // MARK: Sessions

    /// - Parameter listening: where the peer can be dialled; nil when it does not say.
    func open(
        on channel: any Channel, address: PeerAddress, listening: PeerAddress?, binding: ConnectionBinding?
    ) -> PeerSession {
        state.withLock { state in
            let session = PeerSession(
                channel: channel, address: address, number: state.scheduler.add(), binding: binding,
                audience: address.literal?.isLocal == true ? .neighbours : .everybody, remote: address.literal,
                listening: listening, server: self)
            state.sessions[session.number] = session
            return session
        }
    }

    func remove(_ session: PeerSession) {
        state.withLock { state in
            state.scheduler.remove(session.number)
            state.sessions[session.number] = nil
        }
        // What it held up may go on.
        kick()
    }

    var sessions: [PeerSession] { state.withLock { Array($0.sessions.values) } }

    // MARK: Questions

    /// Queues a request, or refuses it.
    func ask(_ job: PeerJob) {
        let session = job.session
        let admission = state.withLock { state in
            state.scheduler.enqueue(job, id: job.id, cost: job.cost, for: session.number)
        }
        switch admission {
        case .queued: kick()
        case .noSlot: refuse(job, .busy, retryAfter: .seconds(1))
        case .tooMuch: refuse(job, .tooMany, retryAfter: .milliseconds(100))
        }
    }

    /// Answers a request with no.
    func refuse(_ job: PeerJob, _ reason: SwarmMessage.RejectReason, retryAfter: Duration = .zero) {
        let session = job.session
        guard let id = job.id, session.finish(id) != nil else { return }
        if case .xorb(_, _, let xorb, _) = job {
            session.send(ZestMessage.notFound(id: id, xorb: xorb))
        } else {
            session.send(
                SwarmMessage.reject(
                    id: id, retryAfterMilliseconds: UInt32(clamping: retryAfter.milliseconds), reason: reason))
        }
    }

    /// Takes back a request of the peer.
    func cancel(_ id: UInt32, of session: PeerSession) {
        let wasQueued = state.withLock { $0.scheduler.cancel(id: id, for: session.number) }
        let isOpen = session.state.withLock { state in
            guard state.open.contains(id) else { return false }
            if !wasQueued { state.cancelled.insert(id) }
            return true
        }
        guard wasQueued, isOpen, session.finish(id) != nil else { return }
        session.send(SwarmMessage.reject(id: id, retryAfterMilliseconds: 0, reason: .cancelled))
    }

    // MARK: Answers

    /// Makes sure that what can be served is being served.
    private func kick() {
        while let (job, cost) = take() {
            // Ends by itself when nothing is left to be served: each answer is bounded, and nobody waits for it longer
            // than its connection lasts.
            Task { [self] in
                var next: (job: PeerJob, cost: Int)? = (job, cost)
                while let (job, cost) = next {
                    await serve(job, cost: cost)
                    state.withLock { $0.workers -= 1 }
                    next = take()
                }
            }
        }
    }

    private func take() -> (job: PeerJob, cost: Int)? {
        state.withLock { state in
            guard state.workers < limits.concurrentReads, let (_, job, cost) = state.scheduler.next() else {
                return nil
            }
            state.workers += 1
            return (job, cost)
        }
    }

    private func serve(_ job: PeerJob, cost: Int) async {
        let session = job.session
        let answer = await answer(job)
        let bytes = answer?.size ?? 0
        state.withLock { $0.scheduler.wasRead(session.number, cost: cost, bytes: bytes) }
        guard let answer else { return }
        if let pace { try? await pace.take(bytes) }
        let promise = session.channel.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { [self] result in
            if case .success = result {
                let count = answer.content?.readableBytes ?? 0
                statistics.note(sent: count)
                session.sentBytes.wrappingAdd(UInt64(count), ordering: .relaxed)
            }
            state.withLock { $0.scheduler.wasSent(session.number, bytes: bytes) }
            kick()
        }
        session.channel.triggerUserOutboundEvent(PeerOrder.answer(answer.head, answer.content), promise: promise)
    }
}

/// Bytes that have gone to peers.
final class PeerStatistics: Sendable {
    private let bytes = Atomic<Int>(0)

    func note(sent count: Int) { bytes.wrappingAdd(count, ordering: .relaxed) }

    var sentBytes: Int { bytes.load(ordering: .relaxed) }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds.multipliedReportingOverflow(by: 1000).partialValue + attoseconds / 1_000_000_000_000_000
    }
}

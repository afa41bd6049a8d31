internal import Transfer

/// What a transfer tells while it runs, and its result.
public enum TransferEvent<Outcome: Sendable>: Sendable {
    case progress(TransferSnapshot)
    /// The last event.
    case finished(Outcome)
}

/// A transfer as a sequence of events: iterating starts it, ending the iteration or its task cancels it.
///
/// However slow the reader, events do not pile up: only the newest snapshot waits for it, and the transfer is never held
/// up by its progress. Each iteration is a transfer of its own.
public struct TransferEvents<Outcome: Sendable>: AsyncSequence, Sendable {
    public typealias Element = TransferEvent<Outcome>

    let interval: Duration
    let run: @Sendable (any TransferObserver) async throws -> Outcome

    public struct AsyncIterator: AsyncIteratorProtocol {
        var base: AsyncThrowingStream<Element, any Error>.AsyncIterator

        /// - Throws: ``HubError`` when the transfer failed; `CancellationError` when the reading task was cancelled.
        public mutating func next() async throws -> Element? {
            let event = try await base.next()
            if event == nil { try Task.checkCancellation() }
            return event
        }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        let stream = AsyncThrowingStream<Element, any Error>(bufferingPolicy: .bufferingNewest(1)) { continuation in
            // Unstructured: it lives as long as the iteration, whose end cancels it.
            let task = Task { [interval, run] in
                do {
                    let outcome = try await Self.reporting(to: continuation, every: interval, run)
                    continuation.yield(.finished(outcome))
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
        return AsyncIterator(base: stream.makeAsyncIterator())
    }

    private static func reporting(
        to continuation: AsyncThrowingStream<Element, any Error>.Continuation, every interval: Duration,
        _ run: @escaping @Sendable (any TransferObserver) async throws -> Outcome
    ) async throws -> Outcome {
        let meter = ProgressMeter()
        return try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask { try await run(meter) }
            group.addTask {
                while !Task.isCancelled {
                    if let snapshot = meter.news() { continuation.yield(.progress(snapshot)) }
                    try? await Task.sleep(for: interval)
                }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let outcome = result { return outcome }
            }
            throw CancellationError()
        }
    }
}

extension Hub {
    /// ``pull(_:observer:)`` as a sequence of events.
    /// - Parameter interval: the least time between two snapshots.
    public func pullEvents(
        _ request: PullRequest, every interval: Duration = .milliseconds(100)
    ) -> TransferEvents<PullResult> {
        TransferEvents(interval: interval) { [self] observer in try await pull(request, observer: observer) }
    }

    /// ``push(_:observer:)`` as a sequence of events.
    /// - Parameter interval: the least time between two snapshots.
    public func pushEvents(
        _ request: PushRequest, every interval: Duration = .milliseconds(100)
    ) -> TransferEvents<PushResult> {
        TransferEvents(interval: interval) { [self] observer in try await push(request, observer: observer) }
    }
}

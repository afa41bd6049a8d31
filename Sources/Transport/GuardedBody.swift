internal import NIOCore
internal import Synchronization

/// An error of whoever produces the body of a request, which is neither the server's nor the network's.
struct RequestBodyFailure: Error { let cause: any Error }

/// The body of a request that remembers why it could not be produced: the HTTP stack reports a broken exchange.
struct GuardedBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    final class Cause: Sendable {
        private let state = Mutex<RequestBodyFailure?>(nil)

        var value: RequestBodyFailure? { state.withLock { $0 } }

        func note(_ error: any Error) { state.withLock { $0 = $0 ?? RequestBodyFailure(cause: error) } }
    }

    let base: AsyncThrowingStream<ByteBuffer, any Error>
    let failure = Cause()

    init(base: AsyncThrowingStream<ByteBuffer, any Error>) { self.base = base }

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: AsyncThrowingStream<ByteBuffer, any Error>.AsyncIterator
        let failure: Cause

        mutating func next() async throws -> ByteBuffer? {
            do {
                return try await base.next()
            } catch {
                // A cancelled exchange cancels its body: the cause lies elsewhere then.
                if !(error is CancellationError) { failure.note(error) }
                throw error
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator(), failure: failure) }
}

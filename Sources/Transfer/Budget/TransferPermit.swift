internal import Synchronization

/// The right to one connection and the memory that it buffers, given back when the value goes away.
final class TransferPermit: Sendable {
    private let engine: TransferEngine
    private let memory: Int
    private let host: HostLimit
    private let isHeld = Mutex(true)

    /// Takes over what is reserved already.
    fileprivate init(engine: TransferEngine, memory: Int, host: HostLimit) {
        self.engine = engine
        self.host = host
        self.memory = memory
    }

    deinit { giveBack() }

    /// Bytes that have passed.
    func note(_ count: Int) { host.note(count) }

    /// Gives it back now, for whoever outlives the use; a second call does nothing.
    /// - Parameter error: what the exchange ended with.
    func giveBack(after error: (any Error)? = nil) {
        let wasHeld = isHeld.withLock { held in
            defer { held = false }
            return held
        }
        guard wasHeld else { return }
        engine.memory.release(memory)
        host.release(failed: error.map(HostLimit.isOverload) ?? false)
    }
}

extension TransferEngine {
    /// Waits for a connection and for the memory of its buffers.
    /// - Parameters:
    ///   - bytes: what the exchange brings at most.
    ///   - url: where it goes first.
    func permit(for bytes: UInt64, at url: String) async throws -> TransferPermit {
        let amount = Int(min(UInt64(FetchReceiver.networkBytes), bytes))
        let host = connections.limit(for: url)
        try await host.acquire()
        do {
            try await memory.acquire(amount)
        } catch {
            host.release(failed: false)
            throw error
        }
        return TransferPermit(engine: self, memory: amount, host: host)
    }
}

internal import Synchronization

/// The right to one connection and the memory that it buffers, given back when the value goes away.
final class TransferPermit: Sendable {
    private let engine: TransferEngine
    private let memory: Int
    private let isHeld = Mutex(true)

    /// Takes over what is reserved already.
    fileprivate init(engine: TransferEngine, memory: Int) {
        self.engine = engine
        self.memory = memory
    }

    deinit { giveBack() }

    /// Gives it back now, for whoever outlives the use; a second call does nothing.
    func giveBack() {
        let wasHeld = isHeld.withLock { held in
            defer { held = false }
            return held
        }
        guard wasHeld else { return }
        engine.memory.release(memory)
        engine.connections.release(1)
    }
}

extension TransferEngine {
    /// Waits for a connection and for the memory of its buffers.
    /// - Parameter bytes: what the exchange brings at most.
    func permit(for bytes: UInt64) async throws -> TransferPermit {
        let amount = Int(min(UInt64(FetchReceiver.networkBytes), bytes))
        try await connections.acquire(1)
        do {
            try await memory.acquire(amount)
        } catch {
            connections.release(1)
            throw error
        }
        return TransferPermit(engine: self, memory: amount)
    }
}

/// The right to one connection and the memory that it buffers, given back when the value goes away.
final class TransferPermit: Sendable {
    private let engine: TransferEngine
    private let memory: Int

    /// Takes over what is reserved already.
    fileprivate init(engine: TransferEngine, memory: Int) {
        self.engine = engine
        self.memory = memory
    }

    deinit {
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

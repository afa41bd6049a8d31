internal import NIOCore
internal import Synchronization

/// Buffers for the pieces of a body that is being sent, used again as soon as the connection has let go of them: new
/// memory for each piece would cost more than filling it.
final class PieceRing: Sendable {
    private struct State {
        var buffers = [ByteBuffer](repeating: ByteBuffer(), count: 4)
        var turn = 0
    }

    private let state = Mutex(State())

    /// A copy of some bytes.
    func copy(of bytes: UnsafeRawBufferPointer) -> ByteBuffer {
        state.withLock { state in
            state.turn = (state.turn + 1) % state.buffers.count
            // Takes other memory if the connection still holds this.
            state.buffers[state.turn].clear(minimumCapacity: bytes.count)
            state.buffers[state.turn].writeBytes(bytes)
            return state.buffers[state.turn]
        }
    }
}

internal import Synchronization
internal import Xet
internal import XetClient

/// A plan that is asked for before it is sure to be needed, while something else is on its way.
final class EarlyPlan: Sendable {
    private let window: Range<UInt64>
    private let isTaken = Mutex(false)
    /// Unstructured, for it begins before what uses it; `deinit` cancels it.
    private let task: Task<Reconstruction, any Error>

    init(of file: FileHash, window: Range<UInt64>, from cas: CASClient) {
        self.window = window
        task = Task { try await cas.reconstruction(of: file, range: window) }
    }

    deinit { task.cancel() }

    /// The plan, once, if it is for this window and came. Whoever gets nil asks again, and meets the failure there: the
    /// addresses of a plan do not last.
    func take(_ window: Range<UInt64>) async -> Reconstruction? {
        guard window == self.window else { return nil }
        let isFirst = isTaken.withLock { taken in
            defer { taken = true }
            return !taken
        }
        guard isFirst else { return nil }
        return await withTaskCancellationHandler {
            try? await task.value
        } onCancel: {
            task.cancel()
        }
    }
}

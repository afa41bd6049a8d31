internal import Synchronization
internal import Transfer
internal import Xet
internal import XetClient

/// Fetches the small files of a pull in batches: whoever wants one sets off the fetch of those that come after it as well.
final class SmallFileBatches: Sendable {
    private typealias Batch = Task<[FileHash: SmallFile], Never>

    private struct State {
        /// Files that no batch has yet, in the order in which they will be wanted.
        var pending: ArraySlice<XetFileRequest>
        /// The batch that brings a file, until the file has been handed out.
        var batches: [FileHash: Batch] = [:]
        var isClosed = false
    }

    private let engine: TransferEngine
    private let storage: CASClient
    private let observer: any TransferObserver
    private let state: Mutex<State>

    /// - Parameter requests: files of the pull that are not there yet, in the order in which they will be wanted; what is
    ///   not small is left out.
    init(
        _ requests: some Sequence<XetFileRequest>, engine: TransferEngine, storage: CASClient,
        observer: any TransferObserver
    ) {
        self.engine = engine
        self.storage = storage
        self.observer = observer
        var seen = Set<FileHash>()
        let small = requests.filter { Self.isSmall($0) && seen.insert($0.hash).inserted }
        // Alone, a file comes sooner the usual way.
        state = Mutex(State(pending: small.count > 1 ? small[...] : []))
    }

    private static func isSmall(_ request: XetFileRequest) -> Bool {
        (1...TransferEngine.largestSmallFile).contains(request.size)
    }

    /// The verified content of a file; nil when it must be fetched by itself.
    func content(of request: XetFileRequest) async -> SmallFile? {
        guard Self.isSmall(request), let batch = batch(with: request.hash) else { return nil }
        let files = await withTaskCancellationHandler {
            await batch.value
        } onCancel: {
            batch.cancel()
        }
        return files[request.hash]
    }

    /// Ends what is still under way for nobody.
    func close() {
        let batches = state.withLock { state in
            state.isClosed = true
            state.pending = []
            defer { state.batches = [:] }
            return Array(state.batches.values)
        }
        for batch in batches { batch.cancel() }
    }

    private func batch(with hash: FileHash) -> Batch? {
        state.withLock { state in
            if let batch = state.batches.removeValue(forKey: hash) { return batch }
            // Files are wanted roughly in order; those that were passed over were found on the disk.
            guard !state.isClosed, let start = state.pending.firstIndex(where: { $0.hash == hash }) else { return nil }
            var members: [XetFileRequest] = []
            var bytes: UInt64 = 0
            let limit = TransferEngine.smallFilesAtOnce
            for request in state.pending[start...] {
                guard members.count < limit.count, bytes + request.size <= limit.bytes else { break }
                members.append(request)
                bytes += request.size
            }
            state.pending.removeSubrange(start..<start + members.count)
            // Cancelled by the first of those who wait for it, or by `close()`.
            let batch = Batch { [engine, storage, observer] in
                await engine.smallFiles(members, from: storage, observer: observer)
            }
            for member in members.dropFirst() { state.batches[member.hash] = batch }
            return batch
        }
    }
}

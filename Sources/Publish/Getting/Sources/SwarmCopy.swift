package import NIOCore
internal import PublishWire
internal import Synchronization
package import Transfer

/// Enters the Xet swarm of a file.
package typealias SwarmEntry = @Sendable (_ request: XetFileRequest) -> any PeerFile

/// Tells how the Xet swarms of a model are entered.
/// - Parameters:
///   - names: what rules may call the model.
///   - isPublic: whether everybody may know of it.
/// - Returns: nil where nobody is to be asked for it.
package typealias SwarmOpening = @Sendable (_ names: [String], _ isPublic: Bool) -> SwarmEntry?

/// Peers that have files of a torrent by their Xet hashes, whatever they know of torrents.
///
/// It enters the swarms of a few files at a time, the largest first: each costs a question at every tracker. As long as
/// nobody has answered there, it is not asked for anything.
package final class SwarmCopy: RangeSource {
    private struct Entry {
        var file: any PeerFile
        var since = ContinuousClock.now
    }

    private struct State {
        var entries: [Int: Entry] = [:]
        /// Files whose swarms are still to be entered.
        var waiting: [Int]
    }

    /// Swarms at a time.
    private static let most = 16
    /// After that long a swarm where nobody has anything makes room for another.
    private static let patience = Duration.seconds(20)

    package let name = "the Xet swarm"
    package let kind = SourceKind.swarm
    package let knowsRanges = true
    package let isPaced = true
    private let files: [Int: XetFileRequest]
    private let enter: SwarmEntry
    private let state: Mutex<State>

    /// - Parameter files: by place in the metainfo.
    package init(_ files: [Int: XetFileRequest], entering enter: @escaping SwarmEntry) {
        self.files = files
        self.enter = enter
        state = Mutex(State(waiting: files.sorted { ($1.value.size, $0.key) < ($0.value.size, $1.key) }.map(\.key)))
        enterMore()
    }

    private func enterMore() {
        state.withLock { state in
            while state.entries.count < Self.most, !state.waiting.isEmpty {
                let place = state.waiting.removeFirst()
                if let request = files[place] { state.entries[place] = Entry(file: enter(request)) }
            }
        }
    }

    /// Leaves the swarms of files that are here, and enters others.
    /// - Parameter missing: files that are not, by place in the metainfo.
    package func update(missing: Set<Int>) async {
        let left = state.withLock { state -> [any PeerFile] in
            state.waiting.removeAll { !missing.contains($0) }
            let now = ContinuousClock.now
            let isCrowded = !state.waiting.isEmpty
            let over = state.entries.filter { place, entry in
                !missing.contains(place)
                    || (isCrowded && now - entry.since > Self.patience && !entry.file.isHeld)
            }
            for place in over.keys.sorted() {
                state.entries[place] = nil
                // Somebody may come yet.
                if missing.contains(place) { state.waiting.append(place) }
            }
            return over.values.map(\.file)
        }
        for file in left { await file.leave() }
        enterMore()
    }

    /// Leaves all swarms.
    package func leave() async {
        let left = state.withLock { state in
            defer { (state.entries, state.waiting) = ([:], []) }
            return state.entries.values.map(\.file)
        }
        for file in left { await file.leave() }
    }

    package var isReady: Bool { state.withLock { $0.entries.values.contains { $0.file.isHeld } } }

    private func entry(_ file: SourceFile) -> (any PeerFile)? { state.withLock { $0.entries[file.index]?.file } }

    package func mayHave(_ file: SourceFile) -> Bool { entry(file)?.isHeld ?? false }

    package func mayHave(_ file: SourceFile, _ range: Range<Int64>) -> Bool {
        entry(file)?.mayHave(UInt64(range.lowerBound)..<UInt64(range.upperBound)) ?? false
    }

    package func read(
        _ file: SourceFile, _ range: Range<Int64>, _ take: @Sendable (ByteBuffer) async throws -> Bool
    ) async throws {
        guard let entry = entry(file) else { throw SourceFault(.lacksFile, "\(file.path) is not asked for in \(name)") }
        do {
            try await entry.read(UInt64(range.lowerBound)..<UInt64(range.upperBound), take)
        } catch let error as TransferError {
            throw SourceFault(.transient, error.message)
        }
    }
}

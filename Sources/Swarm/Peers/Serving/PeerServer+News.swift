internal import SwarmWire
internal import Synchronization
internal import Xet

/// Peers are told what is new of the files they have asked about: up to a hundred times a second while they are few, ten
/// times while they are many.
extension PeerServer {
    /// How long news are gathered. What a peer fetches before it has heard that another does so too is fetched twice:
    /// on fast links a tenth of a second is megabytes.
    private var newsPeriod: Duration { .milliseconds(min(100, max(10, 2 * sessions.count))) }

    private struct News: Sendable {
        var files: Set<FileHash> = []
        /// What was told about chunks that are not here.
        var coming: [FileHash: ChunkRanges] = [:]
        var hearsay: [FileHash: ChunkRanges] = [:]
        var everything = false
        var isTimerSet = false
    }

    private final class Gathered: Sendable {
        let news = Mutex(News())
    }

    /// Follows the library until the task is cancelled.
    func tellNews() async {
        let gathered = Gathered()
        let changes = library.changes
        await withDiscardingTaskGroup { group in
            for await change in changes {
                let setsTimer = gathered.news.withLock { news in
                    switch change {
                    case .gained(let file, _), .completed(let file), .lost(let file): news.files.insert(file)
                    case .coming(let file, let chunks, false):
                        news.coming[file] = (news.coming[file] ?? ChunkRanges()).union(chunks)
                    case .coming(let file, let chunks, true):
                        news.hearsay[file] = (news.hearsay[file] ?? ChunkRanges()).union(chunks)
                    case .many: news.everything = true
                    }
                    defer { news.isTimerSet = true }
                    return !news.isTimerSet
                }
                guard setsTimer else { continue }
                group.addTask { [self] in
                    try? await Task.sleep(for: newsPeriod)
                    let found = gathered.news.withLock { news in
                        defer { news = News() }
                        return news
                    }
                    await tell(found)
                }
            }
        }
    }

    private func tell(_ news: News) async {
        for session in sessions {
            let interests = session.state.withLock { $0.interests.filter(\.value.isResolved) }
            for (tag, interest) in interests {
                await tell(about: tag, interest, news, to: session)
                // Who was told that there is a file may know what becomes of it.
                guard let file = session.file(tag), session.isTold(tag) else { continue }
                if let chunks = news.coming[file.hash] {
                    session.send(SwarmMessage.coming(tag: tag, isHearsay: false, chunks: chunks))
                }
                if let chunks = news.hearsay[file.hash] {
                    session.send(SwarmMessage.coming(tag: tag, isHearsay: true, chunks: chunks))
                }
            }
        }
    }

    private func tell(
        about tag: UInt32, _ interest: PeerSession.Interest, _ news: News, to session: PeerSession
    ) async {
        guard let binding = session.binding else { return }
        var file = interest.file
        // A file that was not here when the peer asked may be here now.
        if file == nil {
            file = await library.key(of: interest.id).flatMap { key in
                key.accepts(interest.proof, by: .asking, on: binding) ? key : nil
            }
        }
        guard let file, news.everything || news.files.contains(file.hash) else { return }
        let holding = await library.holding(of: file.hash, for: session.audience(for: file))
        session.settle(tag, file: file, holding: holding)
    }
}

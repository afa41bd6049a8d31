internal import SwarmWire
internal import Synchronization

/// Hands on what the session tells: to those who wait for an answer, and to those who listen.
final class News: Sendable {
    enum Topic: Hashable, Sendable { case all }

    let waiters = Waiters()
    let events = Listeners<Topic, TorrentEvent>()
    let items = ItemSearches()
    let peers = Listeners<[UInt8], [PeerAddress]>()
    let channels = Listeners<TorrentID, GossipEvent>()
    private let known = Mutex<Set<TorrentID>>([])

    /// The torrents that were begun and not removed.
    var torrents: [TorrentID] {
        known.withLock { $0.sorted { $0.value < $1.value } }
    }

    func begun(_ torrent: TorrentID) {
        known.withLock { _ = $0.insert(torrent) }
    }

    /// Ends all waiting for one torrent.
    func forget(_ torrent: TorrentID) {
        known.withLock { _ = $0.remove(torrent) }
        waiters.answerAll(of: torrent, .failed(.unknown(torrent)))
    }

    func take(_ event: EngineEvent) {
        switch event {
        case .told(let event):
            answer(event)
            events.tell(event, to: .all)
        case .resumeData(let torrent, .success(let bytes)): waiters.answer(.resumeData(torrent), .bytes(bytes))
        case .resumeData(let torrent, .failure(let error)): waiters.answer(.resumeData(torrent), .failed(error))
        case .removed(let torrent): waiters.answer(.removed(torrent), .yes)
        case .statistics(let nodes): waiters.answer(.statistics, .number(nodes))
        case .put(let name, let sequence, let nodes): waiters.answer(.put(name, sequence), .number(nodes))
        case .item(let name, let item, let isLast): items.take(item, of: name, isLast: isLast)
        case .peers(let id, let addresses): peers.tell(addresses, to: id)
        case .channel(let torrent, let event): channels.tell(event, to: torrent)
        case .dropped: waiters.answerAll(.none)
        }
    }

    func close() {
        waiters.close()
        events.close()
        items.close()
        peers.close()
        channels.close()
    }

    private func answer(_ event: TorrentEvent) {
        switch event {
        case .metadata(let torrent): waiters.answer(.metadata(torrent), .yes)
        case .checked(let torrent): waiters.answer(.checked(torrent), .yes)
        case .piece(let torrent, let piece): waiters.answer(.piece(torrent, piece), .yes)
        case .wrongPiece(let torrent, let piece, _): waiters.answer(.piece(torrent, piece), .no)
        case .failed(let torrent, let error): waiters.answerAll(of: torrent, .failed(error))
        case .finished, .complaint, .announced: break
        }
    }
}

internal import CTorrent
internal import PublishWire
internal import SwarmWire

/// What the C session tells, in Swift's values.
enum EngineEvent: Sendable {
    case told(TorrentEvent)
    case resumeData(TorrentID, Result<[UInt8], TorrentError>)
    case removed(TorrentID)
    case statistics(nodes: Int)
    case put(ItemName, sequence: Int64, nodes: Int)
    case item(ItemName, SignedItem?, isLast: Bool)
    case peers(id: [UInt8], [PeerAddress])
    case channel(TorrentID, GossipEvent)
    /// Some events were lost.
    case dropped

    init?(_ event: borrowing ctorrent_event) {
        let torrent = TorrentID(event.torrent)
        let text = event.text.map { String(cString: $0) }
        switch event.kind {
        case CTORRENT_METADATA: self = .told(.metadata(torrent))
        case CTORRENT_CHECKED: self = .told(.checked(torrent))
        case CTORRENT_PIECE: self = .told(.piece(torrent, Int(event.number)))
        case CTORRENT_WRONG_PIECE:
            self = .told(.wrongPiece(torrent, Int(event.number), peer: text.flatMap { PeerAddress($0) }))
        case CTORRENT_FINISHED: self = .told(.finished(torrent))
        case CTORRENT_FAILED: self = .told(.failed(torrent, TorrentError(code: event.code, text: text ?? "It failed.")))
        case CTORRENT_COMPLAINT: self = .told(.complaint(torrent, text ?? ""))
        case CTORRENT_ANNOUNCED:
            self = .told(.announced(torrent, tracker: text ?? "", peers: Int(event.number)))
        case CTORRENT_RESUME_DATA: self = .resumeData(torrent, .success(event.bytes.array))
        case CTORRENT_RESUME_FAILED:
            self = .resumeData(torrent, .failure(TorrentError(code: event.code, text: text ?? "It was not saved.")))
        case CTORRENT_REMOVED: self = .removed(torrent)
        case CTORRENT_STATISTICS: self = .statistics(nodes: Int(event.number))
        case CTORRENT_PUT:
            self = .put(ItemName(event), sequence: event.sequence, nodes: Int(event.number))
        case CTORRENT_ITEM: self = .item(ItemName(event), SignedItem(event), isLast: event.number != 0)
        case CTORRENT_PEERS: self = .peers(id: event.key.array, addresses(event.bytes.array))
        case CTORRENT_CHANNEL_OPEN, CTORRENT_MESSAGE:
            guard let peer = text.flatMap({ PeerAddress($0) }) else { return nil }
            let isOpening = event.kind == CTORRENT_CHANNEL_OPEN
            self = .channel(torrent, isOpening ? .opened(peer) : .message(event.bytes.array, from: peer))
        case CTORRENT_DROPPED: self = .dropped
        default: return nil
        }
    }
}

/// What names a mutable item of the DHT.
struct ItemName: Hashable, Sendable {
    let key: [UInt8]
    let salt: [UInt8]

    init(key: [UInt8], salt: [UInt8]) {
        self.key = key
        self.salt = salt
    }

    fileprivate init(_ event: borrowing ctorrent_event) {
        self.init(key: event.key.array, salt: event.salt.array)
    }
}

extension SignedItem {
    /// Nil when no node has one.
    fileprivate init?(_ event: borrowing ctorrent_event) {
        guard event.signature.count == 64, event.bytes.count > 0 else { return nil }
        self.init(
            key: event.key.array, salt: event.salt.array, sequence: event.sequence, value: event.bytes.array,
            signature: event.signature.array)
    }
}

/// Entries of 18 bytes, in which IPv4 is mapped.
private func addresses(_ bytes: [UInt8]) -> [PeerAddress] {
    let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
    return stride(from: 0, to: bytes.count - bytes.count % 18, by: 18).compactMap { start in
        let entry = bytes[start..<start + 18]
        return PeerAddress(compact: entry.starts(with: mapped) ? entry.dropFirst(12) : entry)
    }
}

internal import Synchronization

/// Which downloads have reached nobody.
final class Lonely: Sendable {
    private let torrents = Mutex<Set<TorrentID>>([])

    /// - Returns: whether there are some now, where that has changed.
    func note(_ torrent: TorrentID, isAlone: Bool) -> Bool? {
        torrents.withLock { torrents in
            let had = !torrents.isEmpty
            if isAlone { torrents.insert(torrent) } else { torrents.remove(torrent) }
            return had == torrents.isEmpty ? !had : nil
        }
    }
}

/// How peers are dialled: by TCP, as it is many times as fast between the same two. Some are reached by uTP alone, through
/// firewalls or translators on both sides; so a download that has reached nobody tries that first.
extension Libtorrent {
    private static let patience: Duration = .seconds(8)

    /// Watches a download until it ends.
    func watchReach(of torrent: TorrentID) {
        guard settings.usesUTP else { return }
        Task { [weak self] in
            repeat {
                try? await Task.sleep(for: Self.patience)
            } while await self?.noteReach(of: torrent) == true
        }
    }

    /// - Returns: whether it goes on.
    private func noteReach(of torrent: TorrentID) async -> Bool {
        let phase = try? await status(of: torrent)
        let isRunning = phase.map { [.metadata, .downloading, .checking, .paused].contains($0.phase) } ?? false
        let isAlone = phase.map { isRunning && $0.peers == 0 && $0.phase != .paused && $0.phase != .checking } ?? false
        if let isOn = lonely.note(torrent, isAlone: isAlone) {
            try? await session.configure([NamedSetting("enable_outgoing_utp", isOn)])
        }
        return isRunning
    }
}

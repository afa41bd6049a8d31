internal import CTorrent
internal import SwarmWire

extension Libtorrent: GossipEngine {
    package func gossip(
        on id: [UInt8], name: String, largest: Int
    ) async throws(TorrentError) -> any GossipChannel {
        let news = news
        let (torrent, events) = try await session.call { pointer throws(TorrentError) in
            let memory = CMemory()
            var number: UInt32 = 0
            try attempt {
                ctorrent_open_channel(pointer, memory.bytes(id), memory.text(name), largest, &number, $0)
            }
            withExtendedLifetime(memory) {}
            // Before the first event can be told: that is done on the same queue.
            let torrent = TorrentID(number)
            return (torrent, news.channels.listen(to: torrent))
        }
        return LibtorrentChannel(engine: self, torrent: torrent, events: events)
    }
}

private struct LibtorrentChannel: GossipChannel {
    let engine: Libtorrent
    let torrent: TorrentID
    let events: AsyncStream<GossipEvent>

    func connect(to peer: PeerAddress) async throws(TorrentError) {
        try await engine.connect(torrent, to: peer)
    }

    func send(_ message: [UInt8], to peer: PeerAddress) async throws(TorrentError) {
        let torrent = torrent
        try await engine.order { pointer, failure in
            let memory = CMemory()
            defer { withExtendedLifetime(memory) {} }
            return ctorrent_send(
                pointer, torrent.value, memory.text("\(peer)"), memory.bytes(message), failure)
        }
    }

    func close() async {
        try? await engine.remove(torrent)
        engine.news.channels.end(torrent)
    }
}

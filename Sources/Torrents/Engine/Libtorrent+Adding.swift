internal import CTorrent
internal import PublishWire
internal import SwarmWire

extension Libtorrent {
    package func add(_ order: TorrentOrder) async throws(TorrentError) -> TorrentID {
        let usesPeerExchange = settings.usesPeerExchange
        let torrent = try await session.call { pointer throws(TorrentError) in
            let memory = CMemory()
            var wanted = order.inC(memory)
            wanted.uses_peer_exchange = usesPeerExchange && order.isPublic
            var number: UInt32 = 0
            try attempt { ctorrent_add(pointer, &wanted, &number, $0) }
            withExtendedLifetime(memory) {}
            return TorrentID(number)
        }
        news.begun(torrent)
        if !order.isSeed { watchReach(of: torrent) }
        return torrent
    }

    package func torrents() async -> [TorrentID] {
        news.torrents
    }

    package func remove(_ torrent: TorrentID) async throws(TorrentError) {
        let session = session
        let answer = try await news.waiters.wait(for: .removed(torrent), timeout: .seconds(30)) {
            () async throws(TorrentError) in
            try await session.call { pointer throws(TorrentError) in
                try attempt { ctorrent_remove(pointer, torrent.value, $0) }
            }
        }
        news.forget(torrent)
        if case .none = answer { throw TorrentError(.timedOut, "The torrent takes too long to end.") }
    }
}

extension TorrentOrder {
    fileprivate func inC(_ memory: CMemory) -> ctorrent_order {
        var order = ctorrent_order()
        switch subject {
        case .metainfo(let bytes): order.metainfo = memory.bytes(bytes)
        case .magnet(let link): order.magnet = memory.text("\(link)")
        }
        order.folder = memory.text(folder)
        let places = places.sorted { $0.key < $1.key }
            .map { ctorrent_place(file: Int32(clamping: $0.key), path: memory.text($0.value)) }
        order.places = memory.list(places)
        order.place_count = places.count
        order.resume_data = memory.bytes(resumeData ?? [])
        let urgent = urgent
        order.wanted = memory.bytes(
            wanted.map { files in files.indices.map { files[$0] ? urgent.contains($0) ? 2 : 1 : 0 } } ?? [])
        let peers = peers.map { ctorrent_address(host: memory.text($0.host), port: $0.port) }
        order.peers = memory.list(peers)
        order.peer_count = peers.count
        order.trackers = memory.texts(trackers)
        order.web_seeds = memory.texts(webSeeds)
        order.is_seed = isSeed
        order.starts_paused = startsPaused
        order.is_public = isPublic
        order.is_local = isLocal
        return order
    }
}

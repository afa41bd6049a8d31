internal import CTorrent
internal import PublishWire
package import SwarmWire

extension Libtorrent {
    package func status(of torrent: TorrentID) async throws(TorrentError) -> TorrentStatus {
        try await session.call { pointer throws(TorrentError) in
            var status = ctorrent_status()
            try attempt { ctorrent_get_status(pointer, torrent.value, &status, $0) }
            guard let result = TorrentStatus(status) else { throw .unknown(torrent) }
            return result
        }
    }

    package func metainfo(of torrent: TorrentID) async throws(TorrentError) -> [UInt8] {
        while true {
            let bytes = try await buffer { ctorrent_metainfo($0, torrent.value, $1, $2) }
            if !bytes.isEmpty { return bytes }
            // It looks again now and then, should the news be lost.
            _ = try await news.waiters.wait(for: .metadata(torrent), timeout: .seconds(2)) {}
        }
    }

    package func pause(_ torrent: TorrentID) async throws(TorrentError) {
        try await order { ctorrent_pause($0, torrent.value, $1) }
    }

    package func resume(_ torrent: TorrentID) async throws(TorrentError) {
        try await order { ctorrent_resume($0, torrent.value, $1) }
    }

    package func recheck(_ torrent: TorrentID) async throws(TorrentError) {
        try await order { ctorrent_recheck($0, torrent.value, $1) }
    }

    package func setInOrder(_ inOrder: Bool, of torrent: TorrentID) async throws(TorrentError) {
        try await order { ctorrent_set_order($0, torrent.value, inOrder, $1) }
    }

    package func resumeData(of torrent: TorrentID) async throws(TorrentError) -> [UInt8] {
        let answer = try await news.waiters.wait(for: .resumeData(torrent), timeout: .seconds(60)) {
            [self] () async throws(TorrentError) in
            try await order { ctorrent_ask_resume_data($0, torrent.value, $1) }
        }
        guard case .bytes(let bytes) = answer else {
            throw TorrentError(.timedOut, "The engine does not say how far the torrent is.")
        }
        return bytes
    }

    package func setWanted(_ files: [Bool], of torrent: TorrentID) async throws(TorrentError) {
        let isUndecided = try await session.call { pointer throws(TorrentError) in
            ctorrent_is_undecided(pointer, torrent.value)
        }
        // It begins anew then, with the peers that it has.
        let data = isUndecided ? try await resumeData(of: torrent) : []
        try await order { pointer, failure in
            let memory = CMemory()
            defer { withExtendedLifetime(memory) {} }
            let wanted = memory.bytes(files.map { $0 ? 1 : 0 })
            return isUndecided
                ? ctorrent_decide(pointer, torrent.value, wanted, memory.bytes(data), failure)
                : ctorrent_set_wanted(pointer, torrent.value, wanted, failure)
        }
    }

    package func fileProgress(of torrent: TorrentID) async throws(TorrentError) -> [Int64] {
        let bytes = try await buffer { ctorrent_file_progress($0, torrent.value, $1, $2) }
        return bytes.withUnsafeBytes { Array($0.bindMemory(to: Int64.self)) }
    }

    package func connect(_ torrent: TorrentID, to peer: PeerAddress) async throws(TorrentError) {
        try await order { pointer, failure in
            peer.host.withCString { host in
                ctorrent_connect(pointer, torrent.value, ctorrent_address(host: host, port: peer.port), failure)
            }
        }
    }

    /// Asks for something that has no answer but success.
    func order(
        _ call: @escaping @Sendable (OpaquePointer, UnsafeMutablePointer<ctorrent_failure>) -> Bool
    ) async throws(TorrentError) {
        try await session.call { pointer throws(TorrentError) in
            try attempt { call(pointer, $0) }
        }
    }

    /// Asks for bytes.
    func buffer(
        _ call:
            @escaping @Sendable (
                OpaquePointer, UnsafeMutablePointer<ctorrent_buffer>, UnsafeMutablePointer<ctorrent_failure>
            ) -> Bool
    ) async throws(TorrentError) -> [UInt8] {
        try await session.call { pointer throws(TorrentError) in
            var buffer = ctorrent_buffer()
            try attempt { call(pointer, &buffer, $0) }
            return buffer.take()
        }
    }
}

extension TorrentStatus {
    fileprivate init?(_ status: ctorrent_status) {
        let (name, failure) = (takeText(status.name), takeText(status.failure))
        let hashes = InfoHashes(
            v1: status.has_v1 ? bytes(of: status.v1) : nil, v2: status.has_v2 ? bytes(of: status.v2) : nil)
        guard let hashes else { return nil }
        self.init(hashes: hashes, phase: Phase(status.phase))
        self.name = name
        self.failure = failure
        wanted = status.wanted
        done = status.done
        received = status.received
        given = status.given
        wasted = status.wasted
        downloadRate = Int(status.download_rate)
        uploadRate = Int(status.upload_rate)
        peers = Int(status.peers)
        seeds = Int(status.seeds)
    }
}

extension TorrentStatus.Phase {
    fileprivate init(_ phase: ctorrent_phase) {
        self =
            switch phase {
            case CTORRENT_PHASE_METADATA: .metadata
            case CTORRENT_PHASE_CHECKING: .checking
            case CTORRENT_PHASE_DOWNLOADING: .downloading
            case CTORRENT_PHASE_FINISHED: .finished
            case CTORRENT_PHASE_SEEDING: .seeding
            case CTORRENT_PHASE_PAUSED: .paused
            default: .failed
            }
    }
}

internal import CTorrent

extension Libtorrent {
    package func pieces(of torrent: TorrentID) async throws(TorrentError) -> [Bool] {
        try await buffer { ctorrent_pieces($0, torrent.value, $1, $2) }.map { $0 != 0 }
    }

    package func give(_ bytes: [UInt8], as piece: Int, to torrent: TorrentID) async throws(TorrentError) -> Bool {
        let number = Int32(clamping: piece)
        try await checked(torrent)
        if try await hasPiece(number, of: torrent) { return true }
        var answer = try await news.waiters.wait(for: .piece(torrent, piece), timeout: Self.glance) {
            [self] () async throws(TorrentError) in
            try await order { pointer, failure in
                bytes.withUnsafeBufferPointer { buffer in
                    let bytes = ctorrent_bytes(bytes: buffer.baseAddress, count: buffer.count)
                    return ctorrent_give(pointer, torrent.value, number, bytes, failure)
                }
            }
        }
        while true {
            switch answer {
            case .yes: return true
            case .no: return false
            default: break
            }
            // A slow disk, or the news was lost.
            if try await hasPiece(number, of: torrent) { return true }
            let status = try await status(of: torrent)
            if status.phase == .failed { throw TorrentError(.storage, status.failure ?? "The torrent has failed.") }
            answer = try await news.waiters.wait(for: .piece(torrent, piece), timeout: Self.glance) {}
        }
    }

    /// How long an answer is waited for before the torrent itself is looked at.
    private static let glance = Duration.seconds(2)

    /// Waits until it is known which pieces are there: before that none is taken.
    private func checked(_ torrent: TorrentID) async throws(TorrentError) {
        while true {
            switch try await status(of: torrent).phase {
            case .metadata: throw TorrentError(.invalidTorrent, "It is not known yet what the torrent holds.")
            case .checking: _ = try await news.waiters.wait(for: .checked(torrent), timeout: Self.glance) {}
            default: return
            }
        }
    }

    private func hasPiece(_ piece: Int32, of torrent: TorrentID) async throws(TorrentError) -> Bool {
        try await session.call { pointer throws(TorrentError) in
            var has = false
            try attempt { ctorrent_has_piece(pointer, torrent.value, piece, &has, $0) }
            return has
        }
    }
}

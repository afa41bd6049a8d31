internal import ChunkStore
internal import NIOPosix
internal import PublishWire
internal import Torrents
internal import Transfer

/// Watching the engine, and verifying behind it.
extension GetSession {
    /// Bytes of a file between two hints to the disk.
    private static let writebackBytes: Int64 = 64 << 20

    /// Runs until all files are whole and right.
    func follow(_ torrent: TorrentID, _ feeder: PieceFeeder) async throws {
        while !missing.isEmpty {
            let status = try await look(torrent, feeder)
            try await chooseOrder(torrent, status)
            if status.phase != .checking { try await advance(torrent, feeder) }
            await swarm?.update(missing: missing)
            if ContinuousClock.now - lastKept > max(context.timing.keep, keeping * 20) { try await keep(torrent) }
            if !missing.isEmpty { try await pause() }
        }
    }

    /// Where all peers have everything nothing is rare: in order, the files are hashed when their last bytes come.
    private func chooseOrder(_ torrent: TorrentID, _ status: TorrentStatus) async throws {
        let inOrder = status.seeds >= status.peers
        guard inOrder != isInOrder else { return }
        isInOrder = inOrder
        try await engine.setInOrder(inOrder, of: torrent)
    }

    /// Asks the engine how it stands.
    func look(_ torrent: TorrentID, _ feeder: PieceFeeder) async throws -> TorrentStatus {
        let status = try await engine.status(of: torrent)
        if status.phase == .failed {
            throw PublishError(
                .localFile, "the download has stopped: \(status.failure ?? "the files cannot be written")",
                hint: "free some space or check the disk, then run the same command again; it continues")
        }
        notePeers(status.received - receivedBefore)
        var sources = await feeder.delivered
        if copiedBytes > 0 { sources[.local, default: 0] += copiedBytes }
        noteSources(sources)
        state.given = status.given
        (state.downloadRate, state.uploadRate) = (status.downloadRate, status.uploadRate)
        (state.peers, state.seeders) = (status.peers, status.seeds)
        mostPeers = max(mostPeers, status.peers)
        if status.phase != .checking {
            if resumed == nil {
                let progress = try await engine.fileProgress(of: torrent)
                let there = metainfo.payload.reduce(0) { choice.wanted[$1] ? $0 + progress[$1] : $0 }
                // Sources may have been quicker than this first look.
                resumed = max(0, there - (await feeder.delivered).values.reduce(0, +))
            }
            await feeder.update(
                have: try await engine.pieces(of: torrent), peers: status.peers, peerRate: status.downloadRate)
        }
        try watchSilence(status, sources)
        tell(status.phase == .checking ? .checking : state.phase)
        return status
    }

    private func noteSources(_ sources: [SourceKind: Int64]) {
        func gained(_ kinds: SourceKind...) -> UInt64 {
            UInt64(max(0, kinds.reduce(0) { $0 + (sources[$1] ?? 0) - (state.fromSources[$1] ?? 0) }))
        }
        let (servers, swarm) = (gained(.hub, .web), gained(.swarm))
        if servers > 0 { observer.travelled(servers) }
        if swarm > 0 { observer.travelledFromPeers(swarm) }
        state.fromSources = sources
    }

    /// Bytes that peers have sent, as far as is known.
    func notePeers(_ bytes: Int64) {
        guard bytes > state.fromPeers else { return }
        observer.travelledFromPeers(UInt64(bytes - state.fromPeers))
        state.fromPeers = bytes
    }

    private func watchSilence(_ status: TorrentStatus, _ sources: [SourceKind: Int64]) throws(PublishError) {
        let sum = status.done + status.received + sources.values.reduce(0, +) + Int64(verified.count)
        if sum != lastDone || status.phase == .checking {
            lastDone = sum
            lastNews = .now
        }
        warnOfWaiting(status)
        guard let timeout = order.timeout, ContinuousClock.now - lastNews > timeout else { return }
        throw TorrentDownload.silence(timeout, "nothing came")
    }

    /// Says once that nobody is there, and what helps.
    private func warnOfWaiting(_ status: TorrentStatus) {
        guard !hasWarnedOfWaiting, status.peers == 0, ContinuousClock.now - lastNews > context.timing.waiting else {
            return
        }
        hasWarnedOfWaiting = true
        observer.warned(TorrentDownload.waiting)
    }

    /// Looks which bytes are there, and lets them be hashed.
    private func advance(_ torrent: TorrentID, _ feeder: PieceFeeder) async throws {
        let counts = try await engine.fileProgress(of: torrent)
        let pieces = try await engine.pieces(of: torrent)
        var ready: [(file: Int, bytes: Int64)] = []
        for place in missing where wantedNow[place] {
            let file = metainfo.files[place]
            let count = counts[place]
            if let step = told[place].map({ count - $0 }) ?? count as Int64?, step > 0 {
                observer.advanced(file.path.description, bytes: UInt64(step))
                state.done += step
                told[place] = count
                unwritten[place, default: 0] += step
            }
            ready.append((place, count == file.size ? file.size : prefix(of: place, pieces)))
        }
        await beginWriteback()
        await verifier.advance(ready)
        for (place, outcome) in try await verifier.takeOutcomes() {
            switch outcome {
            case .right:
                missing.remove(place)
                verified.insert(place)
                observer.finished(metainfo.files[place].path.description, outcome: .transferred)
                observer.kept()
            case .wrong(let reason):
                try await distrust(place, reason, torrent)
            }
        }
    }

    /// Has the disk begin with what is in memory, for files are made visible only when they are on it.
    private func beginWriteback() async {
        let due = unwritten.filter { $0.value >= Self.writebackBytes }.map(\.key)
        guard !due.isEmpty else { return }
        for place in due { unwritten[place] = nil }
        let paths = due.map { workplace.file($0) }
        _ = try? await NIOThreadPool.singleton.runIfActive {
            for path in paths { try RandomAccessFile(path: path, access: .read).beginWriteback() }
        }
    }

    /// Bytes at the start of a file that are there without a gap.
    private func prefix(of place: Int, _ pieces: [Bool]) -> Int64 {
        let file = metainfo.files[place]
        let range = metainfo.pieces(of: place)
        guard let gap = range.first(where: { !pieces[$0] }) else { return file.size }
        return min(file.size, max(0, Int64(gap) * Int64(metainfo.pieceLength) - file.offset))
    }

    /// A whole file that is wrong: the disk may have changed it, so the engine looks at it again, once. If its pieces are
    /// right, the manifest names other content than the torrent has.
    private func distrust(_ place: Int, _ reason: String, _ torrent: TorrentID) async throws {
        let file = metainfo.files[place]
        guard suspects.insert(place).inserted else {
            observer.finished(file.path.description, outcome: .failed)
            throw PublishError(
                .wrongContent, "\(file.path) is not what its publisher says: \(reason)",
                hint: "do not use it; its publisher has to share the model again")
        }
        try await engine.recheck(torrent)
        await verify(place)
    }

    /// Keeps what the next run needs, if this one is ended.
    func keep(_ torrent: TorrentID) async throws {
        let start = ContinuousClock.now
        defer {
            lastKept = .now
            keeping = lastKept - start
        }
        guard let data = try? await engine.resumeData(of: torrent) else { return }
        try workplace.keep(resumeData: data)
    }
}

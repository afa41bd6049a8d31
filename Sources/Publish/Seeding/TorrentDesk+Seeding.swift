internal import Logging
internal import NIOPosix
internal import PublishWire
internal import Torrents

extension TorrentDesk {
    /// Bytes that a `.torrent` may have.
    private static let largestTorrent = 64 << 20

    /// Looks what there is to be given, and how its files stand. Returns when everything found is as it should be.
    package func rescan() async {
        while let scan { await scan.value }
        guard !isClosed else { return }
        // Ends by itself.
        let task = Task { await scanNow() }
        scan = task
        await task.value
    }

    private func scanNow() async {
        defer { scan = nil }
        let items: [SeedItem]
        do {
            items = try await source.items()
        } catch {
            return logger.warning("the registry cannot be read", metadata: ["reason": "\(error)"])
        }
        var wanted: [String: (item: SeedItem, reach: SeedReach)] = [:]
        for item in items {
            let reach = settings.reach(item)
            if reach > .nobody { wanted[item.key] = (item, reach) }
        }
        let before = seats.mapValues(\.item.hashes)
        for (key, seat) in seats where wanted[key]?.item != seat.item || wanted[key]?.reach != seat.reach {
            await leave(key)
            seats[key] = nil
            if wanted[key] == nil { forget(key, seat) }
        }
        for key in wanted.keys.sorted() {
            guard let (item, reach) = wanted[key], !isClosed else { continue }
            if seats[key] == nil { seats[key] = Seat(item: item, reach: reach) }
            if record.seeds[key] == nil {
                record.seeds[key] = .init(id: record.makeID(), startedAt: Self.now)
                isDirty = true
            }
            await settle(key)
        }
        if isDirty { save() }
        if seats.mapValues(\.item.hashes) != before { settings.changed() }
        pulse.beat()
    }

    /// It is gone from the registry; what was given of it stays told of.
    private func forget(_ key: String, _ seat: Seat) {
        guard let seed = record.seeds.removeValue(forKey: key) else { return }
        var transfer = transfer(seat, seed)
        (transfer.status, transfer.phase, transfer.completedAt) = (.cancelled, "removed", Self.now)
        record.note(transfer)
        isDirty = true
    }

    /// Has the engine give it, or not, as its files stand.
    func settle(_ key: String) async {
        guard let seed = record.seeds[key], !seed.isPaused, !seed.isDone, var seat = seats[key] else { return }
        if seat.files == nil {
            do {
                seat.files = SourceFiles(try Self.metainfo(of: seat.item), item: seat.item)
                seats[key]?.files = seat.files
            } catch {
                return await stop(key, error.message)
            }
        }
        guard let files = seat.files,
            let look = try? await NIOThreadPool.singleton.runIfActive({ files.look() }), seats[key] != nil
        else { return }
        switch look {
        case .broken(let reason): await stop(key, reason)
        case .whole(let seal, let newest):
            if seats[key]?.torrent != nil {
                guard seal != (seats[key]?.checkedSeal ?? seed.seal) else { return }
                logger.notice("files of a torrent have changed", metadata: ["torrent": "\(key)"])
                await leave(key)
            } else if let trouble = seat.trouble, trouble.seal == seal,
                trouble.at.duration(to: .now) < settings.retryPeriod
            {
                return
            }
            let isKnown = seed.seal == seal || (seed.seal == nil && seat.item.hashedAt.map { newest <= $0 } ?? false)
            await begin(key, files, seal: seal, isKnown: isKnown)
        }
    }

    private static func metainfo(of item: SeedItem) throws(PublishError) -> Metainfo {
        guard let bytes = PlacedFile.read(item.torrentFile, limit: Self.largestTorrent) else {
            throw PublishError(.localFile, "\(item.torrentFile) is missing", hint: "share the model again")
        }
        let metainfo = try Metainfo(bytes)
        guard metainfo.hashes == item.hashes else {
            throw PublishError(
                .inconsistent, "\(item.torrentFile) is another torrent than the registry names",
                hint: "share the model again")
        }
        return metainfo
    }

    /// - Parameter isKnown: whether the files are those that were hashed, as far as can be seen without reading them.
    private func begin(_ key: String, _ files: SourceFiles, seal: String, isKnown: Bool) async {
        guard let seat = seats[key] else { return }
        let metainfo: Metainfo
        do {
            metainfo = try Self.metainfo(of: seat.item)
        } catch {
            return await stop(key, error.message)
        }
        let isTracked = seat.reach == .everybody && !settings.leavesOutTrackers
        let bytes = isTracked ? metainfo.bytes : Announcing.without(metainfo)
        var order = TorrentOrder(.metainfo(bytes), folder: seat.item.folder)
        order.places = files.places
        // What is not public has the trackers that it names, and nothing else; what a rule keeps here has not even those.
        order.isPublic = seat.isPublic && !metainfo.isPrivate
        order.isLocal = seat.reach == .neighbours && seat.item.isPublic && !metainfo.isPrivate
        order.isSeed = isKnown
        // Nothing is wanted, so nothing is ever written into files that somebody else owns.
        order.wanted = Array(repeating: false, count: files.count)
        if isKnown {
            order.resumeData = PlacedFile.read(seat.item.resumeFile, limit: Self.largestTorrent)
            order.wanted = nil
        }
        do {
            let torrent = try await engine.add(order)
            let status = try? await engine.status(of: torrent)
            guard seats[key] != nil else { return try await engine.remove(torrent) }
            keys[torrent] = key
            seats[key]?.torrent = torrent
            seats[key]?.trouble = nil
            seats[key]?.status = status
            seats[key]?.begin = (status?.given ?? 0, status?.received ?? 0)
            seats[key]?.before = (record.seeds[key]?.given ?? 0, record.seeds[key]?.received ?? 0)
            if isKnown { record.seeds[key]?.seal = seal } else { seats[key]?.checkedSeal = seal }
            isDirty = true
            pulse.beat()
        } catch {
            await stop(key, error.message)
        }
    }

    /// A check is over: is everything there?
    func judge(_ key: String) async {
        guard let torrent = seats[key]?.torrent, let seal = seats[key]?.checkedSeal else { return }
        guard let pieces = try? await engine.pieces(of: torrent), seats[key]?.torrent == torrent else { return }
        guard !pieces.isEmpty, pieces.allSatisfy({ $0 }) else {
            let missing = pieces.count { !$0 }
            return await stop(
                key, "\(missing) of \(pieces.count) pieces are not what was shared any more; share it again", seal: seal
            )
        }
        seats[key]?.checkedSeal = nil
        record.seeds[key]?.seal = seal
        isDirty = true
        pulse.beat()
    }

    /// Something in its files is wrong: all of them are read again, and nothing else is believed until then.
    func doubt(_ key: String) async {
        guard let seat = seats[key], seat.torrent != nil, seat.checkedSeal == nil, let files = seat.files else {
            return
        }
        logger.warning("a piece of a torrent is wrong; its files are checked", metadata: ["torrent": "\(key)"])
        await leave(key)
        record.seeds[key]?.seal = nil
        guard let look = try? await NIOThreadPool.singleton.runIfActive({ files.look() }) else { return }
        switch look {
        case .broken(let reason): await stop(key, reason)
        case .whole(let seal, _): await begin(key, files, seal: seal, isKnown: false)
        }
    }

    /// Does not give it until its files look different, or for some minutes.
    func stop(_ key: String, _ reason: String, seal: String? = nil) async {
        guard seats[key] != nil else { return }
        if seats[key]?.trouble?.reason != reason {
            logger.warning("a torrent is not given", metadata: ["torrent": "\(key)", "reason": "\(reason)"])
        }
        let seal = seal ?? record.seeds[key]?.seal
        await leave(key)
        seats[key]?.trouble = (reason, seal, .now)
        pulse.beat()
    }

    /// Takes it out of the engine.
    func leave(_ key: String) async {
        guard let torrent = seats[key]?.torrent else { return }
        keys[torrent] = nil
        seats[key]?.torrent = nil
        seats[key]?.checkedSeal = nil
        seats[key]?.status = nil
        try? await engine.remove(torrent)
    }
}

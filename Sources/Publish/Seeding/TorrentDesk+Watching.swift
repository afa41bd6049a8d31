internal import Logging
internal import PublishWire
internal import Torrents
internal import Transport

extension TorrentDesk {
    /// Torrents without a peer are looked at in turns, one part of them each time.
    private static let turns = 10

    /// Looks how everything stands, counts what was given, and follows the limits.
    func observe(seconds: Double) async {
        ticks += 1
        for (place, key) in seats.keys.sorted().enumerated() {
            guard let seat = seats[key], let torrent = seat.torrent else { continue }
            let isDue =
                seat.status?.peers ?? 1 > 0 || seat.checkedSeal != nil || ticks % Self.turns == place % Self.turns
            if isDue {
                do throws(TorrentError) {
                    let status = try await engine.status(of: torrent)
                    if seats[key]?.torrent == torrent { await note(status, key) }
                } catch  where error.code == .unknownTorrent {
                    // A download of the same torrent has ended it; the next look begins it again.
                    await leave(key)
                } catch {
                    logger.debug("no status", metadata: ["torrent": "\(key)", "reason": "\(error)"])
                }
            }
            await count(key, seconds: seconds)
        }
        let (received, sent) = settings.others()
        await followLimits(others: (received, sent), seconds: seconds)
        await observeNetwork()
    }

    /// Where the engine listens, and how many nodes it knows.
    func observeNetwork() async {
        let (nodes, port) = (await engine.nodeCount, await engine.port)
        if (nodes, port) != (self.nodes, self.port) {
            (self.nodes, self.port) = (nodes, port)
            pulse.beat()
        }
    }

    private func note(_ status: TorrentStatus, _ key: String) async {
        guard let seat = seats[key], let seed = record.seeds[key] else { return }
        let given = max(seed.given, seat.before.given + max(0, status.given - seat.begin.given))
        let received = max(seed.received, seat.before.received + max(0, status.received - seat.begin.received))
        let old = seat.status
        seats[key]?.status = status
        if given != seed.given || received != seed.received {
            moved.given += given - seed.given
            moved.received += received - seed.received
            totals.given += given - seed.given
            totals.received += received - seed.received
            record.seeds[key]?.given = given
            record.seeds[key]?.received = received
            record.seeds[key]?.lastActivity = Self.now
            isDirty = true
        }
        if old?.phase != status.phase || old?.peers != status.peers || old?.uploadRate != status.uploadRate
            || old?.given != status.given || old?.done != status.done
        {
            pulse.beat()
        }
        if status.phase == .failed {
            await stop(key, status.failure ?? "the engine cannot go on with it")
        } else if seat.checkedSeal == nil, [.checking, .downloading].contains(status.phase) {
            // The engine itself has found something wrong in what was believed to be right.
            await doubt(key)
        } else if seat.checkedSeal != nil, [.finished, .seeding].contains(status.phase) {
            // Where the event was lost.
            await judge(key)
        }
    }

    private func count(_ key: String, seconds: Double) async {
        guard let seat = seats[key], let seed = record.seeds[key], seat.torrent != nil, seat.checkedSeal == nil else {
            return
        }
        let time = seed.seconds + seconds
        record.seeds[key]?.seconds = time
        let goal = SeedGoal(
            ratio: seat.item.goal.ratio ?? settings.goal.ratio, time: seat.item.goal.time ?? settings.goal.time)
        guard goal.isReached(given: seed.given, size: seat.item.size, seconds: time) else { return }
        logger.notice("enough of a torrent was given", metadata: ["torrent": "\(key)"])
        record.seeds[key]?.isDone = true
        await saveResumeData(of: key)
        await leave(key)
        save()
        pulse.beat()
    }

    private func followLimits(others: (received: UInt64, sent: UInt64), seconds: Double) async {
        let (up, down) = (settings.upload?.bytesPerSecond, settings.download?.bytesPerSecond)
        let upload = shares.upload.torrents(limit: up, own: settings.ownUpload, others: others.sent, seconds: seconds)
        let download = shares.download.torrents(
            limit: down, own: settings.ownDownload, others: others.received, seconds: seconds)
        if let up { settings.upload?.book(LimitShare.booked(moved.given, limit: up, seconds: seconds)) }
        if let down { settings.download?.book(LimitShare.booked(moved.received, limit: down, seconds: seconds)) }
        moved = (0, 0)
        guard limits.map({ $0 != (download, upload) }) ?? true else { return }
        limits = (download, upload)
        await engine.setLimits(download: download, upload: upload)
    }

    // MARK: Resume data

    /// - Parameter all: those too of which nothing was given since the last time.
    func saveResumeData(all: Bool) async {
        for key in seats.keys.sorted() {
            guard let seat = seats[key], seat.torrent != nil, seat.checkedSeal == nil else { continue }
            if all || seat.savedGiven == nil || seat.savedGiven != record.seeds[key]?.given {
                await saveResumeData(of: key)
            }
        }
    }

    func saveResumeData(of key: String) async {
        guard let seat = seats[key], let torrent = seat.torrent, seat.checkedSeal == nil else { return }
        do {
            let data = try await engine.resumeData(of: torrent)
            // A model that was taken out meanwhile keeps nothing.
            guard FileFacts(FolderPath.folder(of: seat.item.resumeFile))?.isFolder == true else { return }
            try PlacedFile.write(data, to: seat.item.resumeFile)
            seats[key]?.savedGiven = record.seeds[key]?.given
        } catch {
            // Without it the next start trusts the files by their times alone.
            logger.debug("no resume data", metadata: ["torrent": "\(key)", "reason": "\(error)"])
        }
    }
}

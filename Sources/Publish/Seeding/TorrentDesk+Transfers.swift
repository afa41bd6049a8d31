internal import PublishWire
internal import Torrents

/// How a desk stands.
package struct DeskReport: Sendable {
    package var port = 0
    /// Of the DHT.
    package var nodes = 0
    package var downloadRate = 0
    package var uploadRate = 0
    package var peers = 0
    /// In this run.
    package var received: Int64 = 0
    package var given: Int64 = 0
    /// Bytes per second that torrents may take now; nil for everything.
    package var downloadLimit: Int?
    package var uploadLimit: Int?
    package var transfers: [TorrentTransfer] = []

    package init() {}
}

extension TorrentDesk {
    // MARK: Looking

    package func report(history: Int = 20) -> DeskReport {
        var report = DeskReport()
        report.port = Int(port)
        report.nodes = nodes
        report.received = totals.received
        report.given = totals.given
        report.downloadLimit = limits.flatMap { $0.download > 0 ? $0.download : nil }
        report.uploadLimit = limits.flatMap { $0.upload > 0 ? $0.upload : nil }
        var over = 0
        report.transfers = transfers().filter { transfer in
            guard transfer.status.isOver else { return true }
            over += 1
            return over <= history
        }
        for transfer in report.transfers {
            report.downloadRate += transfer.downloadRate
            report.uploadRate += transfer.uploadRate
            report.peers += transfer.peers
        }
        return report
    }

    /// All that is known, what goes on first, each the latest first.
    package func transfers(_ status: TorrentTransfer.Status? = nil) -> [TorrentTransfer] {
        let seeds = seats.compactMap { key, seat in record.seeds[key].map { transfer(seat, $0) } }
        let downloads = record.downloads.map(transfer)
        let current = (seeds + downloads).sorted { Self.number($0.id) > Self.number($1.id) }
        let all = current.filter { !$0.status.isOver } + current.filter(\.status.isOver) + record.history.reversed()
        return status.map { status in all.filter { $0.status == status } } ?? all
    }

    package func transfer(_ id: String) -> TorrentTransfer? { transfers().first { $0.id == id } }

    /// Of a seed, by the key of its item.
    package func transfer(seeding key: String) -> TorrentTransfer? {
        guard let seat = seats[key], let seed = record.seeds[key] else { return nil }
        return transfer(seat, seed)
    }

    private static func number(_ id: String) -> Int { Int(id.dropFirst()) ?? 0 }

    func transfer(_ seat: Seat, _ seed: DeskRecord.Seed) -> TorrentTransfer {
        var transfer = TorrentTransfer(
            id: seed.id, kind: .seed, status: .pending, phase: "waiting", model: seat.item.name,
            startedAt: seed.startedAt)
        transfer.version = seat.item.version
        transfer.infoHashV1 = seat.item.hashes.v1.map(Hex.encode)
        transfer.infoHashV2 = seat.item.hashes.v2.map(Hex.encode)
        transfer.totalBytes = seat.item.size
        transfer.movedBytes = seed.given
        transfer.givenBytes = seed.given
        transfer.receivedBytes = seed.received
        transfer.isPublic = seat.isPublic
        transfer.lastActivity = seed.lastActivity
        if let status = seat.status {
            transfer.downloadRate = status.downloadRate
            transfer.uploadRate = status.uploadRate
            transfer.peers = status.peers
            transfer.seeders = status.seeds
        }
        if seed.isDone {
            (transfer.status, transfer.phase) = (.completed, "done")
            transfer.completedAt = seed.lastActivity ?? seed.startedAt
        } else if seed.isPaused {
            (transfer.status, transfer.phase) = (.paused, "paused")
        } else if let trouble = seat.trouble {
            (transfer.status, transfer.phase, transfer.error) = (.failed, "stopped", trouble.reason)
        } else if seat.torrent != nil {
            transfer.status = .active
            transfer.phase = seat.checkedSeal == nil ? "seeding" : "checking"
        }
        return transfer
    }

    func transfer(_ download: DeskRecord.Download) -> TorrentTransfer {
        let progress = running[download.id]?.progress ?? .init()
        var transfer = TorrentTransfer(
            id: download.id, kind: .download, status: .pending, phase: progress.phase,
            model: progress.model ?? download.order.subject, startedAt: download.startedAt)
        transfer.version = progress.version ?? download.order.version
        transfer.infoHashV1 = progress.hashes?.v1.map(Hex.encode)
        transfer.infoHashV2 = progress.hashes?.v2.map(Hex.encode)
        transfer.totalBytes = progress.total
        transfer.movedBytes = progress.done
        transfer.receivedBytes = progress.received
        transfer.givenBytes = progress.given
        transfer.downloadRate = progress.downloadRate
        transfer.uploadRate = progress.uploadRate
        transfer.peers = progress.peers
        transfer.seeders = progress.seeders
        if let failure = download.failure {
            (transfer.status, transfer.phase, transfer.error) = (.failed, "failed", failure)
        } else if download.isPaused {
            (transfer.status, transfer.phase) = (.paused, "paused")
        } else if running[download.id]?.task != nil {
            transfer.status = .active
        }
        if transfer.status != .active {
            (transfer.downloadRate, transfer.uploadRate, transfer.peers, transfer.seeders) = (0, 0, 0, 0)
        }
        return transfer
    }

    // MARK: Acting

    /// - Throws: ``DeskFault``.
    package func pause(_ id: String) async throws(DeskFault) -> TorrentTransfer {
        let transfer = try current(id)
        if let key = key(of: id) {
            record.seeds[key]?.isPaused = true
            save()
            await saveResumeData(of: key)
            await leave(key)
            seats[key]?.trouble = nil
        } else if let index = record.downloads.firstIndex(where: { $0.id == id }) {
            guard transfer.status != .failed else { throw .isOver(id, .failed) }
            record.downloads[index].isPaused = true
            save()
            await halt(id)
            startDownloads()
        }
        pulse.beat()
        return self.transfer(id) ?? transfer
    }

    /// Goes on with what was paused, or has failed.
    /// - Throws: ``DeskFault``.
    package func resume(_ id: String) async throws(DeskFault) -> TorrentTransfer {
        let transfer = try current(id, orDone: true)
        if let key = key(of: id) {
            if record.seeds[key]?.isDone == true {
                // A new term begins.
                record.seeds[key]?.isDone = false
                record.seeds[key]?.seconds = 0
                record.seeds[key]?.given = 0
            }
            record.seeds[key]?.isPaused = false
            seats[key]?.trouble = nil
            save()
            await settle(key)
        } else if let index = record.downloads.firstIndex(where: { $0.id == id }) {
            record.downloads[index].isPaused = false
            record.downloads[index].failure = nil
            save()
            startDownloads()
        }
        pulse.beat()
        return self.transfer(id) ?? transfer
    }

    /// Ends a transfer for good: a seed is not given any more, a download is given up and what it has left is removed.
    /// - Throws: ``DeskFault``, or what the registry says.
    package func cancel(_ id: String) async throws -> TorrentTransfer {
        var transfer = try current(id, orDone: true)
        (transfer.status, transfer.phase, transfer.completedAt) = (.cancelled, "cancelled", Self.now)
        (transfer.downloadRate, transfer.uploadRate, transfer.peers, transfer.seeders) = (0, 0, 0, 0)
        if let key = key(of: id), let item = seats[key]?.item {
            try await source.stopSeeding(item)
            await leave(key)
            seats[key] = nil
            record.seeds[key] = nil
        } else if let index = record.downloads.firstIndex(where: { $0.id == id }) {
            let given = record.downloads.remove(at: index)
            save()
            await halt(id)
            let hashes = running[id]?.progress.hashes ?? given.hashes
            running[id] = nil
            // Another order of the same goes on with what is there.
            let isWanted = record.downloads.contains { other in
                guard let hashes, let theirs = other.hashes else { return false }
                return other.order.folder == given.order.folder && theirs.isSame(as: hashes)
            }
            if !isWanted { await runner?.discard(given.order, hashes, with: engine) }
            startDownloads()
        }
        record.note(transfer)
        save()
        pulse.beat()
        return transfer
    }

    private func key(of id: String) -> String? { record.seeds.first { $0.value.id == id && seats[$0.key] != nil }?.key }

    private func current(_ id: String, orDone: Bool = false) throws(DeskFault) -> TorrentTransfer {
        guard !isClosed else { throw .stopping }
        guard let transfer = transfer(id) else { throw .unknown(id) }
        let isThere = key(of: id) != nil || record.downloads.contains { $0.id == id }
        guard isThere, orDone || transfer.status != .completed else { throw .isOver(id, transfer.status) }
        return transfer
    }
}

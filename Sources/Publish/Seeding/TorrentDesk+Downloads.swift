internal import PublishWire
internal import Torrents

extension TorrentDesk {
    /// Begins to get something; what is being got already is not begun again.
    /// - Throws: ``DeskFault``.
    package func download(_ order: DownloadOrder) throws(DeskFault) -> TorrentTransfer {
        guard !isClosed else { throw .stopping }
        guard runner != nil else {
            throw DeskFault(code: .conflict, message: "this agent gets no models", hint: "use 'shoal get'")
        }
        if let index = record.downloads.firstIndex(where: { $0.order == order }) {
            if record.downloads[index].failure != nil {
                record.downloads[index].failure = nil
                save()
                startDownloads()
            }
            return transfer(record.downloads[index])
        }
        guard record.downloads.count < settings.mostDownloads else {
            throw DeskFault(
                code: .tooMany, message: "\(record.downloads.count) downloads are waiting already",
                hint: "cancel some of them")
        }
        let download = DeskRecord.Download(id: record.makeID(), order: order, startedAt: Self.now)
        record.downloads.append(download)
        save()
        startDownloads()
        pulse.beat()
        return transfer(download)
    }

    /// Runs those that wait, as many as may run at once.
    func startDownloads() {
        guard !isClosed, let runner else { return }
        for download in record.downloads {
            guard running.values.count(where: { $0.task != nil }) < settings.downloadsAtOnce else { return }
            guard !download.isPaused, download.failure == nil, running[download.id]?.task == nil else { continue }
            let (id, order, engine) = (download.id, download.order, engine)
            let (news, told) = AsyncStream.makeStream(of: DownloadProgress.self, bufferingPolicy: .bufferingNewest(1))
            running[id, default: Running()].task = Task {
                // Ends with the stream.
                let watch = Task { for await progress in news { self.note(progress, of: id) } }
                var failure: (any Error)?
                do {
                    try await runner.download(order, with: engine) { told.yield($0) }
                } catch {
                    failure = error
                }
                told.finish()
                await watch.value
                await self.ended(id, failure)
            }
        }
    }

    private func note(_ progress: DownloadProgress, of id: String) {
        guard let old = running[id]?.progress, old != progress else { return }
        let (received, given) = (max(0, progress.received - old.received), max(0, progress.given - old.given))
        moved.received += received
        moved.given += given
        totals.received += received
        totals.given += given
        running[id]?.progress = progress
        if let hashes = progress.hashes, let index = record.downloads.firstIndex(where: { $0.id == id }),
            record.downloads[index].hashes != hashes
        {
            // What is given up after a restart must be found too.
            record.downloads[index].hashes = hashes
            save()
        }
        pulse.beat()
    }

    private func ended(_ id: String, _ failure: (any Error)?) async {
        running[id]?.task = nil
        guard let index = record.downloads.firstIndex(where: { $0.id == id }) else { return pulse.beat() }
        if let failure {
            // One that was paused, or ends with the agent, goes on another time.
            guard !(failure is CancellationError), !record.downloads[index].isPaused, !isClosed else {
                return pulse.beat()
            }
            record.downloads[index].failure = Self.sentence(failure)
        } else {
            var transfer = transfer(record.downloads.remove(at: index))
            (transfer.status, transfer.phase, transfer.completedAt) = (.completed, "done", Self.now)
            transfer.movedBytes = transfer.totalBytes
            record.note(transfer)
            running[id] = nil
        }
        save()
        pulse.beat()
        startDownloads()
        // What has come may be there to be given.
        if failure == nil { await rescan() }
    }

    /// Stops it, to go on another time.
    func halt(_ id: String) async {
        guard let task = running[id]?.task else { return }
        task.cancel()
        await task.value
    }

    private static func sentence(_ error: any Error) -> String {
        switch error {
        case let error as PublishError: error.hint.map { "\(error.message); \($0)" } ?? error.message
        case let error as TorrentError: error.hint.map { "\(error.message); \($0)" } ?? error.message
        default: "\(error)"
        }
    }
}

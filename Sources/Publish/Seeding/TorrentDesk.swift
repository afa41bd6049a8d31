internal import Foundation
package import Logging
internal import PublishWire
package import Torrents
package import Transport

/// Gives away what the registry has, and gets what it is asked for, for as long as the agent lives.
///
/// It remembers in a file what was paused, given and begun, and in another for each torrent what the engine wants to
/// know after a restart, so that a process that is killed goes on as if nothing had happened. Files that are given are
/// only ever read: what is wrong with them ends the giving, and is never mended from peers.
package actor TorrentDesk {
    package struct Settings: Sendable {
        /// Where it remembers.
        package var stateFile: String
        /// Limits that the torrents share with everything else of this process.
        package var upload: BandwidthLimit?
        package var download: BandwidthLimit?
        /// Bytes per second that torrents may take at most, whatever the others do; nil for no limit of their own.
        package var ownUpload: Int?
        package var ownDownload: Int?
        /// How far each may go.
        package var reach: @Sendable (SeedItem) -> SeedReach = { _ in .everybody }
        /// Bytes that everything else has moved so far.
        package var others: @Sendable () -> (received: UInt64, sent: UInt64) = { (0, 0) }
        /// Whether trackers that torrents name are left out.
        package var leavesOutTrackers = false
        /// Told when there is more or less to be given than before.
        package var changed: @Sendable () -> Void = {}
        /// For torrents that have none of their own.
        package var goal = SeedGoal()
        package var tick = Duration.seconds(1)
        package var rescanPeriod = Duration.seconds(60)
        package var savePeriod = Duration.seconds(300)
        /// After which a torrent that the engine could not go on with is tried again.
        package var retryPeriod = Duration.seconds(600)
        package var downloadsAtOnce = 4
        package var mostDownloads = 64

        package init(stateFile: String) { self.stateFile = stateFile }
    }

    /// A torrent that is to be given.
    struct Seat {
        var item: SeedItem
        var reach: SeedReach
        /// While the engine has it.
        var torrent: TorrentID?
        var files: SourceFiles?
        var status: TorrentStatus?
        /// What the engine counted when it was added; its own counts may go back further.
        var begin: (given: Int64, received: Int64) = (0, 0)
        /// What the record had then.
        var before: (given: Int64, received: Int64) = (0, 0)
        /// Its files are read and hashed now; then they have the seal that is kept here.
        var checkedSeal: String?
        /// Why it is not given, and what its files looked like when that was found.
        var trouble: (reason: String, seal: String?, at: ContinuousClock.Instant)?
        var isPublic: Bool { reach == .everybody && item.isPublic }
        /// What had been given when resume data was last saved.
        var savedGiven: Int64?
    }

    struct Running {
        var progress = DownloadProgress()
        /// Cancelled by pausing, cancelling and closing.
        var task: Task<Void, Never>?
    }

    let engine: any TorrentEngine
    let source: any SeedSource
    let runner: (any DownloadRunning)?
    let settings: Settings
    let logger: Logger
    package nonisolated let pulse = DeskPulse()

    var record: DeskRecord
    var seats: [String: Seat] = [:]
    var keys: [TorrentID: String] = [:]
    /// By id of the download.
    var running: [String: Running] = [:]
    var isClosed = false
    var scan: Task<Void, Never>?
    var isDirty = false
    var limits: (download: Int, upload: Int)?
    var shares = (download: LimitShare(), upload: LimitShare())
    /// What torrents have moved since the limits were last looked at.
    var moved: (received: Int64, given: Int64) = (0, 0)
    /// In this run.
    var totals: (received: Int64, given: Int64) = (0, 0)
    var ticks = 0
    var nodes = 0
    var port: UInt16 = 0

    /// - Parameter runner: nil where nothing is got for anybody.
    package init(
        engine: any TorrentEngine, source: any SeedSource, runner: (any DownloadRunning)?, settings: Settings,
        logger: Logger
    ) {
        self.engine = engine
        self.source = source
        self.runner = runner
        self.settings = settings
        self.logger = logger
        record = DeskRecord.read(settings.stateFile)
    }

    /// Works until the task is cancelled; then ``close(grace:)`` is to be called.
    package func run() async {
        let events = engine.events()
        // Cancelled when this task is.
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await event in events { await self.heard(event) } }
            group.addTask { await self.work() }
            await group.waitForAll()
        }
    }

    private func work() async {
        await observeNetwork()
        await rescan()
        startDownloads()
        let clock = ContinuousClock()
        var (last, lastScan, lastSave) = (clock.now, clock.now, clock.now)
        while !Task.isCancelled {
            guard (try? await Task.sleep(for: settings.tick)) != nil else { return }
            let now = clock.now
            await observe(seconds: last.duration(to: now) / .seconds(1))
            last = now
            if lastScan.duration(to: now) >= settings.rescanPeriod {
                lastScan = now
                await rescan()
            }
            if lastSave.duration(to: now) >= settings.savePeriod {
                lastSave = now
                await saveResumeData(all: false)
            }
            if isDirty, ticks % 30 == 0 { save() }
        }
    }

    /// Ends all of it, remembers everything and closes the engine.
    package func close(grace: Duration) async {
        isClosed = true
        for entry in running.values { entry.task?.cancel() }
        for entry in running.values { await entry.task?.value }
        while let scan { await scan.value }
        await observe(seconds: 0)
        await saveResumeData(all: true)
        save()
        await engine.close(grace: grace)
    }

    /// Remembers.
    func save() {
        isDirty = false
        do {
            try PlacedFile.write(try record.bytes, to: settings.stateFile, mode: 0o600)
        } catch {
            logger.error("the state of torrents cannot be saved", metadata: ["reason": "\(error)"])
        }
    }

    private func heard(_ event: TorrentEvent) async {
        pulse.beat()
        switch event {
        case .checked(let torrent): if let key = keys[torrent] { await judge(key) }
        case .wrongPiece(let torrent, _, _): if let key = keys[torrent] { await doubt(key) }
        case .failed(let torrent, let error): if let key = keys[torrent] { await stop(key, error.message) }
        case .metadata, .piece, .finished, .complaint, .announced: break
        }
    }

    static var now: Double { Date().timeIntervalSince1970 }
}

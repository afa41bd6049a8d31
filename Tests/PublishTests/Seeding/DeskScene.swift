import Foundation
import Logging
import PublishWire
import Synchronization
import Testing
import Torrents

@testable import Publish

/// What a desk is told that there is to be given.
final class FakeSource: SeedSource {
    private let state: Mutex<[SeedItem]>

    init(_ items: [SeedItem]) { state = Mutex(items) }

    func set(_ items: [SeedItem]) { state.withLock { $0 = items } }
    func items() async throws -> [SeedItem] { state.withLock { $0 } }
    func stopSeeding(_ item: SeedItem) async throws { state.withLock { $0.removeAll { $0.key == item.key } } }
}

/// A folder with a model, its torrent, and desks that give it.
struct DeskScene {
    let folder: TemporaryFolder
    let network = FakeNetwork()
    let engine: FakeEngine
    let item: SeedItem
    let source: FakeSource
    var runner: (any DownloadRunning)?

    init(runner: (any DownloadRunning)? = nil, trackers: [String] = []) async throws {
        folder = try TemporaryFolder()
        engine = FakeEngine(network)
        self.runner = runner
        let (one, two) = (sampleBytes(200_000, seed: 1), sampleBytes(500, seed: 2))
        var plan = TorrentPlan(
            name: "model",
            files: [
                .init(path: ["sub", "one.bin"], source: try folder.write(one, to: "model/sub/one.bin"), size: 200_000),
                .init(path: ["two.json"], source: try folder.write(two, to: "model/two.json"), size: 500),
            ])
        plan.trackers = trackers
        let bytes = try await engine.make(plan) { _ in }
        let metainfo = try Metainfo(bytes)
        var item = SeedItem(
            key: "org/model@main", name: "org/model", version: "main", hashes: metainfo.hashes,
            torrentFile: try folder.write(bytes, to: "registry/model.torrent"),
            resumeFile: folder.path("registry/resume"), folder: folder.path("model"), size: metainfo.payloadSize)
        item.hashedAt = Int64(Date().timeIntervalSince1970 * 1e9) + 2_000_000_000
        self.item = item
        source = FakeSource([item])
    }

    var stateFile: String { folder.path("state/torrents.json") }

    func desk(
        _ engine: FakeEngine? = nil, _ change: (inout TorrentDesk.Settings) -> Void = { _ in }
    ) -> TorrentDesk {
        var settings = TorrentDesk.Settings(stateFile: stateFile)
        settings.tick = .milliseconds(5)
        change(&settings)
        return TorrentDesk(
            engine: engine ?? self.engine, source: source, runner: runner, settings: settings,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Changes bytes of a file, and the time of its change.
    func spoil(_ name: String) throws {
        var bytes = try #require(folder.read(name))
        bytes[10] ^= 0xFF
        try folder.write(bytes, to: name)
    }
}

extension TorrentDesk {
    /// Works for as long as `body` does.
    func working<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        let work = Task { await run() }
        do {
            let result = try await body()
            work.cancel()
            await work.value
            return result
        } catch {
            work.cancel()
            await work.value
            throw error
        }
    }

    /// The only transfer, once it is as it should be.
    func transfer(
        _ what: String, sourceLocation: SourceLocation = #_sourceLocation,
        until isRight: (TorrentTransfer) -> Bool
    ) async throws -> TorrentTransfer {
        for _ in 0..<1_000 {
            let all = transfers()
            if let found = all.first(where: isRight) { return found }
            try await Task.sleep(for: .milliseconds(5))
        }
        let all = transfers()
        Issue.record("no transfer became \(what): \(all)", sourceLocation: sourceLocation)
        throw CancellationError()
    }
}

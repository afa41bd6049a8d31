import Foundation
import PublishWire
import TestSupport
import Torrents

/// A model as tests share it: sub-folders, an empty file, two equal ones, sizes on both sides of a piece.
struct SampleTorrent {
    /// Where the folder lies that is named as the torrent.
    let parent: String
    let plan: TorrentPlan

    var folder: String { parent + "/" + plan.name }

    static let files: [(path: [String], size: Int)] = [
        (["README.md"], 1_234),
        (["config.json"], 400),
        (["empty.txt"], 0),
        (["model.safetensors"], 1_500_000),
        (["onnx", "copy.bin"], 70_000),
        (["onnx", "model.onnx"], 262_144),
        (["tokenizer", "deep", "vocab.txt"], 70_000),
    ]

    init(_ fixture: Fixture, at place: String = "source", name: String = "sample-model", seed: UInt64 = 1) async throws
    {
        parent = fixture.path(place)
        var files: [TorrentPlan.File] = []
        for (index, file) in Self.files.enumerated() {
            let path = "\(parent)/\(name)/" + file.path.joined(separator: "/")
            // Both of this size are the same.
            let number = file.size == 70_000 ? 0 : UInt64(index)
            try await writeBytes(SampleContent.random.bytes(file.size, seed: seed &* 1_000 &+ number), to: path)
            files.append(TorrentPlan.File(path: file.path, source: path, size: Int64(file.size)))
        }
        var plan = TorrentPlan(name: name, files: files)
        plan.pieceLength = 64 << 10
        self.plan = plan
    }

    func with(_ format: TorrentPlan.Format) -> SampleTorrent {
        var plan = plan
        plan.format = format
        return SampleTorrent(parent: parent, plan: plan)
    }

    private init(parent: String, plan: TorrentPlan) {
        self.parent = parent
        self.plan = plan
    }
}

extension Fixture {
    /// An engine on loopback that ends with the test.
    func engine(_ change: (inout EngineSettings) -> Void = { _ in }) async throws -> Libtorrent {
        var settings = EngineSettings.loopback()
        settings.usesDHT = false
        change(&settings)
        let engine = try await Libtorrent(settings)
        onCleanup { await engine.close(grace: .seconds(1)) }
        return engine
    }

    /// An engine that gives a sample away, and the torrent.
    func seeder(
        _ sample: SampleTorrent, _ change: (inout EngineSettings) -> Void = { _ in }
    ) async throws -> (engine: Libtorrent, torrent: TorrentID, metainfo: [UInt8]) {
        let engine = try await engine(change)
        let metainfo = try await engine.make(sample.plan) { _ in }
        var order = TorrentOrder(.metainfo(metainfo), folder: sample.parent)
        order.isSeed = true
        let torrent = try await engine.add(order)
        return (engine, torrent, metainfo)
    }
}

extension Libtorrent {
    /// Polls until a torrent is in a phase.
    func wait(
        for phases: TorrentStatus.Phase..., of torrent: TorrentID, timeout: Duration = .seconds(60)
    ) async throws {
        let deadline = ContinuousClock.now + timeout
        while true {
            let status = try await status(of: torrent)
            if phases.contains(status.phase) { return }
            guard ContinuousClock.now < deadline else { throw TestFailure("no \(phases) within \(timeout): \(status)") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Polls until `condition` holds.
    func wait(until what: String, timeout: Duration = .seconds(60), _ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + timeout
        while try await !condition() {
            guard ContinuousClock.now < deadline else { throw TestFailure("no \(what) within \(timeout)") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Fetches a torrent from peers on this machine.
    func fetch(_ metainfo: [UInt8], into folder: String, from peers: [UInt16]) async throws -> TorrentID {
        let torrent = try await add(TorrentOrder(.metainfo(metainfo), folder: folder))
        for port in peers { try await connect(torrent, to: .local(port)) }
        try await wait(for: .seeding, of: torrent)
        return torrent
    }
}

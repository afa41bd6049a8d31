import NIOCore
import Publish
import PublishWire
import Synchronization
import Testing
import Torrents

@Suite(.timeLimit(.minutes(1))) struct PieceFeederTests {
    /// Sends the bytes of a scene slowly, or has none of them.
    private final class Source: RangeSource {
        let name: String
        let kind = SourceKind.web
        let knowsRanges = true
        let contents: [[UInt8]]?
        let asked = Mutex<[Range<Int64>]>([])

        init(_ name: String, _ contents: [[UInt8]]?) { (self.name, self.contents) = (name, contents) }

        func mayHave(_ file: SourceFile) -> Bool { true }

        func read(
            _ file: SourceFile, _ range: Range<Int64>, _ take: @Sendable (ByteBuffer) async throws -> Bool
        ) async throws {
            asked.withLock { $0.append(range) }
            guard let contents else { throw SourceFault(.lacksFile, "\(file.path) is not there") }
            for start in stride(from: range.lowerBound, to: range.upperBound, by: 32 << 10) {
                try await Task.sleep(for: .milliseconds(20))
                let end = min(start + 32 << 10, range.upperBound)
                guard try await take(ByteBuffer(bytes: contents[file.index][Int(start)..<Int(end)])) else { return }
            }
        }
    }

    /// Works with sources until `isDone`.
    private func feed(
        _ scene: GetScene, _ sources: [Source], tell: @escaping @Sendable (String) -> Void = { _ in },
        isDone: (FakeEngine, TorrentID) async throws -> Bool
    ) async throws {
        let engine = FakeEngine(scene.network, piecesPerStep: 0)
        let torrent = try await engine.add(
            TorrentOrder(.metainfo(scene.metainfo.bytes), folder: scene.folder.path("got")))
        var settings = PieceFeeder.Settings()
        settings.claimLife = .milliseconds(200)
        let feeder = PieceFeeder(scene.metainfo, torrent: torrent, engine: engine, settings: settings, tell: tell)
        for source in sources { await feeder.add(source) }
        await feeder.want(scene.metainfo.files.map { !$0.isPad })
        let work = Task { await feeder.run() }
        while try await !isDone(engine, torrent) { try await Task.sleep(for: .milliseconds(20)) }
        work.cancel()
        await work.value
    }

    @Test("a slow source is asked for everything once")
    func slow() async throws {
        let scene = try GetScene([("model.bin", sampleBytes(2_000_000, seed: 1))], format: .v2, hasManifest: false)
        let source = Source("slow", [sampleBytes(2_000_000, seed: 1)])
        try await feed(scene, [source]) { engine, torrent in
            try await engine.pieces(of: torrent).allSatisfy { $0 }
        }
        #expect(source.asked.withLock { $0.reduce(0) { $0 + $1.count } } < 2_300_000)
    }

    @Test("a source that has none of the files is asked once for each, and left")
    func lacking() async throws {
        let files = (0..<3).map { ("\($0).bin", sampleBytes(200_000, seed: UInt64($0))) }
        let scene = try GetScene(files, format: .v2, hasManifest: false)
        let source = Source("empty", nil)
        let told = Mutex<[String]>([])
        try await feed(scene, [source], tell: { line in told.withLock { $0.append(line) } }) { _, _ in
            told.withLock { !$0.isEmpty }
        }
        #expect(told.withLock { $0 } == ["empty is not asked any more: it has none of the files"])
        #expect(source.asked.withLock { $0.count } <= 12)
    }
}

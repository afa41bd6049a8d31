import PublishWire
import Synchronization
import TestSupport
import Testing
import Torrents

@Suite struct MakingTests {
    @Test("makes the same torrent as another program does", arguments: TorrentPlan.Format.allCases)
    func sameAsOthers(format: TorrentPlan.Format) async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture).with(format)
            let engine = try await fixture.engine()
            let metainfo = try Metainfo(try await engine.make(sample.plan) { _ in })
            let other = try await OtherLibtorrent(fixture: fixture).make(
                sample.folder, format: format.rawValue, pieceLength: 64 << 10, into: fixture.path("other.torrent"))
            if format == .v1 {
                // Which file is the first is free in v1; both hold the same.
                let theirs = try Metainfo(try readBytes(fixture.path("other.torrent")))
                #expect(Set(theirs.files.map(\.path)) == Set(metainfo.files.map(\.path)))
            } else {
                #expect([hexadecimal(metainfo.hashes.v1), hexadecimal(metainfo.hashes.v2)] == other)
            }
            let files = metainfo.files.filter { !$0.isPad }
            #expect(Set(files.map { $0.path.components }) == Set(SampleTorrent.files.map(\.path)))
        }
    }

    @Test(
        "the same files give the same bytes, in whatever order they are named",
        arguments: [TorrentPlan.Format.hybrid, .v2])
    func deterministic(format: TorrentPlan.Format) async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture).with(format)
            let engine = try await fixture.engine()
            let first = try await engine.make(sample.plan) { _ in }
            var plan = sample.plan
            plan.files.reverse()
            #expect(try await engine.make(plan) { _ in } == first)
        }
    }

    @Test("takes files from where they lie: links and blobs with other names", arguments: TorrentPlan.Format.allCases)
    func sourcesElsewhere(format: TorrentPlan.Format) async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture).with(format)
            let engine = try await fixture.engine()
            let cached = try await CachedSample(fixture, of: sample)
            #expect(try await engine.make(cached.plan) { _ in } == engine.make(sample.plan) { _ in })
        }
    }

    @Test("equal files have equal roots, in torrents of other pieces and versions too")
    func equalRoots() async throws {
        try await withFixture { fixture in
            let engine = try await fixture.engine()
            var plan = try await SampleTorrent(fixture).plan
            let first = try Metainfo(try await engine.make(plan) { _ in })
            plan.format = .v2
            plan.pieceLength = 16 << 10
            plan.files.removeAll { $0.path == ["README.md"] }
            let second = try Metainfo(try await engine.make(plan) { _ in })
            func roots(_ metainfo: Metainfo) -> [[String]: [UInt8]] {
                Dictionary(metainfo.files.compactMap { file in file.piecesRoot.map { (file.path.components, $0) } }) {
                    $1
                }
            }
            let (before, after) = (roots(first), roots(second))
            #expect(after.count == SampleTorrent.files.count - 2)
            for (path, root) in after { #expect(before[path] == root, "\(path)") }
            #expect(before[["onnx", "copy.bin"]] == before[["tokenizer", "deep", "vocab.txt"]])
        }
    }

    @Test("tells how far it is, and carries what it is told to")
    func progress() async throws {
        try await withFixture { fixture in
            let engine = try await fixture.engine()
            var plan = try await SampleTorrent(fixture).plan
            plan.trackers = ["http://tracker.example/announce"]
            plan.webSeeds = ["https://hub.example/resolve/"]
            plan.comment = "a sample"
            plan.creator = "shoal/1"
            let most = Mutex<Int64>(0)
            let metainfo = try Metainfo(try await engine.make(plan) { bytes in most.withLock { $0 = max($0, bytes) } })
            #expect(most.withLock { $0 } == SampleTorrent.files.reduce(0) { $0 + Int64($1.size) })
            #expect(metainfo.trackers == plan.trackers && metainfo.webSeeds == plan.webSeeds)
            #expect(metainfo.comment == plan.comment && metainfo.createdBy == plan.creator)
            #expect(metainfo.createdAt == nil)
        }
    }

    @Test("refuses what cannot be a torrent")
    func refusals() async throws {
        try await withFixture { fixture in
            let engine = try await fixture.engine()
            let sample = try await SampleTorrent(fixture)
            func expect(_ code: TorrentError.Code, _ change: (inout TorrentPlan) -> Void) async {
                var plan = sample.plan
                change(&plan)
                await #expect { try await engine.make(plan) { _ in } } throws: { ($0 as? TorrentError)?.code == code }
            }
            await expect(.invalidTorrent) { $0.pieceLength = 100_000 }
            await expect(.invalidTorrent) { $0.pieceLength = 128 << 20 }
            await expect(.invalidTorrent) { $0.name = ".." }
            await expect(.invalidTorrent) { $0.files = [] }
            await expect(.invalidTorrent) { $0.files.removeAll { $0.size > 0 } }
            await expect(.invalidTorrent) { $0.files[0].path = ["a/b"] }
            await expect(.invalidTorrent) { $0.files[0].path = [] }
            await expect(.invalidTorrent) { $0.files[1].path = $0.files[0].path }
            await expect(.invalidTorrent) { $0.files[0].path = ["onnx"] }
            await expect(.storage) { $0.files[0].source += ".absent" }
            await expect(.storage) { $0.files[0].size += 1 }
            await expect(.storage) { $0.files[0].source = sample.folder }
        }
    }

    @Test("can be stopped in the middle")
    func cancellation() async throws {
        try await withFixture { fixture in
            let engine = try await fixture.engine()
            let plan = try await SampleTorrent(fixture).plan
            let work = Task { try await engine.make(plan) { _ in } }
            work.cancel()
            let result = await work.result
            #expect(throws: TorrentError.self) { try result.get() }
        }
    }
}

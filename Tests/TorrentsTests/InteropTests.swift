import PublishWire
import TestSupport
import Testing
import Torrents

/// What others make of our torrents, and give to us, on loopback: each as far as its authors went.
@Suite struct InteropTests {
    @Test("libtorrent 2.1 fetches from us, and we from it", arguments: TorrentPlan.Format.allCases)
    func otherLibtorrent(format: TorrentPlan.Format) async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture).with(format)
            let (seeder, _, metainfo) = try await fixture.seeder(sample)
            let file = fixture.path("sample.torrent")
            try await writeBytes(metainfo, to: file)
            let hashes = try Metainfo(metainfo).hashes
            let other = OtherLibtorrent(fixture: fixture)
            #expect(try await other.hashes(of: file) == [hexadecimal(hashes.v1), hexadecimal(hashes.v2)])

            let got = try await other.get(file, into: try fixture.directory("theirs"), from: [await seeder.port])
            try await got.process.wait(timeout: .seconds(60)).expecting(0)
            try await expectSame(sample.folder, fixture.path("theirs/sample-model"))

            let link = MagnetLink(hashes)
            let followed = try await other.get(
                "\(link)", into: try fixture.directory("followed"), from: [await seeder.port])
            try await followed.process.wait(timeout: .seconds(60)).expecting(0)
            try await expectSame(sample.folder, fixture.path("followed/sample-model"))

            let peer = try await other.seed(file, from: sample.parent)
            let engine = try await fixture.engine()
            _ = try await engine.fetch(metainfo, into: fixture.path("ours"), from: [peer.port])
            try await expectSame(sample.folder, fixture.path("ours/sample-model"))
        }
    }

    @Test("qBittorrent fetches from us, and gives to us")
    func qBittorrent() async throws {
        try await withFixture { fixture in
            let client = try await QBittorrent(fixture)
            var seeders: [(Libtorrent, TorrentID)] = []
            var samples: [(TorrentPlan.Format, SampleTorrent, [UInt8])] = []
            for (index, format) in TorrentPlan.Format.allCases.enumerated() {
                let sample = try await SampleTorrent(
                    fixture, at: "source-\(format)", name: "model-\(format)", seed: UInt64(index)
                ).with(format)
                let (seeder, torrent, metainfo) = try await fixture.seeder(sample)
                let file = fixture.path("\(format).torrent")
                try await writeBytes(metainfo, to: file)
                try await client.add(file, folder: fixture.path("theirs"))
                seeders.append((seeder, torrent))
                samples.append((format, sample, metainfo))
            }
            // It takes a moment to begin what it was told.
            for (seeder, torrent) in seeders {
                try await seeder.wait(until: "a peer") {
                    try await seeder.connect(torrent, to: .local(client.port))
                    try await Task.sleep(for: .milliseconds(200))
                    return try await seeder.status(of: torrent).given > 0
                }
            }
            try await client.whole()
            for (seeder, _) in seeders { await seeder.close(grace: .seconds(1)) }
            for (format, sample, metainfo) in samples {
                try await expectSame(sample.folder, fixture.path("theirs/model-\(format)"))
                let engine = try await fixture.engine()
                _ = try await engine.fetch(metainfo, into: fixture.path("ours"), from: [client.port])
                try await expectSame(sample.folder, fixture.path("ours/model-\(format)"))
            }
        }
    }

    @Test("aria2 fetches v1 from us and gives it to us, by way of opentracker")
    func aria() async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture).with(.v1)
            let probe = try await fixture.engine()
            let hashes = try Metainfo(try await probe.make(sample.plan) { _ in }).hashes
            let tracker = try await OtherClients.tracker(fixture, hashes: [hexadecimal(hashes.short)])
            var plan = sample.plan
            plan.trackers = [tracker.url]
            let metainfo = try await probe.make(plan) { _ in }
            let file = fixture.path("sample.torrent")
            try await writeBytes(metainfo, to: file)

            let seeder = try await fixture.engine()
            let events = seeder.events()
            var order = TorrentOrder(.metainfo(metainfo), folder: sample.parent)
            order.isSeed = true
            let source = try await seeder.add(order)
            for await event in events {
                if case .announced(source, tracker.url, _) = event { break }
                if case .complaint(_, let text) = event { throw TestFailure(text) }
            }
            let client = try OtherClients.aria(fixture, file, folder: fixture.path("theirs"), seeds: false)
            try await client.wait(timeout: .seconds(60)).expecting(0)
            try await expectSame(sample.folder, fixture.path("theirs/sample-model"))
            await seeder.close(grace: .seconds(2))

            let giving = try OtherClients.aria(fixture, file, folder: sample.parent, seeds: true)
            let engine = try await fixture.engine()
            let torrent = try await engine.add(TorrentOrder(.metainfo(metainfo), folder: fixture.path("ours")))
            try await engine.wait(for: .seeding, of: torrent, timeout: .seconds(60))
            try await expectSame(sample.folder, fixture.path("ours/sample-model"))
            giving.signal(9)
        }
    }

    @Test("Transmission fetches v1 from us")
    func transmissionFetches() async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture).with(.v1)
            let (seeder, torrent, metainfo) = try await fixture.seeder(sample)
            let file = fixture.path("sample.torrent")
            try await writeBytes(metainfo, to: file)
            let client = try await OtherClients.transmission(fixture, file, folder: try fixture.directory("theirs"))
            try await seeder.wait(until: "all to be given", timeout: .seconds(40)) {
                // It takes its time before it takes calls.
                try await seeder.connect(torrent, to: .local(client.port))
                try await Task.sleep(for: .milliseconds(200))
                // It makes no empty files.
                let differences = try? await differences(
                    betweenFolder: sample.folder, and: fixture.path("theirs/sample-model"), ignoring: ["empty.txt"])
                return differences?.isEmpty == true
            }
        }
    }

    @Test("Transmission gives v1 to us")
    func transmissionGives() async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture).with(.v1)
            let engine = try await fixture.engine()
            let metainfo = try await engine.make(sample.plan) { _ in }
            let file = fixture.path("sample.torrent")
            try await writeBytes(metainfo, to: file)
            let client = try await OtherClients.transmission(fixture, file, folder: sample.parent)
            let torrent = try await engine.add(TorrentOrder(.metainfo(metainfo), folder: fixture.path("ours")))
            try await engine.wait(until: "all to be had", timeout: .seconds(40)) {
                try await engine.connect(torrent, to: .local(client.port))
                try await Task.sleep(for: .milliseconds(200))
                return try await engine.status(of: torrent).phase == .seeding
            }
            try await expectSame(sample.folder, fixture.path("ours/sample-model"))
        }
    }

    @Test("two engines meet by way of opentracker, for v2 and hybrid too", arguments: [TorrentPlan.Format.hybrid, .v2])
    func tracker(format: TorrentPlan.Format) async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture).with(format)
            let probe = try await fixture.engine()
            let hashes = try Metainfo(try await probe.make(sample.plan) { _ in }).hashes
            let names = [hashes.v1, hashes.v2.map { Array($0.prefix(20)) }].compactMap { $0 }
            let tracker = try await OtherClients.tracker(fixture, hashes: names.map { hexadecimal($0) })
            let (_, _, metainfo) = try await fixture.seeder(sample)
            var order = TorrentOrder(.metainfo(metainfo), folder: sample.parent)
            order.isSeed = true
            order.trackers = [tracker.url]
            let seeder = try await fixture.engine()
            let events = seeder.events()
            let source = try await seeder.add(order)
            for await event in events {
                if case .announced(source, _, _) = event { break }
            }
            let engine = try await fixture.engine()
            var wish = TorrentOrder(.metainfo(metainfo), folder: fixture.path("got"))
            wish.trackers = [tracker.url]
            let torrent = try await engine.add(wish)
            try await engine.wait(for: .seeding, of: torrent)
            try await expectSame(sample.folder, fixture.path("got/sample-model"))

            // A tracker that does not know it says so.
            let stranger = try await SampleTorrent(fixture, at: "other", seed: 9).with(format)
            var unknown = TorrentOrder(
                .metainfo(try await probe.make(stranger.plan) { _ in }), folder: stranger.parent)
            unknown.trackers = [tracker.url]
            let complaints = probe.events()
            let refused = try await probe.add(unknown)
            for await event in complaints {
                if case .complaint(refused, let text) = event {
                    #expect(text.contains("authorized"))
                    break
                }
            }
        }
    }

    @Test("a model of one file lies where other programs put it", arguments: TorrentPlan.Format.allCases)
    func oneFile(format: TorrentPlan.Format) async throws {
        try await withFixture { fixture in
            var plan = try await SampleTorrent(fixture).plan
            plan.files = plan.files.filter { $0.path == ["config.json"] }
            plan.format = format
            let maker = try await fixture.engine()
            let metainfo = try await maker.make(plan) { _ in }
            let description = try Metainfo(metainfo)
            var order = TorrentOrder(.metainfo(metainfo), folder: fixture.path("source"))
            order.places = [0: plan.files[0].source]
            order.isSeed = true
            let seeder = try await fixture.engine()
            _ = try await seeder.add(order)
            let file = fixture.path("one.torrent")
            try await writeBytes(metainfo, to: file)
            let got = try await OtherLibtorrent(fixture: fixture).get(
                file, into: try fixture.directory("theirs"), from: [await seeder.port])
            try await got.process.wait(timeout: .seconds(60)).expecting(0)
            let engine = try await fixture.engine()
            _ = try await engine.fetch(metainfo, into: fixture.path("ours"), from: [await seeder.port])
            try await expectSame(fixture.path("theirs"), fixture.path("ours"))
            let stored = try description.storedPath(of: 0).components.joined(separator: "/")
            #expect(try readBytes(fixture.path("ours/\(stored)")) == readBytes(plan.files[0].source))
        }
    }
}

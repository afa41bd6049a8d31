import Foundation
import PublishWire
import TestSupport
import Testing
import Torrents

@Suite struct TransferTests {
    @Test("moves a torrent from one engine to another", arguments: TorrentPlan.Format.allCases)
    func transfer(format: TorrentPlan.Format) async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture).with(format)
            let (seeder, source, metainfo) = try await fixture.seeder(sample)
            let engine = try await fixture.engine()
            let events = engine.events()
            let torrent = try await engine.fetch(metainfo, into: fixture.path("got"), from: [await seeder.port])
            try await expectSame(sample.folder, fixture.path("got/sample-model"))
            #expect(!FileManager.default.fileExists(atPath: fixture.path("got/.pad")))

            let total = SampleTorrent.files.reduce(0) { $0 + Int64($1.size) }
            // What went over the wire is counted now and then.
            try await engine.wait(until: "the count") { try await engine.status(of: torrent).received >= total }
            try await seeder.wait(until: "the count") { try await seeder.status(of: source).given >= total }
            let status = try await engine.status(of: torrent)
            #expect(status.name == "sample-model" && status.phase == .seeding)
            #expect(status.wanted == total && status.done == total)
            let description = try Metainfo(metainfo)
            #expect(status.hashes == description.hashes)
            let given = try await seeder.status(of: source)
            #expect(given.phase == .seeding && given.done == total)

            let pieces = try await engine.pieces(of: torrent)
            #expect(pieces.count == description.pieceCount && pieces.allSatisfy { $0 })
            let progress = try await engine.fileProgress(of: torrent)
            for (file, bytes) in zip(description.files, progress) where !file.isPad { #expect(bytes == file.size) }
            #expect(try Metainfo(try await engine.metainfo(of: torrent)).hashes == description.hashes)

            try await engine.remove(torrent)
            await #expect { try await engine.status(of: torrent) } throws: {
                ($0 as? TorrentError)?.code == .unknownTorrent
            }
            try await expectSame(sample.folder, fixture.path("got/sample-model"))
            await engine.close(grace: .seconds(1))
            var told: [String] = []
            for await event in events { told.append("\(event)") }
            #expect(told.contains { $0.hasPrefix("finished") } && told.count { $0.hasPrefix("piece") } == pieces.count)
        }
    }

    @Test(
        "a magnet link tells what it is, and takes nothing before it is told to", arguments: TorrentPlan.Format.allCases
    )
    func magnet(format: TorrentPlan.Format) async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture).with(format)
            let (seeder, _, metainfo) = try await fixture.seeder(sample)
            let description = try Metainfo(metainfo)
            let engine = try await fixture.engine()
            var link = MagnetLink(description.hashes)
            link.peers = [.local(await seeder.port)]
            let torrent = try await engine.add(TorrentOrder(.magnet(link), folder: fixture.path("got")))
            let told = try Metainfo(try await engine.metainfo(of: torrent), requiresLayers: false)
            #expect(told.hashes == description.hashes && told.files == description.files)
            #expect(try await engine.status(of: torrent).phase == .metadata)
            try await Task.sleep(for: .milliseconds(300))
            #expect(try await engine.status(of: torrent).received == 0)
            #expect(!FileManager.default.fileExists(atPath: fixture.path("got")))
            try await engine.setWanted(told.files.map { _ in true }, of: torrent)
            try await engine.wait(for: .seeding, of: torrent)
            try await expectSame(sample.folder, fixture.path("got/sample-model"))
            #expect(try Metainfo(try await engine.metainfo(of: torrent)).hasPieceLayers)
        }
    }

    @Test(
        "gives files away from where they lie, and puts them where it is told", arguments: TorrentPlan.Format.allCases)
    func places(format: TorrentPlan.Format) async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture).with(format)
            let cached = try await CachedSample(fixture, of: sample)
            let seeder = try await fixture.engine()
            let metainfo = try await seeder.make(cached.plan) { _ in }
            let description = try Metainfo(metainfo)
            var order = TorrentOrder(.metainfo(metainfo), folder: fixture.path("nowhere"))
            for (index, file) in description.files.enumerated() {
                order.places[index] = cached.blobs[file.path.components]
            }
            // Not as a seed: all is checked, and found right, where it lies.
            let source = try await seeder.add(order)
            try await seeder.wait(for: .seeding, of: source)
            #expect(!FileManager.default.fileExists(atPath: fixture.path("nowhere")))

            let engine = try await fixture.engine()
            var wish = TorrentOrder(.metainfo(metainfo), folder: fixture.path("got"))
            for (index, file) in description.files.enumerated() where !file.isPad {
                wish.places[index] = fixture.path("blobs/\(file.path.components.joined(separator: "-"))")
            }
            wish.peers = [.local(await seeder.port)]
            let torrent = try await engine.add(wish)
            try await engine.wait(for: .seeding, of: torrent)
            #expect(!FileManager.default.fileExists(atPath: fixture.path("got")))
            for file in sample.plan.files {
                let place = fixture.path("blobs/\(file.path.joined(separator: "-"))")
                #expect(try readBytes(place) == readBytes(file.source), "\(file.path)")
            }
        }
    }

    @Test("takes only what is wanted, and the rest when it is")
    func selection() async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture)
            let (seeder, _, metainfo) = try await fixture.seeder(sample)
            let files = try Metainfo(metainfo).files
            let engine = try await fixture.engine()
            var order = TorrentOrder(.metainfo(metainfo), folder: fixture.path("got"))
            order.wanted = files.map { $0.path.components == ["config.json"] }
            order.peers = [.local(await seeder.port)]
            let torrent = try await engine.add(order)
            try await engine.wait(for: .finished, of: torrent)
            var status = try await engine.status(of: torrent)
            #expect(status.wanted == 400 && status.done == 400)
            #expect(!FileManager.default.fileExists(atPath: fixture.path("got/sample-model/model.safetensors")))
            try await engine.setWanted(files.map { $0.path.components != ["model.safetensors"] }, of: torrent)
            try await engine.wait(until: "all but one") {
                let now = try await engine.status(of: torrent)
                return now.phase == .finished && now.wanted > 400 && now.done == now.wanted
            }
            status = try await engine.status(of: torrent)
            #expect(status.wanted == SampleTorrent.files.reduce(0) { $0 + Int64($1.size) } - 1_500_000)
            #expect(!FileManager.default.fileExists(atPath: fixture.path("got/sample-model/model.safetensors")))
            await #expect(throws: TorrentError.self) { try await engine.setWanted([true], of: torrent) }
        }
    }

    @Test("pauses, goes on, and keeps to its limits")
    func limits() async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture)
            let (seeder, _, metainfo) = try await fixture.seeder(sample) { $0.uploadLimit = 400_000 }
            let engine = try await fixture.engine()
            let begin = ContinuousClock.now
            let torrent = try await engine.add(TorrentOrder(.metainfo(metainfo), folder: fixture.path("got")))
            try await engine.connect(torrent, to: .local(await seeder.port))
            try await engine.wait(until: "first bytes") { try await engine.status(of: torrent).received > 50_000 }
            try await engine.pause(torrent)
            try await engine.wait(for: .paused, of: torrent)
            // What was on its way still arrives.
            try await Task.sleep(for: .milliseconds(300))
            let before = try await engine.status(of: torrent).received
            try await Task.sleep(for: .milliseconds(400))
            let paused = try await engine.status(of: torrent)
            #expect(paused.received == before && paused.peers == 0)
            try await engine.resume(torrent)
            try await engine.wait(until: "more") { try await engine.status(of: torrent).received > before + 50_000 }
            #expect(try await engine.status(of: torrent).phase == .downloading)
            #expect(ContinuousClock.now - begin > .milliseconds(700))
            await seeder.setLimits(download: 0, upload: 0)
            try await engine.wait(for: .seeding, of: torrent)
            #expect(ContinuousClock.now - begin < .seconds(20))
            try await expectSame(sample.folder, fixture.path("got/sample-model"))
        }
    }

    @Test("begins a torrent once, and says what is wrong with others")
    func adding() async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture)
            let (engine, torrent, metainfo) = try await fixture.seeder(sample)
            #expect(try await engine.add(TorrentOrder(.metainfo(metainfo), folder: fixture.path("other"))) == torrent)
            #expect(await engine.torrents() == [torrent])
            let broken: [[UInt8]] = [
                [], Array("no torrent".utf8), Array(metainfo.dropLast(9)), Array("d4:infodee".utf8),
            ]
            for bytes in broken {
                await #expect {
                    try await engine.add(TorrentOrder(.metainfo(bytes), folder: fixture.path("other")))
                } throws: { ($0 as? TorrentError)?.code == .invalidTorrent }
            }
            await #expect { try await engine.pause(TorrentID(99)) } throws: {
                ($0 as? TorrentError)?.code == .unknownTorrent
            }
            await engine.close(grace: .seconds(1))
            await #expect { try await engine.status(of: torrent) } throws: { ($0 as? TorrentError)?.code == .closed }
            await engine.close(grace: .seconds(1))
        }
    }

    @Test("speaks encrypted alone where it must", arguments: EngineSettings.Encryption.allCases)
    func encryption(_ encryption: EngineSettings.Encryption) async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture)
            let (seeder, _, metainfo) = try await fixture.seeder(sample) { $0.encryption = encryption }
            let engine = try await fixture.engine { $0.encryption = encryption == .off ? .off : .required }
            _ = try await engine.fetch(metainfo, into: fixture.path("got"), from: [await seeder.port])
            try await expectSame(sample.folder, fixture.path("got/sample-model"))
        }
    }
}

import Foundation
import PublishWire
import TestSupport
import Testing
import Torrents

@Suite struct RestartTests {
    @Test("goes on after its end with what it had, and checks nothing twice", arguments: TorrentPlan.Format.allCases)
    func resumeData(format: TorrentPlan.Format) async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture).with(format)
            let (seeder, _, metainfo) = try await fixture.seeder(sample) { $0.uploadLimit = 400_000 }
            let first = try await fixture.engine()
            let begun = try await first.add(TorrentOrder(.metainfo(metainfo), folder: fixture.path("got")))
            try await first.connect(begun, to: .local(await seeder.port))
            try await first.wait(until: "a part") { try await first.status(of: begun).done > 300_000 }
            try await first.pause(begun)
            let data = try await first.resumeData(of: begun)
            let had = try await first.pieces(of: begun)
            await first.close(grace: .seconds(1))
            #expect(had.contains(true) && had.contains(false))

            let second = try await fixture.engine()
            let events = second.events()
            var order = TorrentOrder(.metainfo(metainfo), folder: fixture.path("got"))
            order.resumeData = data
            let torrent = try await second.add(order)
            for await event in events {
                if case .checked(torrent) = event { break }
            }
            let has = try await second.pieces(of: torrent)
            #expect(zip(had, has).allSatisfy { !$0 || $1 })
            await seeder.setLimits(download: 0, upload: 0)
            try await second.connect(torrent, to: .local(await seeder.port))
            try await second.wait(for: .seeding, of: torrent)
            try await expectSame(sample.folder, fixture.path("got/sample-model"))
            let total = Int64(sample.plan.files.reduce(0) { $0 + $1.size })
            let status = try await second.status(of: torrent)
            // Of what was on its way at the end some comes again.
            #expect(status.received < total + 400_000)
        }
    }

    @Test("finds what a killed engine wrote, without resume data")
    func check() async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture)
            let (_, _, metainfo) = try await fixture.seeder(sample)
            try FileManager.default.createDirectory(
                atPath: fixture.path("got/sample-model"), withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: sample.folder + "/model.safetensors", toPath: fixture.path("got/sample-model/model.safetensors")
            )
            let engine = try await fixture.engine()
            let torrent = try await engine.add(TorrentOrder(.metainfo(metainfo), folder: fixture.path("got")))
            try await engine.wait(for: .downloading, of: torrent)
            let files = try Metainfo(metainfo).files
            let progress = try await engine.fileProgress(of: torrent)
            for (file, bytes) in zip(files, progress) where !file.isPad && file.size > 0 {
                #expect(bytes == (file.path.components == ["model.safetensors"] ? file.size : 0))
            }
        }
    }

    @Test("data of another torrent, or none at all, only means that all is checked", arguments: [0, 1, 2])
    func foreignData(kind: Int) async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture)
            let (engine, source, metainfo) = try await fixture.seeder(sample)
            try await engine.wait(for: .seeding, of: source)
            var data: [UInt8]
            switch kind {
            case 0:
                let other = try await SampleTorrent(fixture, at: "other", seed: 2)
                let (seeder, torrent, _) = try await fixture.seeder(other)
                try await seeder.wait(for: .seeding, of: torrent)
                data = try await seeder.resumeData(of: torrent)
            case 1: data = Array("d1:x999999999999:".utf8)
            default:
                data = try await engine.resumeData(of: source)
                // The files are gone since.
                try FileManager.default.removeItem(atPath: sample.folder + "/model.safetensors")
            }
            let second = try await fixture.engine()
            var order = TorrentOrder(.metainfo(metainfo), folder: sample.parent)
            order.resumeData = data
            let torrent = try await second.add(order)
            if kind == 2 {
                try await second.wait(for: .downloading, of: torrent)
                #expect(try await second.status(of: torrent).done < 500_000)
            } else {
                try await second.wait(for: .seeding, of: torrent)
            }
        }
    }

    @Test("checks again when asked to")
    func recheck() async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture)
            let (engine, torrent, _) = try await fixture.seeder(sample)
            try await engine.wait(for: .seeding, of: torrent)
            var bytes = try readBytes(sample.folder + "/onnx/model.onnx")
            bytes[0] ^= 1
            try await writeBytes(bytes, to: sample.folder + "/onnx/model.onnx")
            try await engine.recheck(torrent)
            try await engine.wait(for: .downloading, of: torrent)
            #expect(try await engine.pieces(of: torrent).count { !$0 } == 1)
        }
    }
}

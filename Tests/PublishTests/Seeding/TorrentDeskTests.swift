import Foundation
import PublishWire
import Testing
import Torrents

@testable import Publish

@Suite struct TorrentDeskTests {
    @Test("what was shared is given at once, and again after the process was killed, without a check")
    func givesAgain() async throws {
        let scene = try await DeskScene()
        let first = scene.desk()
        await first.rescan()
        let seed = try #require(await first.transfers().first)
        #expect(seed.status == .active && seed.phase == "seeding" && seed.kind == .seed && seed.totalBytes == 200_500)
        // Nobody says goodbye.
        let engine = FakeEngine(scene.network)
        let second = scene.desk(engine)
        await second.rescan()
        let again = try #require(await second.transfers().first)
        #expect(again.phase == "seeding" && again.id == seed.id && engine.calls == ["add"])
    }

    @Test("files that nobody vouches for are checked first; nothing is believed before")
    func checks() async throws {
        let scene = try await DeskScene()
        var item = scene.item
        item.hashedAt = nil
        scene.source.set([item])
        let desk = scene.desk()
        await desk.rescan()
        #expect(await desk.transfers().first?.phase == "checking")
        try await desk.working {
            _ = try await desk.transfer("seeding") { $0.phase == "seeding" }
        }
    }

    @Test("a missing file stops its torrent with the reason, and it goes on when the file is back")
    func missing() async throws {
        let scene = try await DeskScene()
        let bytes = try #require(scene.folder.read("model/two.json"))
        let desk = scene.desk()
        try await desk.working {
            _ = try await desk.transfer("seeding") { $0.phase == "seeding" }
            try FileManager.default.removeItem(atPath: scene.folder.path("model/two.json"))
            await desk.rescan()
            let stopped = try #require(await desk.transfers().first)
            #expect(stopped.status == .failed && stopped.error?.contains("two.json is missing") == true)
            #expect(await scene.engine.torrents().isEmpty)
            try scene.folder.write([1, 2], to: "model/two.json")
            await desk.rescan()
            #expect(await desk.transfers().first?.error?.contains("has 2 bytes in place of 500") == true)
            try scene.folder.write(bytes, to: "model/two.json")
            await desk.rescan()
            _ = try await desk.transfer("seeding again") { $0.phase == "seeding" && $0.error == nil }
        }
    }

    @Test("a file that was changed is not given, is never written to, and is looked at again when it is right")
    func changed() async throws {
        let scene = try await DeskScene()
        let right = try #require(scene.folder.read("model/sub/one.bin"))
        // Somebody else has the right bytes, and would send them.
        let other = FakeEngine(scene.network)
        try scene.folder.write(right, to: "other/model/sub/one.bin")
        try scene.folder.write(try #require(scene.folder.read("model/two.json")), to: "other/model/two.json")
        var order = TorrentOrder(
            .metainfo(try #require(scene.folder.read("registry/model.torrent"))), folder: scene.folder.path("other"))
        order.isSeed = true
        _ = try await other.add(order)

        let desk = scene.desk()
        try await desk.working {
            _ = try await desk.transfer("seeding") { $0.phase == "seeding" }
            try scene.spoil("model/sub/one.bin")
            let wrong = scene.folder.read("model/sub/one.bin")
            await desk.rescan()
            let stopped = try await desk.transfer("stopped") { $0.status == .failed }
            #expect(stopped.error?.contains("not what was shared") == true, "\(stopped)")
            let adds = scene.engine.calls.count { $0 == "add" }
            await desk.rescan()
            #expect(scene.engine.calls.count { $0 == "add" } == adds)
            try await Task.sleep(for: .milliseconds(50))
            #expect(scene.folder.read("model/sub/one.bin") == wrong)
            try scene.folder.write(right, to: "model/sub/one.bin")
            await desk.rescan()
            _ = try await desk.transfer("seeding again") { $0.phase == "seeding" }
        }
    }

    @Test("a piece that proves wrong has all files checked")
    func doubted() async throws {
        let scene = try await DeskScene()
        let desk = scene.desk()
        try await desk.working {
            _ = try await desk.transfer("seeding") { $0.phase == "seeding" }
            // The bytes change and their times do not: only who gets them sees it.
            let path = scene.folder.path("model/sub/one.bin")
            let date = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate]
            let handle = try #require(FileHandle(forUpdatingAtPath: path))
            try handle.seek(toOffset: 70_000)
            try handle.write(contentsOf: Data("wrong".utf8))
            try handle.close()
            try FileManager.default.setAttributes([.modificationDate: try #require(date)], ofItemAtPath: path)
            let torrent = try #require(await scene.engine.torrents().first)
            scene.engine.tell(.wrongPiece(torrent, 1, peer: nil))
            _ = try await desk.transfer("stopped") { $0.status == .failed }
        }
    }

    @Test("what the engine cannot go on with is told, and tried again")
    func fails() async throws {
        let scene = try await DeskScene()
        let desk = scene.desk { $0.retryPeriod = .zero }
        try await desk.working {
            _ = try await desk.transfer("seeding") { $0.phase == "seeding" }
            let torrent = try #require(await scene.engine.torrents().first)
            scene.engine.fail(torrent, TorrentError(.storage, "the disk is broken"))
            let failed = try await desk.transfer("failed") { $0.status == .failed }
            #expect(failed.error == "the disk is broken")
            await desk.rescan()
            _ = try await desk.transfer("seeding again") { $0.phase == "seeding" }
        }
    }

    @Test("pausing lasts until it is resumed, over restarts; cancelling is for good")
    func pauses() async throws {
        let scene = try await DeskScene()
        let first = scene.desk()
        await first.rescan()
        let id = try #require(await first.transfers().first?.id)
        #expect(try await first.pause(id).status == .paused)
        #expect(await scene.engine.torrents().isEmpty)

        let second = scene.desk()
        await second.rescan()
        #expect(await second.transfers(.paused).map(\.id) == [id])
        #expect(await scene.engine.torrents().isEmpty)
        #expect(try await second.resume(id).status == .active)
        #expect(try await second.cancel(id).status == .cancelled)
        #expect(await scene.engine.torrents().isEmpty)
        #expect(try await scene.source.items().isEmpty)
        await #expect(throws: DeskFault.self) { try await second.resume(id) }
        await #expect(throws: DeskFault.self) { try await second.pause("x999") }

        let third = scene.desk()
        await third.rescan()
        #expect(await third.transfers().map(\.status) == [.cancelled])
    }

    @Test("rules: what is for nobody is not given, what is for neighbours is told to no tracker")
    func rules() async throws {
        let scene = try await DeskScene(trackers: ["http://tracker.example/announce"])
        let never = scene.desk { $0.reach = { _ in .nobody } }
        await never.rescan()
        #expect(await never.transfers().isEmpty)
        #expect(await scene.engine.torrents().isEmpty)

        let near = scene.desk { $0.reach = { _ in .neighbours } }
        await near.rescan()
        #expect(await near.transfers().first?.isPublic == false)
        let torrent = try #require(await scene.engine.torrents().first)
        let metainfo = try Metainfo(try await scene.engine.metainfo(of: torrent))
        #expect(metainfo.trackers.isEmpty && metainfo.hashes == scene.item.hashes)
    }

    @Test("seeding ends when enough was given, and what was given counts over restarts")
    func goal() async throws {
        let scene = try await DeskScene()
        let taker = FakeEngine(scene.network)
        let bytes = try #require(scene.folder.read("registry/model.torrent"))
        var order = TorrentOrder(.metainfo(bytes), folder: scene.folder.path("taken"))
        order.peers = [scene.engine.address]
        let torrent = try await taker.add(order)
        let desk = scene.desk { $0.goal = SeedGoal(ratio: 0.5) }
        try await desk.working {
            let done = try await desk.transfer("completed") { $0.status == .completed }
            #expect(done.givenBytes >= 100_250 && done.ratio >= 0.5, "\(done)")
            #expect(await scene.engine.torrents().isEmpty)
        }
        await desk.close(grace: .zero)
        _ = try? await taker.remove(torrent)
        let again = scene.desk(FakeEngine(scene.network)) { $0.goal = SeedGoal(ratio: 0.5) }
        await again.rescan()
        let told = try #require(await again.transfers().first)
        #expect(told.status == .completed && told.givenBytes >= 100_250)
        #expect(try await again.resume(told.id).status == .active)
    }

    @Test("a model that leaves the registry leaves the engine")
    func removed() async throws {
        let scene = try await DeskScene()
        let desk = scene.desk()
        await desk.rescan()
        scene.source.set([])
        await desk.rescan()
        #expect(await scene.engine.torrents().isEmpty)
        #expect(await desk.transfers().first?.phase == "removed")
    }

    @Test("a state file that cannot be read is begun anew, and resume data is kept")
    func state() async throws {
        let scene = try await DeskScene()
        try scene.folder.write(Array("{".utf8), to: "state/torrents.json")
        let desk = scene.desk()
        await desk.rescan()
        #expect(await desk.transfers().count == 1)
        await desk.close(grace: .zero)
        #expect(scene.folder.has("registry/resume"))
        await #expect(throws: DeskFault.self) { try await desk.pause("x1") }
    }

    @Test("what is over is remembered, up to a bound")
    func history() {
        var record = DeskRecord()
        for number in 0..<300 {
            record.note(
                TorrentTransfer(
                    id: "x\(number)", kind: .seed, status: .cancelled, phase: "cancelled", model: "org/model",
                    startedAt: 0))
        }
        #expect(record.history.count == DeskRecord.mostHistory && record.history.last?.id == "x299")
    }
}

import Foundation
import Publish
import PublishWire
import Testing
import Torrents
import Transfer

@Suite("What a download does to files that are there")
struct OverwritingTests {
    private func get(_ scene: GetScene, _ order: GetOrder, home: PublishFolder? = nil) async throws -> GetResult {
        var context = scene.context(FakeEngine(scene.network))
        if let home { context.folder = home }
        return try await TorrentDownload(order, in: context, observer: SilentObserver()).run()
    }

    @Test("files of the user that differ are named and stay, and --overwrite replaces them")
    func refused() async throws {
        let scene = try GetScene()
        let mine = ["out/config.json": Array("{}".utf8), "out/empty.txt": Array("notes".utf8)]
        for (name, bytes) in mine { try scene.folder.write(bytes, to: name) }
        try FileManager.default.createSymbolicLink(
            atPath: scene.folder.path("out/model.safetensors"), withDestinationPath: scene.folder.path("elsewhere"))
        var order = scene.order(from: [try await scene.seeder()])
        order.folder = scene.folder.path("out")
        let wanted = order
        let error = await #expect(throws: PublishError.self) { try await get(scene, wanted) }
        #expect(error?.code == .fileExists && error?.hint?.contains("--overwrite") == true)
        for name in ["config.json", "empty.txt", "model.safetensors"] {
            #expect(error?.message.contains(name) == true, "\(name)")
        }
        #expect(error?.message.contains("onnx/model.onnx") == false)
        for (name, bytes) in mine { #expect(scene.folder.read(name) == bytes) }
        order.overwrites = true
        _ = try await get(scene, order)
        #expect(scene.found(in: scene.folder.path("out")) == scene.expected)
    }

    @Test("a file that the user puts there while the model comes stays too, and the next run goes on")
    func late() async throws {
        let scene = try GetScene([("model.safetensors", sampleBytes(3_000_000, seed: 4))])
        var order = scene.order(from: [try await scene.seeder()])
        order.folder = scene.folder.path("out")
        let slow = FakeEngine(scene.network, piecesPerStep: 1)
        let (wanted, context) = (order, scene.context(slow))
        let run = Task { try await TorrentDownload(wanted, in: context, observer: SilentObserver()).run() }
        while await slow.torrents().isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        let torrent = try #require(await slow.torrents().first)
        while try await slow.status(of: torrent).received < 1_000_000 { try await Task.sleep(for: .milliseconds(2)) }
        try scene.folder.write([1, 2, 3], to: "out/model.safetensors")
        let error = await #expect(throws: PublishError.self) { try await run.value }
        #expect(error?.code == .fileExists)
        #expect(scene.folder.read("out/model.safetensors") == [1, 2, 3])
        try FileManager.default.removeItem(atPath: scene.folder.path("out/model.safetensors"))
        let result = try await get(scene, order)
        #expect(scene.found(in: scene.folder.path("out")) == scene.expected && result.fromPeers < 1_000_000)
    }

    @Test("a new state of a model that was got takes the place of the old one")
    func updated() async throws {
        let scene = try GetScene()
        let first = try await get(scene, scene.order(from: [try await scene.seeder()]))
        var files = GetScene.usualFiles
        for seed in UInt64(20)...21 {
            files[1].bytes = sampleBytes(800_000, seed: seed)
            let other = try GetScene(files, key: scene.key)
            let result = try await get(other, other.order(from: [try await other.seeder()]), home: scene.home)
            #expect(result.folder == first.folder && other.found(in: scene.modelFolder) == other.expected)
            let entry = try #require(try Registry(scene.home).find(CatalogueID("org/model")!))
            #expect(entry.hashes == other.metainfo.hashes)
        }
        #expect(try PlacedFile.names(in: scene.home.models + "/org") == ["model"])
    }
}

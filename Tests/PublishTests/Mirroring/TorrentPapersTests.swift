import Foundation
import Publish
import PublishWire
import Testing
import Torrents
import Transfer

@Suite("The manifest beside the info dictionary")
struct TorrentPapersTests {
    @Test("It is read again, and changes nothing of the torrent")
    func roundTrip() throws {
        let scene = try GetScene(webSeeds: ["http://web.test/"])
        let papers = TorrentPapers(manifest: Array("{}".utf8), signature: Array("sig".utf8))
        let bytes = try papers.added(to: scene.metainfo.bytes)
        let metainfo = try Metainfo(bytes)
        #expect(metainfo.hashes == scene.metainfo.hashes && metainfo.files == scene.metainfo.files)
        #expect(metainfo.webSeeds == scene.metainfo.webSeeds)
        #expect(TorrentPapers(in: metainfo) == papers)
        #expect(TorrentPapers(in: scene.metainfo) == nil)
        // Twice is once.
        #expect(try papers.added(to: bytes) == bytes)
        let unsigned = TorrentPapers(manifest: papers.manifest, signature: nil)
        #expect(TorrentPapers(in: try Metainfo(try unsigned.added(to: scene.metainfo.bytes))) == unsigned)
    }

    @Test("What is too large, and what is no torrent, is left alone")
    func bounds() throws {
        let scene = try GetScene()
        let large = TorrentPapers(
            manifest: [UInt8](repeating: 1, count: TorrentPapers.largest), signature: [1])
        #expect(try large.added(to: scene.metainfo.bytes) == scene.metainfo.bytes)
        #expect(throws: PublishError.self) {
            _ = try TorrentPapers(manifest: [1], signature: nil).added(to: Array("d1:a".utf8))
        }
    }

    /// Gets a model from a web server that has its own files alone.
    private func get(_ scene: GetScene, _ metainfo: Metainfo) async throws -> GetResult {
        var files: [String: [UInt8]] = [:]
        for (path, bytes) in scene.contents where !path.hasPrefix("shoal-manifest") { files["model/\(path)"] = bytes }
        let server = TestServer(files)
        let engine = FakeEngine(scene.network)
        var order = GetOrder(.metainfo(metainfo))
        order.timeout = .seconds(20)
        let context = scene.context(engine, transport: server)
        return try await TorrentDownload(order, in: context, observer: SilentObserver()).run()
    }

    @Test("With it a web server that has the model's files alone is enough", .timeLimit(.minutes(1)))
    func webSeedAlone() async throws {
        let scene = try GetScene(webSeeds: ["http://web.test/"])
        let papers = TorrentPapers(
            manifest: try #require(scene.contents[ModelManifest.fileName]),
            signature: scene.contents[ManifestSignature.fileName])
        let result = try await get(scene, try Metainfo(try papers.added(to: scene.metainfo.bytes)))
        #expect(result.proof == .signed && result.publisher == scene.key.publicKey)
        #expect(result.entry?.id.text == "org/model")
        #expect(scene.found(in: scene.modelFolder) == scene.expected)
    }

    @Test("It is there where others have the files by their Xet hashes, also without web seeds")
    func everyOwnTorrent() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        let result = try await scene.share(try scene.request())
        #expect(TorrentPapers(in: result.metainfo)?.manifest == scene.registry.bytes(.manifest, of: result.entry))
    }

    @Test("Another manifest there is not believed: the files are checked against the torrent", .timeLimit(.minutes(1)))
    func forged() async throws {
        let scene = try GetScene(webSeeds: ["http://web.test/"])
        var manifest = try #require(scene.contents[ModelManifest.fileName])
        manifest[manifest.count / 2] ^= 1
        let papers = TorrentPapers(manifest: manifest, signature: scene.contents[ManifestSignature.fileName])
        let result = try await get(scene, try Metainfo(try papers.added(to: scene.metainfo.bytes)))
        #expect(result.proof == .pieces && result.publisher == nil && result.entry == nil)
        let model = try #require(scene.contents["model.safetensors"])
        #expect(FileManager.default.contents(atPath: result.folder + "/model.safetensors") == Data(model))
    }

    @Test("A file that a hub has in git goes by git's id, if it has it")
    func gitBlobs() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        var content = try FolderWalk.look(at: scene.model).content
        let card = try #require(content.files.firstIndex { $0.path.name == "config.json" })
        content.files[card].gitOID = Hexadecimal.decode("7f3f78ee3ccdaecb0bb8cb7d2c7c1ac2bd2ecab9")
        let (wrong, named) = (content, try scene.request())
        await #expect(throws: PublishError.self) { _ = try await scene.sharer.share(wrong, as: named) }
        // As `git hash-object` says.
        content.files[card].gitOID = Hexadecimal.decode("9c9001a3b0a1a3cfb40adda81acbd1fad51a4c85")
        var request = try scene.request()
        request.webSeeds = ["http://web.test/"]
        let result = try await scene.sharer.share(content, as: request)
        let file = try #require(result.manifest?.files.first { $0.path.name == "config.json" })
        #expect(file.gitOID != nil && file.xetHash == nil)
        #expect(result.manifest?.files.first { $0.path.name == "model.onnx" }?.xetHash != nil)
        #expect(TorrentPapers(in: result.metainfo)?.manifest == scene.registry.bytes(.manifest, of: result.entry))
    }
}

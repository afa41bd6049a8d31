import Foundation
import Publish
import PublishWire
import Testing

@Suite("Cleaning up")
struct CleanupTests {
    @Test("What Shoal has made goes, with sizes told before; links and caches stay whole")
    func cleans() throws {
        let place = try TemporaryFolder()
        let folder = PublishFolder(path: place.path("home"))
        try folder.prepare()
        try place.write(sampleBytes(1_000, seed: 1), to: "home/models/org/model/a.bin")
        try place.write([1, 2, 3], to: "precious/kept.txt")
        try FileManager.default.createSymbolicLink(
            atPath: folder.models + "/org/model/link", withDestinationPath: place.path("precious"))
        let config = try place.write([0x23], to: "config.yaml")
        let cleanup = try Cleanup(folder, configPath: config, caches: [place.path("cache")], home: place.path("."))
        #expect(cleanup.items.contains { $0.path == folder.models && $0.size >= 1_000 && $0.files == 2 })
        try cleanup.run(folder)
        #expect(!place.has("home") && !place.has("config.yaml") && place.has("precious/kept.txt"))
    }

    @Test("What was there before Shoal stays, whatever Shoal has put beside it")
    func adopted() throws {
        let place = try TemporaryFolder()
        let folder = PublishFolder(path: place.path("home"))
        try place.write([1], to: "home/models/mine/weights.gguf")
        try place.write([2], to: "home/keys/id")
        #expect(try folder.prepare().contains(folder.registry))
        #expect(try folder.prepare().isEmpty)
        let cleanup = try Cleanup(folder, configPath: place.path("none"), caches: [])
        #expect(cleanup.items.contains { $0.path == folder.registry })
        #expect(cleanup.spared.count == 2 && cleanup.spared.contains { $0.hasPrefix(folder.models + ":") })
        try cleanup.run(folder)
        #expect(place.has("home/models/mine/weights.gguf") && place.has("home/keys/id"))
        #expect(!place.has("home/registry"))
    }

    @Test("A folder that Shoal has not made is left alone")
    func strange() throws {
        let place = try TemporaryFolder()
        try place.write([1], to: "home/models/a")
        let cleanup = try Cleanup(
            PublishFolder(path: place.path("home")), configPath: place.path("none"), caches: [])
        #expect(cleanup.items.isEmpty && cleanup.spared.count == 1)
    }

    @Test("Models that lie around a Hugging Face cache are left alone, and so is a folder behind a link")
    func caches() throws {
        let place = try TemporaryFolder()
        var folder = PublishFolder(path: place.path("home"))
        folder.models = place.path("hf")
        try folder.prepare()
        try place.write([1], to: "hf/hub/models--a--b/blobs/x")
        try place.write([1], to: "elsewhere/y")
        try FileManager.default.removeItem(atPath: folder.torrents)
        try FileManager.default.createSymbolicLink(
            atPath: folder.torrents, withDestinationPath: place.path("elsewhere"))
        let cleanup = try Cleanup(folder, configPath: place.path("none"), caches: [place.path("hf/hub")])
        #expect(!cleanup.items.contains { $0.path == folder.models || $0.path == folder.torrents })
        let home = try Cleanup(folder, configPath: place.path("none"), caches: [], home: place.path("hf/hub"))
        #expect(home.spared.contains { $0.hasPrefix(folder.models) })
        try cleanup.run(folder)
        #expect(place.has("hf/hub/models--a--b/blobs/x") && place.has("elsewhere/y"))
    }
}

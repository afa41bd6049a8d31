import Foundation
import HubClient
import HubWire
import Publish
import PublishWire
import Testing

@Suite("Where the history of a mirror goes")
struct GitHistoryTests {
    private func history() throws -> GitHistory {
        GitHistory(
            try MirrorAddress(parsing: "org/model", endpoint: "http://127.0.0.1:9"), depth: 1,
            id: try #require(CatalogueID("org/model")))
    }

    private func entry(_ origin: RegistryEntry.Origin, _ folder: String, in scene: ShareScene) async throws {
        let torrent = try GetScene([("weights.bin", [1, 2, 3])]).metainfo
        try await scene.registry.add(
            RegistryEntry(
                id: try #require(CatalogueID("org/model-git")), version: "main", origin: origin, folder: folder,
                hashes: torrent.hashes,
                size: 3, fileCount: 1, added: 1), torrent: torrent.bytes)
    }

    @Test("a folder that something else lies in is not replaced, nor one behind a link")
    func foreign() async throws {
        let scene = try ShareScene()
        let history = try history()
        let folder = scene.folder.models + "/org/model-git"
        try scene.place.write([1], to: "home/models/org/model-git/thesis.txt")
        var error = await #expect(throws: PublishError.self) { try await history.fetch(for: scene.registry) }
        #expect(error?.code == .fileExists)
        try await entry(.got, folder, in: scene)
        try scene.place.write([], to: "home/models/org/model-git/.shoal-mirror")
        error = await #expect(throws: PublishError.self) { try await history.fetch(for: scene.registry) }
        #expect(error?.code == .fileExists)
        #expect(scene.place.read("home/models/org/model-git/thesis.txt") == [1])

        try await scene.registry.remove(ModelName(CatalogueID("org/model-git")!))
        try FileManager.default.moveItem(atPath: folder, toPath: scene.place.path("elsewhere"))
        try FileManager.default.createSymbolicLink(atPath: folder, withDestinationPath: scene.place.path("elsewhere"))
        #expect(throws: PublishError.self) { try history.requireOwn(folder, scene.registry) }
    }

    @Test("an older history is, whether it came to be published or not")
    func own() async throws {
        let scene = try ShareScene()
        let history = try history()
        let folder = scene.folder.models + "/org/model-git"
        try history.requireOwn(folder, scene.registry)
        try scene.place.write([1], to: "home/models/org/model-git/HEAD")
        try await entry(.mirrored, folder, in: scene)
        try history.requireOwn(folder, scene.registry)
        try await scene.registry.remove(ModelName(CatalogueID("org/model-git")!))
        #expect(throws: PublishError.self) { try history.requireOwn(folder, scene.registry) }
        try scene.place.write([], to: "home/models/org/model-git/.shoal-mirror")
        try history.requireOwn(folder, scene.registry)
    }
}

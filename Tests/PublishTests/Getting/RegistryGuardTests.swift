import Foundation
import HubWire
import Publish
import PublishWire
import Testing
import Torrents
import Transfer

@Suite("What a download does to the registry")
struct RegistryGuardTests {
    private func get(_ scene: GetScene, home: PublishFolder) async throws -> GetResult {
        var context = scene.context(FakeEngine(scene.network))
        context.folder = home
        return try await TorrentDownload(
            scene.order(from: [try await scene.seeder()]), in: context, observer: SilentObserver()
        ).run()
    }

    /// A registry in which the user has published `org/model`.
    private func publish(
        as origin: RegistryEntry.Origin, publisher: PublisherKey?
    ) async throws -> (GetScene, RegistryEntry) {
        let scene = try GetScene([("weights.bin", sampleBytes(50_000, seed: 8))])
        var entry = RegistryEntry(
            id: try #require(CatalogueID("org/model")), version: "main", origin: origin,
            folder: scene.folder.path("source"),
            hashes: scene.metainfo.hashes, size: scene.metainfo.payloadSize, fileCount: 3, added: 1)
        entry.publisher = publisher?.fingerprint
        try await Registry(scene.home).add(entry, torrent: scene.metainfo.bytes)
        return (scene, entry)
    }

    @Test("what the user has published is not replaced by what a stranger calls the same, nor is its namespace taken")
    func published() async throws {
        let (own, entry) = try await publish(as: .shared, publisher: SigningKey().publicKey)
        for name in ["org/model", "Org/other"] {
            let stranger = try GetScene { $0.name = RepoID(name)! }
            let error = await #expect(throws: PublishError.self) { try await get(stranger, home: own.home) }
            #expect(error?.code == .pinConflict)
        }
        // Neither by somebody whom the user believes the namespace.
        let friend = try GetScene()
        try await TrustFile.change(own.home) { book throws(PublishError) in
            _ = try book.add("org", friend.key.publicKey, at: 1)
        }
        let error = await #expect(throws: PublishError.self) { try await get(friend, home: own.home) }
        #expect(error?.code == .versionExists && error?.hint?.contains("registry rm") == true)
        #expect(try Registry(own.home).list().entries == [entry])
    }

    @Test("a mirror stays, and what was got from somebody is replaced by the same publisher alone")
    func others() async throws {
        let (mirror, mirrored) = try await publish(as: .mirrored, publisher: nil)
        var error = await #expect(throws: PublishError.self) { try await get(GetScene(), home: mirror.home) }
        #expect(error?.code == .versionExists)
        #expect(try Registry(mirror.home).list().entries == [mirrored])

        let (old, entry) = try await publish(as: .got, publisher: SigningKey().publicKey)
        for isSigned in [true, false] {
            let stranger = try GetScene(isSigned: isSigned)
            error = await #expect(throws: PublishError.self) { try await get(stranger, home: old.home) }
            #expect(error?.code == .versionExists)
        }
        #expect(try Registry(old.home).list().entries == [entry])
    }

    @Test("foreign torrents of one name lie beside each other")
    func foreign() async throws {
        let home = try GetScene()
        var folders: Set<String> = []
        var scenes: [GetScene] = []
        for seed in UInt64(1)...3 {
            let scene = try GetScene([("weights.bin", sampleBytes(50_000, seed: seed))], hasManifest: false)
            scenes.append(scene)
            folders.insert(try await get(scene, home: home.home).folder)
        }
        #expect(folders.count == 3)
        let entries = try Registry(home.home).list().entries
        #expect(Set(entries.map(\.version)) == Set(scenes.map { Hex.encode($0.metainfo.hashes.short) }))
        for scene in scenes {
            let entry = try #require(entries.first { $0.hashes == scene.metainfo.hashes })
            #expect(entry.id.text == "torrents/model" && scene.found(in: entry.folder) == scene.expected)
        }
        // Asked for again, it is found.
        let again = try await get(scenes[1], home: home.home)
        #expect(again.files.allSatisfy { $0.outcome == .alreadyPresent })
        #expect(try Registry(home.home).list().entries.count == 3)
    }
}

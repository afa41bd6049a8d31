import Foundation
import HubClient
import Publish
import PublishWire
import Testing
import Torrents

@Suite("Sharing")
struct SharingTests {
    @Test("a file that is shared alone stays alone, whatever comes into its folder")
    func oneFile() async throws {
        let scene = try ShareScene()
        try scene.place.write(sampleBytes(9_000, seed: 1), to: "around/one.bin")
        try scene.place.write(Array("secret".utf8), to: "around/secret.key")
        let content = try FolderWalk.look(at: scene.place.path("around/one.bin")).content
        let shared = try await scene.sharer.share(content, as: try scene.request())
        #expect(!shared.entry.isWholeFolder && shared.metainfo.payload.count == 3)
        let entry = try #require(try scene.registry.find(shared.entry.id))
        let again = try await scene.sharer.shareAgain(entry)
        #expect(again.wasThere && again.metainfo.hashes == shared.metainfo.hashes)
        try scene.place.write(sampleBytes(9_000, seed: 2), to: "around/one.bin")
        let changed = try await scene.sharer.shareAgain(entry)
        #expect(changed.manifest?.files.map(\.path.description) == ["one.bin"])
        #expect(changed.metainfo.hashes != shared.metainfo.hashes && !changed.entry.isWholeFolder)
    }

    @Test("keys and records of the program itself are never shared")
    func ownFolders() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        _ = try await scene.share(try scene.request())
        let content = try FolderWalk.look(at: scene.place.path(".")).content
        let error = await #expect(throws: PublishError.self) {
            _ = try await scene.sharer.share(content, as: try scene.request("me/all"))
        }
        #expect(error?.code == .unsafePath)
    }

    @Test("a torrent that has its manifest itself takes the publisher's own folder; what is missing is named")
    func torrentBesideItsFolder() async throws {
        let origin = try ShareScene()
        try origin.writeModel()
        let shared = try await origin.share(try origin.request())
        let taker = try ShareScene()
        try taker.writeModel()
        let error = await #expect(throws: PublishError.self) {
            _ = try await taker.sharer.take(
                torrent: shared.metainfo.bytes, at: taker.place.path("model/onnx"), as: nil)
        }
        #expect(error?.message.contains("config.json is missing") == true, "\(error?.message ?? "")")
        let taken = try await taker.sharer.take(torrent: shared.metainfo.bytes, at: taker.model, as: nil)
        #expect(taken.publisher == shared.publisher && taken.metainfo.hashes == shared.metainfo.hashes)
    }

    @Test("A folder becomes a torrent with a signed manifest, and lies where it lay")
    func shares() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        let result = try await scene.share(try scene.request())
        let paths = result.metainfo.payload.map { result.metainfo.files[$0].path.description }.sorted()
        #expect(
            paths == ["README.md", "config.json", "onnx/model.onnx", "shoal-manifest.json", "shoal-manifest.sig"])
        #expect(result.leftOut.count == 1 && result.leftOut[0].contains("big.safetensors.incomplete"))
        #expect(result.metainfo.name == "model" && result.metainfo.format == .hybrid)

        let entry = try #require(try scene.registry.find(result.entry.id))
        #expect(entry == result.entry && entry.folder == scene.model && entry.licence == "apache-2.0")
        #expect(entry.missing(in: result.metainfo).isEmpty && entry.places.count == 2)
        let manifest = try #require(scene.registry.bytes(.manifest, of: entry))
        let signature = try #require(scene.registry.bytes(.signature, of: entry))
        let signed = try ModelManifest.signed(json: manifest, signature: signature)
        #expect(signed.signature.identity == result.publisher && signed.manifest.modelType == "llama")
        #expect(signed.manifest.createdAt == 1_700_000_000 && signed.manifest.tags == ["demo"])
        #expect(signed.manifest.files.allSatisfy { $0.sha256 != nil && $0.xetHash != nil })
        #expect(scene.place.has("home/torrents/me/model/main.torrent"))
        let left = try FileManager.default.contentsOfDirectory(atPath: scene.folder.registry)
        #expect(left.sorted() == [".lock", "me"], "\(left)")
    }

    @Test("The same folder under the same name is the same torrent, also after keys were renewed")
    func deterministic() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        let first = try await scene.share(try scene.request())
        #expect(!first.wasThere)
        let operating = try #require(try PublisherKeys.load(scene.folder))
        let renewed = try await PublisherKeys.open(scene.folder, now: Clock.now + 80 * 24 * 3_600)
        #expect(renewed.identity == operating.identity && renewed.delegation != operating.delegation)
        let second = try await scene.share(try scene.request())
        #expect(second.wasThere && second.metainfo.bytes == first.metainfo.bytes)
        // Without the old entry and unsigned, it is the files alone that count.
        var plain = try scene.request("me/plain")
        plain.signs = false
        let third = try await scene.share(plain)
        try await scene.registry.remove(third.entry.name)
        #expect(try await scene.share(plain).metainfo.hashes == third.metainfo.hashes)
    }

    @Test("Keys are for their owner alone, and are not used when others can read them")
    func keys() async throws {
        let scene = try ShareScene()
        _ = try await PublisherKeys.open(scene.folder)
        for path in [scene.folder.identityKeyFile, scene.folder.operatingKeyFile] {
            #expect(FileFacts(path)?.permissions == 0o600)
        }
        #expect(FileFacts(scene.folder.keys)?.permissions == 0o700)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: scene.folder.identityKeyFile)
        await #expect(throws: PublishError.self) { _ = try await PublisherKeys.open(scene.folder) }
    }

    @Test("A new identity is named by the old one, whose file stays")
    func rotation() async throws {
        let scene = try ShareScene()
        let old = try await PublisherKeys.open(scene.folder)
        let (keys, rotation) = try await PublisherKeys.rotate(scene.folder)
        #expect(rotation.old == old.identity && rotation.new == keys.identity && rotation.epoch == 1)
        #expect(try PublisherKeys.load(scene.folder)?.rotations == [rotation])
        #expect(FileFacts(scene.folder.keys + "/identity.0.key")?.permissions == 0o600)
        // An identity that was taken to a safe place is not needed from day to day.
        try FileManager.default.removeItem(atPath: scene.folder.identityKeyFile)
        let offline = try await PublisherKeys.open(scene.folder)
        #expect(offline.identity == keys.identity && !offline.hasIdentityKey)
        await #expect(throws: PublishError.self) {
            _ = try await PublisherKeys.open(scene.folder, now: Clock.now + 100 * 24 * 3_600)
        }
    }

    @Test("Sharing again reads nothing while nothing has changed, and makes a new torrent when something has")
    func again() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        let first = try await scene.share(try scene.request())
        try await scene.registry.update(first.entry.name) { $0.seeds = false }
        let second = try await scene.sharer.shareAgain(try #require(try scene.registry.find(first.entry.id)))
        #expect(second.entry.seeds && second.metainfo.hashes == first.metainfo.hashes)
        try scene.place.write(sampleBytes(10, seed: 3), to: "model/new.txt")
        let third = try await scene.sharer.shareAgain(second.entry)
        #expect(third.metainfo.hashes != first.metainfo.hashes)
        #expect(third.metainfo.payload.contains { third.metainfo.files[$0].path.description == "new.txt" })
        try FileManager.default.removeItem(atPath: scene.model)
        await #expect(throws: PublishError.self) { _ = try await scene.sharer.shareAgain(third.entry) }
    }

    @Test("A torrent that was made elsewhere is taken in after every byte was checked")
    func torrent() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        let plan = TorrentPlan(
            name: "model",
            files: [
                .init(path: ["README.md"], source: scene.model + "/README.md", size: 51),
                .init(path: ["onnx", "model.onnx"], source: scene.model + "/onnx/model.onnx", size: 300_000),
            ])
        let torrent = try await scene.engine.make(plan) { _ in }
        let request = try scene.request("me/taken")
        let result = try await scene.sharer.take(torrent: torrent, at: scene.place.path, as: request)
        #expect(result.entry.folder == scene.model && result.entry.fileCount == 2)
        await #expect(throws: PublishError.self, "no manifest tells its name") {
            _ = try await scene.sharer.take(torrent: torrent, at: scene.place.path, as: nil)
        }
        try scene.place.write(sampleBytes(300_000, seed: 8), to: "model/onnx/model.onnx")
        await #expect(throws: PublishError.self, "other bytes of the same size") {
            _ = try await scene.sharer.take(torrent: torrent, at: scene.place.path, as: request)
        }
    }

    @Test("A torrent that is taken in is compared without asking anybody for it, and nothing is written")
    func harmless() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        var plan = TorrentPlan(
            name: "model", files: [.init(path: ["README.md"], source: scene.model + "/README.md", size: 51)])
        plan.trackers = ["http://192.0.2.1/announce"]
        plan.webSeeds = ["http://192.0.2.1/files/"]
        let torrent = try await scene.engine.make(plan) { _ in }
        let other = sampleBytes(51, seed: 4)
        try scene.place.write(other, to: "model/README.md")
        let error = await #expect(throws: PublishError.self) {
            _ = try await scene.sharer.take(torrent: torrent, at: scene.model, as: try scene.request())
        }
        #expect(error?.code == .changed, "\(error?.message ?? "")")
        let order = try #require(scene.engine.orders.first)
        guard case .metainfo(let bytes) = order.subject else {
            Issue.record("it has the torrent")
            return
        }
        let asked = try Metainfo(bytes)
        let given = try Metainfo(torrent)
        #expect(asked.trackers.isEmpty && asked.webSeeds.isEmpty && asked.hashes == given.hashes)
        #expect(order.wanted == [Bool](repeating: false, count: asked.files.count))
        #expect(!order.isPublic && !order.isSeed)
        #expect(FileManager.default.contents(atPath: scene.model + "/README.md") == Data(other))
        #expect(await scene.engine.torrents().isEmpty)
    }

    @Test("After a change of keys a model is signed anew, with all else as it was, and again only once")
    func resigning() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        var request = try scene.request()
        request.tags = ["word"]
        request.isPublic = false
        let first = try await scene.share(request)
        #expect(try !scene.sharer.needsResigning(first.entry))
        try await scene.registry.update(first.entry.name) { $0.seeds = false }
        let (keys, _) = try await PublisherKeys.rotate(scene.folder)
        let entry = try #require(try scene.registry.find(first.entry.id))
        #expect(try scene.sharer.needsResigning(entry))
        let second = try await scene.sharer.resign(entry)
        #expect(second.publisher == keys.identity && second.entry.publisher == keys.identity.fingerprint)
        #expect(second.metainfo.hashes != first.metainfo.hashes && second.metainfo.name == first.metainfo.name)
        #expect(!second.entry.seeds && !second.entry.isPublic && second.entry.folder == first.entry.folder)
        #expect(second.manifest?.files == first.manifest?.files && second.manifest?.tags == first.manifest?.tags)
        let papers = try #require(try scene.registry.manifest(of: entry.name))
        let signature = try #require(papers.signature)
        #expect(
            try ModelManifest.signed(json: papers.manifest, signature: signature).signature.identity == keys.identity)
        #expect(try !scene.sharer.needsResigning(second.entry))
        #expect(try await scene.sharer.shareAgain(second.entry).metainfo.hashes == second.metainfo.hashes)
    }

    @Test("Sharing again signs anew what a former key has signed")
    func againAfterRotation() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        let first = try await scene.share(try scene.request())
        let (keys, _) = try await PublisherKeys.rotate(scene.folder)
        let second = try await scene.sharer.shareAgain(first.entry)
        #expect(second.publisher == keys.identity && second.entry.seeds)
        #expect(try scene.registry.find(first.entry.id)?.publisher == keys.identity.fingerprint)
        let models = RegistryModels(scene.registry) { _ in .everybody }
        #expect(try await models.entries(of: keys.identity).map(\.id) == [first.entry.id])
    }

    @Test("A key that is revoked is not used again, and the next model has another")
    func revoking() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        await #expect(throws: PublishError.self, "there is none") { _ = try await PublisherKeys.revoke(scene.folder) }
        let first = try await scene.share(try scene.request())
        let kept = try #require(FileManager.default.contents(atPath: scene.folder.identityKeyFile))
        let revoked = try await PublisherKeys.revoke(scene.folder)
        #expect(revoked == first.publisher)
        #expect(try PublisherKeys.load(scene.folder) == nil)
        let words = try Withdrawals.read(scene.folder)
        #expect(words.items.count == 2 && words.identities == [revoked])
        #expect(words.items.allSatisfy { $0.sequence == .max })
        // Its file may come back from a copy.
        try kept.write(to: URL(fileURLWithPath: scene.folder.identityKeyFile))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: scene.folder.identityKeyFile)
        let second = try await scene.sharer.shareAgain(first.entry)
        #expect(second.publisher != nil && second.publisher != revoked)
        #expect(try PublisherKeys.load(scene.folder)?.identity == second.publisher)
    }

    @Test("What lies in a cache is published only when somebody answers for its repository")
    func cached() async throws {
        let scene = try ShareScene()
        let repo = "cache/models--org--closed"
        let snapshot = "\(repo)/snapshots/\(String(repeating: "a", count: 40))"
        let path = try scene.place.write(sampleBytes(1_000, seed: 2), to: "\(repo)/blobs/x")
        try FileManager.default.createDirectory(
            atPath: scene.place.path(snapshot), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: scene.place.path(snapshot + "/model.bin"), withDestinationPath: path)
        let plan = TorrentPlan(name: "model", files: [.init(path: ["model.bin"], source: path, size: 1_000)])
        let torrent = try await scene.engine.make(plan) { _ in }
        let place = scene.place.path(snapshot)
        let error = await #expect(throws: PublishError.self) {
            _ = try await scene.sharer.take(torrent: torrent, at: place, as: try scene.request())
        }
        #expect(error?.code == .notPublic)
        let asked = AskedFolders()
        var sharer = scene.sharer
        sharer.permits = { await asked.note($0) }
        _ = try await sharer.take(torrent: torrent, at: place, as: try scene.request())
        let folders = await asked.folders
        #expect(folders.count == 1 && folders[0].hasSuffix("/cache/models--org--closed"))
    }

    private actor AskedFolders {
        var folders: [String] = []
        func note(_ new: [String]) { folders += new }
    }

    @Test(
        "A licence is needed, and looks like one",
        arguments: [nil, "", "  ", "none", "N/A", "<script>", "a\u{202E}b", String(repeating: "x", count: 200), "7"])
    func licence(text: String?) {
        #expect(throws: PublishError.self) { _ = try LicenceName.check(text) }
    }

    @Test("Licences are written as hubs write them", arguments: ["Apache-2.0", "MIT", "other", "(MIT OR Apache-2.0)"])
    func goodLicence(text: String) throws {
        #expect(try LicenceName.check(text) == text.lowercased())
    }
}

@Suite("Walking a folder")
struct FolderWalkTests {
    @Test("Links are followed inside the folder and into caches, and nowhere else")
    func links() throws {
        let place = try TemporaryFolder()
        try place.write([1, 2], to: "model/real.bin")
        try place.write([3], to: "cache/models--a--b/blobs/x")
        try place.write([4], to: "outside/secret")
        let files = FileManager.default
        try files.createSymbolicLink(atPath: place.path("model/inner.bin"), withDestinationPath: "real.bin")
        try files.createSymbolicLink(
            atPath: place.path("model/cached.bin"), withDestinationPath: place.path("cache/models--a--b/blobs/x"))
        let outcome = try FolderWalk.look(at: place.path("model"), caches: [place.path("cache")])
        #expect(outcome.content.files.map(\.path.description) == ["cached.bin", "inner.bin", "real.bin"])
        #expect(outcome.repositories.count == 1 && outcome.repositories[0].hasSuffix("cache/models--a--b"))
        #expect(throws: PublishError.self) { _ = try FolderWalk.look(at: place.path("model")) }
        try files.createSymbolicLink(
            atPath: place.path("model/out"), withDestinationPath: place.path("outside/secret"))
        #expect(throws: PublishError.self) {
            _ = try FolderWalk.look(at: place.path("model"), caches: [place.path("cache")])
        }
    }

    @Test("A folder that leads into itself, a dangling link and an impossible name are errors")
    func trouble() throws {
        for (name, target) in [("loop", "."), ("gone", "nowhere")] {
            let place = try TemporaryFolder()
            try place.write([1], to: "model/a")
            try FileManager.default.createSymbolicLink(
                atPath: place.path("model/\(name)"), withDestinationPath: target)
            #expect(throws: PublishError.self, "\(name)") { _ = try FolderWalk.look(at: place.path("model")) }
        }
        let place = try TemporaryFolder()
        try place.write([1], to: "model/nul.bin")
        #expect(throws: PublishError.self) { _ = try FolderWalk.look(at: place.path("model")) }
    }

    @Test("Names that some system takes for one another are refused, and so is nothing at all")
    func collisions() throws {
        let place = try TemporaryFolder()
        try place.write([1], to: "model/Readme.md")
        try place.write([1], to: "model/README.md")
        let content = try FolderWalk.look(at: place.path("model")).content
        #expect(throws: PublishError.self) { try content.check() }
        try place.write([1], to: "empty/.hidden")
        let nothing = try FolderWalk.look(at: place.path("empty")).content
        #expect(throws: PublishError.self) { try nothing.check() }
    }
}

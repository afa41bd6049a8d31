import HubClient
import HubWire
import PublishWire
import TestSupport
import Testing
import Torrents

@testable import Publish

@Suite("Discovery", .timeLimit(.minutes(2)))
struct DiscovererTests {
    let world = CatalogueNode.World()

    private func publisher(_ names: String..., label: String? = nil) async throws -> CatalogueNode {
        let node = try await CatalogueNode(in: world, label: label)
        for name in names { node.models.add(name) }
        try await node.publisher.publish()
        await node.appear(in: world)
        return node
    }

    @Test("finds what strangers publish, through those who pass on roots, and marks them unknown")
    func strangers() async throws {
        let ann = try await publisher("ann/one", "ann/two", label: "Ann")
        let bob = try await publisher("bob/three")
        let reader = try await CatalogueNode(in: world)
        let found = try await reader.discover()
        #expect(Set(found.names) == ["ann/one@main", "ann/two@main", "bob/three@main"])
        #expect(found.listings.allSatisfy { $0.verdict == .unknown })
        #expect(found.listings.first { $0.publisher == ann.identity }?.label?.text == "Ann")
        #expect(found.publishers == 2)
        #expect(try await reader.discover("three").names == ["bob/three@main"])
        #expect(try await reader.discover("format:gguf license:mit size:<2000", isOffline: true).names.count == 3)
        withExtendedLifetime(bob) {}
    }

    @Test("a publisher that searches goes on giving its own index away")
    func ownIndex() async throws {
        let ann = try await publisher("ann/one")
        let hash = try #require(await ann.publisher.publication.index)
        // The agent's search reads the same book of roots as its publisher.
        #expect(await ann.service.roots.root(of: ann.identity) != nil)
        var order = DiscoverOrder()
        order.timeout = .seconds(5)
        let found = try await ann.service.discoverer.discover(order)
        #expect(found.names == ["ann/one@main"] && found.notes.isEmpty, "\(found.notes)")
        #expect(found.standings[ann.identity] == .own)
        let torrents = await ann.engine.torrents()
        #expect(torrents.count == 1)
        let torrent = try #require(torrents.first)
        let status = try await ann.engine.status(of: torrent)
        #expect(status.hashes.v2 == hash && status.phase == .seeding)
        let reader = try await CatalogueNode(in: world)
        #expect(try await reader.discover().names == ["ann/one@main"])
    }

    @Test("an index whose torrent the engine has lost is given away again with the next announcement")
    func lostSeed() async throws {
        let ann = try await publisher("ann/one")
        try await ann.engine.remove(try #require(await ann.engine.torrents().first))
        try await ann.publisher.publish()
        #expect(await ann.engine.torrents().count == 1)
    }

    @Test("an index of many pieces is fetched by its hash alone, and given on with all its piece layers")
    func large() async throws {
        let ann = try await CatalogueNode(in: world)
        for number in 0..<4_500 { ann.models.add("ann/a-model-with-a-name-of-some-length-\(number)") }
        try await ann.publisher.publish()
        await ann.appear(in: world)
        let reader = try await CatalogueNode(in: world)
        let key = ann.identity
        try await reader.trust.change { book throws(PublishError) in try book.follow(key, at: 1) }
        let found = try await reader.discover(timeout: .seconds(60))
        #expect(found.listings.count == 4_500, "\(found.notes)")
        let shelf = IndexShelf(path: reader.folder.indexFolder(of: key))
        let stored = try #require(shelf.all(of: key).first)
        let size = FileFacts("\(stored.folder)/\(IndexShelf.torrentName)/\(CatalogueIndex.fileName)")?.size ?? 0
        #expect(size > 1 << 20)
        #expect(try Metainfo(stored.torrent).hasPieceLayers)
        // Who gives it on is as good a source as its publisher.
        await reader.service.seeds.refresh(following: [key], roots: reader.service.roots)
        await ann.vanish(from: world)
        let late = try await CatalogueNode(in: world)
        try await late.trust.change { book throws(PublishError) in try book.follow(key, at: 1) }
        #expect(try await late.discover(timeout: .seconds(60)).listings.count == 4_500)
    }

    @Test("two searches at once fetch an index once")
    func together() async throws {
        let ann = try await publisher("ann/one")
        let reader = try await CatalogueNode(in: world)
        async let first = reader.discover()
        async let second = reader.discover()
        #expect(try await first.names == ["ann/one@main"])
        #expect(try await second.names == ["ann/one@main"])
        withExtendedLifetime(ann) {}
    }

    @Test("finds one who is followed by the identity alone, through the DHT")
    func followed() async throws {
        let ann = try await CatalogueNode(in: world)
        ann.models.add("ann/one")
        try await ann.publisher.publish()
        let reader = try await CatalogueNode(in: world)
        let key = ann.identity
        try await reader.trust.change { book throws(PublishError) in try book.add("ann", key, at: 1) }
        let found = try await reader.discover()
        #expect(found.names == ["ann/one@main"])
        #expect(found.listings.first?.verdict == .trusted)
    }

    @Test("a publisher vanishes: a follower keeps its word and its index there; it returns and is heard again")
    func vanishAndReturn() async throws {
        let ann = try await publisher("ann/one")
        let key = ann.identity
        let follower = try await CatalogueNode(in: world)
        try await follower.trust.change { book throws(PublishError) in try book.follow(key, at: 1) }
        #expect(try await follower.discover().names == ["ann/one@main"])
        await follower.service.seeds.refresh(following: [key], roots: follower.service.roots)

        await ann.vanish(from: world)
        world.network.forgetItems()
        let late = try await CatalogueNode(in: world)
        try await late.trust.change { book throws(PublishError) in try book.follow(key, at: 1) }
        #expect(try await late.discover(timeout: .seconds(2)).names.isEmpty)
        let seeker = RootSeeker(engine: follower.engine, book: follower.service.roots)
        #expect(await seeker.repeatItems(of: key, patience: .seconds(1), fraction: 0.9) == 8)
        #expect(await seeker.repeatItems(of: key, patience: .seconds(1), fraction: 0.9) == nil)
        #expect(try await late.discover().names == ["ann/one@main"])

        let back = try await CatalogueNode(in: world, disk: ann.disk, signer: ann.signer)
        back.models.add("ann/one")
        back.models.add("ann/two")
        world.clock.advance(60)
        try await back.publisher.publish()
        #expect(Set(try await late.discover("two").names) == ["ann/two@main"])
    }

    @Test("shows without a network what was seen last, and says when it is stale")
    func offline() async throws {
        let ann = try await publisher("ann/one")
        let reader = try await CatalogueNode(in: world)
        _ = try await reader.discover()
        await reader.vanish(from: world)
        world.clock.advance(91 * 24 * 3_600)
        let again = try await CatalogueNode(in: world, disk: reader.disk)
        let found = try await again.discover(isOffline: true)
        #expect(found.names == ["ann/one@main"])
        #expect(found.standings[ann.identity] == .stale)
    }

    @Test("shows what is known at once, and more when it comes")
    func updates() async throws {
        let ann = try await publisher("ann/one")
        let reader = try await CatalogueNode(in: world)
        _ = try await reader.discover()
        let bob = try await publisher("bob/two")
        let log = Log()
        var order = DiscoverOrder()
        order.timeout = .seconds(60)
        order.isThorough = true
        let search = Task { [order] in
            try await reader.service.discoverer.discover(order) { await log.note($0.names.count) }
        }
        try await eventually { await log.counts.last == 2 }
        search.cancel()
        #expect(await log.counts.first == 1)
        #expect(await log.counts.last == 2)
        withExtendedLifetime((ann, bob)) {}
    }

    private actor Log {
        var counts: [Int] = []
        func note(_ count: Int) { counts.append(count) }
    }

    @Test("an index that its publisher has not signed is not believed")
    func poisoned() async throws {
        let ann = try await publisher("ann/one")
        let hash = try #require(await ann.publisher.publication.index)
        let thief = try await CatalogueNode(in: world)
        let root = try RootItem(delegation: thief.signer.delegation, index: hash, count: 1, time: world.clock.now)
            .signed(by: thief.signer.operating, after: nil)
        let reader = try await CatalogueNode(in: world)
        try await reader.service.roots.take(root)
        let found = try await reader.discover(timeout: .seconds(4))
        #expect(found.listings.allSatisfy { $0.publisher == ann.identity })
        #expect(found.notes.contains { $0.contains("signed by") })
    }

    @Test("an index of a stranger that is too large is not fetched, nor a torrent that is no index")
    func huge() async throws {
        let reader = try await CatalogueNode(in: world)
        let liar = FakeEngine(world.network)
        let disk = try TemporaryFolder()
        let cases = [
            ("amd1-index", [("index.jsonl", 5 << 20), ("index.jsonl.sig", 100)], "limit"),
            ("amd1-index", [("index.jsonl", 100), ("index.jsonl.sig", 100), ("more", 1)], "no index"),
            ("other", [("index.jsonl", 100), ("index.jsonl.sig", 100)], "no index"),
        ]
        for (number, (name, files, reason)) in cases.enumerated() {
            var plan = TorrentPlan(name: name, files: [])
            plan.format = .v2
            for (file, size) in files {
                let path = try disk.write(sampleBytes(size, seed: UInt64(number)), to: "\(number)/\(name)/\(file)")
                plan.files.append(.init(path: [file], source: path, size: Int64(size)))
            }
            let torrent = try await liar.make(plan) { _ in }
            var order = TorrentOrder(.metainfo(torrent), folder: disk.path("\(number)"))
            order.isSeed = true
            _ = try await liar.add(order)
            let signer = try TestSigner(world.clock)
            let root = try RootItem(
                delegation: signer.delegation, index: try #require(try Metainfo(torrent).hashes.v2), count: 1,
                time: world.clock.now)
            let fetcher = IndexFetcher(engine: reader.engine, folder: reader.folder)
            let error = await #expect(throws: PublishError.self) {
                _ = try await fetcher.fetch(root, isFollowed: false, patience: .seconds(10))
            }
            #expect(error?.message.contains(reason) == true)
            #expect(await reader.engine.torrents().isEmpty)
        }
        #expect(IndexShelf.publishers(in: reader.folder).isEmpty)
    }

    @Test("an index with more entries than the user's limit is not fetched")
    func limited() async throws {
        let ann = try await publisher("ann/one", "ann/two")
        let hash = try #require(await ann.publisher.publication.index)
        let root = try RootItem(delegation: ann.signer.delegation, index: hash, count: 2, time: world.clock.now)
        let reader = try await CatalogueNode(in: world)
        var limits = CatalogueLimits()
        limits.entriesOfOne = 1
        for _ in 0..<2 {
            let fetcher = IndexFetcher(engine: reader.engine, folder: reader.folder, limits: limits)
            let error = await #expect(throws: PublishError.self) {
                _ = try await fetcher.fetch(root, isFollowed: true, patience: .seconds(10))
            }
            #expect(error?.code == .tooLarge && error?.hint?.contains("config.yaml") == true)
            (limits.entriesOfOne, limits.indexBytes) = (2, 10)
        }
    }

    @Test("an index with other entries than its root says is refused")
    func miscounted() async throws {
        let ann = try await publisher("ann/one")
        let hash = try #require(await ann.publisher.publication.index)
        let root = try RootItem(delegation: ann.signer.delegation, index: hash, count: 7, time: world.clock.now)
        let reader = try await CatalogueNode(in: world)
        let fetcher = IndexFetcher(engine: reader.engine, folder: reader.folder)
        let error = await #expect(throws: PublishError.self) {
            _ = try await fetcher.fetch(root, isFollowed: true, patience: .seconds(10))
        }
        #expect(error?.code == .wrongStatement)
    }

    @Test("follows a publisher through two changes of its key, and no further than both keys say")
    func rotations() async throws {
        let ann = try await publisher("ann/one")
        let first = ann.identity
        let reader = try await CatalogueNode(in: world)
        try await reader.trust.change { book throws(PublishError) in try book.add("ann", first, at: 1) }
        #expect(try await reader.discover().listings.first?.verdict == .trusted)
        for _ in 0..<2 {
            world.clock.advance(60)
            try ann.signer.rotate(at: world.clock.now)
            try await ann.publisher.publish()
            _ = try await reader.discover(timeout: .seconds(2))
            let key = ann.identity
            #expect(try await reader.trust.book().pin(of: "ann")?.key == key)
        }
        let found = try await reader.discover(timeout: .seconds(4))
        #expect(found.listings.map(\.publisher) == [ann.identity])
        #expect(found.listings.first?.verdict == .trusted)
        // What the first key says now counts for nothing.
        #expect(try await reader.trust.book().isWithdrawn(first))
    }

    @Test("a name that is pinned goes to whom it is pinned, and an impostor is marked")
    func impostor() async throws {
        let ann = try await publisher("ann/one")
        let thief = try await publisher("ann/one", "ann/other")
        let reader = try await CatalogueNode(in: world)
        let key = ann.identity
        let id = try #require(CatalogueID("ann/one"))
        let finder = CatalogueFinder(reader.service.discoverer, timeout: .seconds(10))
        var found = try await reader.discover()
        #expect(found.listings.count == 3)
        let ambiguous = await #expect(throws: PublishError.self) { _ = try await finder.find(ModelName(id)) }
        #expect(ambiguous?.code == .ambiguous)
        let chosen = try await CatalogueFinder(
            reader.service.discoverer, timeout: .seconds(5), publisher: thief.identity.shortForm
        ).find(ModelName(id))
        #expect(chosen?.publisher == thief.identity)
        try await reader.trust.change { book throws(PublishError) in try book.add("ann", key, at: 1) }
        #expect(try await finder.find(ModelName(id))?.publisher == key)
        found = try await reader.discover()
        #expect(found.listings.filter { $0.verdict == .conflict(pinned: key) }.count == 2)
        let other = try #require(CatalogueID("ann/other"))
        let conflict = await #expect(throws: PublishError.self) { _ = try await finder.find(ModelName(other)) }
        #expect(conflict?.code == .pinConflict)
        let absent = try #require(CatalogueID("ann/absent"))
        let offline = CatalogueFinder(reader.service.discoverer, isOffline: true)
        #expect(try await offline.find(ModelName(absent)) == nil)
    }

    @Test("compares files with the hub's by SHA-256 and git's ids")
    func hubCheck() throws {
        let sha = [UInt8](repeating: 0xAB, count: 32)
        let oid = [UInt8](repeating: 0xCD, count: 20)
        var small = ModelManifest.File(path: try TorrentPath("config.json"), size: 2, sha256: sha)
        small.gitOID = oid
        let large = ModelManifest.File(path: try TorrentPath("model.gguf"), size: 3, sha256: sha)
        let manifest = ModelManifest(
            name: try #require(RepoID("org/one")), license: "mit", createdAt: 1, files: [small, large])
        let hex = { (bytes: [UInt8]) in Hexadecimal.encode(bytes) }
        let right = [
            RepoFile(path: "config.json", size: 2, blobID: hex(oid)),
            RepoFile(path: "model.gguf", size: 3, blobID: hex([UInt8](repeating: 0, count: 20)), sha256: hex(sha)),
            RepoFile(path: "README.md", size: 9, blobID: hex(oid)),
        ]
        #expect(HubCheck.compare(manifest, with: right, commit: "c") == .verified(commit: "c"))
        var wrong = right
        wrong[1].sha256 = hex(oid + [UInt8](repeating: 0, count: 12))
        #expect(HubCheck.compare(manifest, with: wrong, commit: "c") == .differs(["model.gguf has other content"]))
        wrong.remove(at: 1)
        #expect(HubCheck.compare(manifest, with: wrong, commit: "c") == .differs(["model.gguf is not on the hub"]))
        #expect(HubCheck.isSame("https://Hub.example/", "https://hub.example"))
    }
}

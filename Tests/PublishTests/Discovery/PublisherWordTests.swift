import PublishWire
import Testing
import Torrents

@testable import Publish

@Suite("A publisher's own word in the DHT", .timeLimit(.minutes(2)))
struct PublisherWordTests {
    let world = CatalogueNode.World()

    /// One who has published, and whose index nobody gives away any more.
    private func silent(_ names: String..., revision: String = "main") async throws -> CatalogueNode {
        let node = try await CatalogueNode(in: world)
        for name in names { node.models.add(name, revision: revision) }
        try await node.publisher.publish()
        await fallSilent(node)
        return node
    }

    private func fallSilent(_ node: CatalogueNode) async {
        for torrent in await node.engine.torrents() { try? await node.engine.remove(torrent) }
    }

    /// One who has pinned `ann`.
    private func reader(of publisher: CatalogueNode) async throws -> CatalogueNode {
        let node = try await CatalogueNode(in: world)
        let key = publisher.identity
        try await node.trust.change { book throws(PublishError) in try book.add("ann", key, at: 1) }
        return node
    }

    private func finder(
        _ node: CatalogueNode, _ timeout: Duration = .seconds(3), grace: Duration = .milliseconds(50)
    ) -> CatalogueFinder {
        var finder = CatalogueFinder(node.service.discoverer, timeout: timeout)
        finder.grace = grace
        return finder
    }

    private func entry(_ node: CatalogueNode, _ place: Int = 0) async throws -> CatalogueEntry {
        let entries = try await node.models.entries(of: node.identity)
        return try #require(entries.indices.contains(place) ? entries[place] : nil)
    }

    private func pointer(_ node: CatalogueNode, _ id: CatalogueID) throws -> SignedItem {
        try #require(
            world.network.item(key: node.signer.operating.publicKey.bytes, salt: ModelPointer.salt(of: id)))
    }

    @Test("finds a model of a pinned namespace by its pointer, while nobody has the index")
    func pointer() async throws {
        let ann = try await silent("ann/one")
        let reader = try await reader(of: ann)
        let entry = try await entry(ann)
        let began = ContinuousClock.now
        let found = try #require(try await finder(reader, .seconds(30)).find(ModelName(entry.id)))
        #expect(began.duration(to: .now) < .seconds(15))
        #expect(found.link.hashes == entry.hashes && found.link.size == entry.size)
        #expect(found.manifestHash == entry.manifest && found.publisher == ann.identity)
        // A pointer tells no version, so it is no answer to who asks for one.
        #expect(found.name == ModelName(entry.id))
        #expect(try await finder(reader).find(ModelName(entry.id, version: "main")) == nil)
        // A stranger's word is not asked for.
        let stranger = try await CatalogueNode(in: world)
        #expect(try await finder(stranger).find(ModelName(entry.id)) == nil)
    }

    @Test("goes before an older index, and an index of now before all")
    func newer() async throws {
        let ann = try await CatalogueNode(in: world)
        ann.models.add("ann/one")
        try await ann.publisher.publish()
        await ann.appear(in: world)
        let reader = try await reader(of: ann)
        let id = try await entry(ann).id
        let first = try #require(try await finder(reader, .seconds(20), grace: .seconds(15)).find(ModelName(id)))
        #expect(first.name.version == "main")
        world.clock.advance(60)
        ann.models.add("ann/one", revision: "v2", published: 2)
        try await ann.publisher.publish()
        await fallSilent(ann)
        let second = try #require(try await finder(reader).find(ModelName(id)))
        let entry = try await entry(ann, 1)
        #expect(second.link.hashes == entry.hashes && second.manifestHash == entry.manifest)
        #expect(second.name.version == nil)
    }

    @Test("is never led back: a pointer that was seen stays, whatever older one is shown")
    func rollback() async throws {
        let ann = try await silent("ann/one")
        let id = try await entry(ann).id
        let old = try pointer(ann, id)
        world.clock.advance(60)
        ann.models.removeAll()
        ann.models.add("ann/one", revision: "v2")
        try await ann.publisher.publish()
        await fallSilent(ann)
        let new = try await entry(ann)
        let reader = try await reader(of: ann)
        #expect(try await finder(reader).find(ModelName(id))?.link.hashes == new.hashes)
        world.network.forgetItems()
        #expect(world.network.put(old) > 0)
        #expect(try await finder(reader).find(ModelName(id))?.link.hashes == new.hashes)
        // Also by the next process, and while nobody has it.
        world.network.forgetItems()
        let again = try await CatalogueNode(in: world, disk: reader.disk)
        let key = ann.identity
        try await again.trust.change { book throws(PublishError) in try book.add("ann", key, at: 1) }
        #expect(try await finder(again).find(ModelName(id))?.link.hashes == new.hashes)
    }

    @Test("counts no more when its delegation is over, or the key that signed it is withdrawn")
    func ended() async throws {
        let ann = try await silent("ann/one")
        let id = try await entry(ann).id
        let word = { (node: CatalogueNode) in
            await node.service.discoverer.wordSeeker?.word(of: ann.identity, on: id, patience: .seconds(1))
        }
        #expect(await word(try await reader(of: ann)) != nil)
        let key = ann.signer.operating
        let last = try RootItem(revoking: ann.signer.delegation, time: world.clock.now).signed(by: key, after: nil)
        let root = try #require(world.network.item(key: key.publicKey.bytes, salt: RootItem.salt))
        let identity = try #require(world.network.item(key: ann.identity.bytes, salt: IdentityItem.salt))
        #expect(world.network.put(last) > 0)
        #expect(await word(try await reader(of: ann)) == nil)
        world.network.forgetItems()
        for item in [identity, root, try pointer(of: ann, id)] { #expect(world.network.put(item) > 0) }
        #expect(await word(try await reader(of: ann)) != nil)
        world.clock.advance(91 * 24 * 3_600)
        #expect(await word(try await reader(of: ann)) == nil)
    }

    /// A pointer like that which the publisher has put.
    private func pointer(of node: CatalogueNode, _ id: CatalogueID) throws -> SignedItem {
        let hashes = try #require(InfoHashes(v1: nil, v2: [UInt8](repeating: 1, count: 32)))
        return try ModelPointer(
            id: id, delegation: node.signer.delegation, hashes: hashes,
            manifest: [UInt8](repeating: 2, count: 32), commit: nil, size: 1, time: world.clock.now
        ).signed(by: node.signer.operating, after: nil)
    }

    @Test("is that of the key that works for the publisher now")
    func newKey() async throws {
        let ann = try await silent("ann/one")
        let id = try await entry(ann).id
        let reader = try await reader(of: ann)
        #expect(try await finder(reader).find(ModelName(id)) != nil)
        world.clock.advance(60)
        try ann.signer.delegate(at: world.clock.now, toNewKey: true)
        ann.models.removeAll()
        ann.models.add("ann/one", revision: "v2")
        try await ann.publisher.publish()
        await fallSilent(ann)
        let entry = try await entry(ann)
        #expect(try await finder(reader).find(ModelName(id))?.link.hashes == entry.hashes)
    }

    @Test("the list in a root is shown while the index cannot be had, and leads to the torrent")
    func rootOnly() async throws {
        let ann = try await silent("ann/one", "ann/two")
        let reader = try await reader(of: ann)
        let entry = try await entry(ann)
        let found = try await reader.discover(timeout: .seconds(3))
        #expect(found.listings.count == 2 && found.listings.allSatisfy { $0.entry.isBare && $0.verdict == .trusted })
        let first = try #require(found.listings.first)
        #expect(first.entry.hashes.v2 == entry.hashes.v2 && first.entry.id == entry.id)
        #expect(first.warnings([]).contains { $0.contains("only its name") })
        #expect(first.entry.link.size == nil && first.entry.link.displayName == "ann/one")
        #expect(try await reader.discover("format:gguf", timeout: .seconds(1)).listings.isEmpty)
        #expect(try await reader.discover("two", isOffline: true).listings.map(\.entry.id.name) == ["two"])

        // Without its pointer a model is found by the list.
        let root = try #require(await ann.publisher.root)
        world.network.forgetItems()
        #expect(world.network.put(root) > 0)
        let model = try #require(try await finder(reader).find(ModelName(entry.id)))
        #expect(model.link.hashes?.v2 == entry.hashes.v2 && model.manifestHash == nil && model.name.version == nil)
    }

    @Test("an index that is known is marked when a newer one cannot be had")
    func outdated() async throws {
        let ann = try await CatalogueNode(in: world)
        ann.models.add("ann/one")
        try await ann.publisher.publish()
        let reader = try await reader(of: ann)
        #expect(try await reader.discover().standings[ann.identity] == [])
        world.clock.advance(60)
        ann.models.add("ann/two")
        try await ann.publisher.publish()
        await fallSilent(ann)
        let found = try await reader.discover(timeout: .seconds(3))
        #expect(found.standings[ann.identity]?.contains(.outdated) == true)
        #expect(Set(found.names) == ["ann/one@main", "ann/two@"])
    }
}

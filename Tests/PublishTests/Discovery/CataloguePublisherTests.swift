import Logging
import PublishWire
import Testing
import Torrents

@testable import Publish

@Suite("A publisher's own catalogue", .timeLimit(.minutes(1)))
struct CataloguePublisherTests {
    let world = CatalogueNode.World()

    private func root(_ node: CatalogueNode) throws -> (item: SignedItem, root: RootItem) {
        let item = try #require(
            world.network.item(key: node.signer.operating.publicKey.bytes, salt: RootItem.salt))
        return (item, try RootItem(item))
    }

    @Test("puts root, identity and pointers, and gives the signed index away")
    func publishes() async throws {
        let node = try await CatalogueNode(in: world, label: "Ann")
        node.models.add("org/one")
        try await node.publisher.publish()
        let (_, root) = try root(node)
        #expect(root.identity == node.identity)
        #expect(root.count == 1)
        #expect(root.label?.text == "Ann")
        let publication = await node.publisher.publication
        #expect(publication.phase == .published)
        #expect(publication.nodes == 8)
        #expect(world.network.item(key: node.identity.bytes, salt: IdentityItem.salt) != nil)
        let id = try #require(CatalogueID("org/one"))
        let pointer = try #require(
            world.network.item(key: node.signer.operating.publicKey.bytes, salt: ModelPointer.salt(of: id)))
        #expect(try ModelPointer(pointer, of: id).size == 1_000)
        let hash = try #require(root.index)
        let stored = try #require(IndexShelf(path: node.folder.ownFolder).stored(hash, of: node.identity))
        #expect(stored.index.entries.map(\.id) == [id])
        let torrent = try #require(await node.engine.torrents().first)
        #expect(try await node.engine.status(of: torrent).hashes.v2 == hash)
    }

    @Test("signs nothing anew when nothing has changed, and when others have forgotten, puts the same item")
    func repeats() async throws {
        let node = try await CatalogueNode(in: world)
        node.models.add("org/one")
        try await node.publisher.publish()
        let first = try root(node).item
        world.clock.advance(3_600)
        world.network.forgetItems()
        try await node.publisher.publish()
        #expect(try root(node).item == first)
        world.clock.advance(24 * 3_600)
        try await node.publisher.publish()
        #expect(try root(node).item.sequence > first.sequence)
        #expect(try root(node).root.index == RootItem(first).index)
    }

    @Test("makes a new index on change, with a higher number, and keeps the last three versions")
    func changes() async throws {
        let node = try await CatalogueNode(in: world)
        var hashes: [[UInt8]] = []
        var last: Int64 = 0
        for number in 0..<4 {
            node.models.add("org/m\(number)")
            world.clock.advance(1)
            try await node.publisher.publish()
            let (item, root) = try root(node)
            #expect(item.sequence > last)
            last = item.sequence
            hashes.append(try #require(root.index))
        }
        #expect(Set(hashes).count == 4)
        #expect(Set(IndexShelf(path: node.folder.ownFolder).hashes()) == Set(hashes.suffix(3)))
        #expect(await node.engine.torrents().count == 3)
    }

    @Test("is not published while too few nodes take the root")
    func tooFewNodes() async throws {
        let poor = FakeNetwork(nodes: 3)
        let engine = FakeEngine(poor)
        let disk = try TemporaryFolder()
        let models = TestModels()
        models.add("org/one")
        let folder = CatalogueFolder(path: disk.path("catalogue"))
        let publisher = CataloguePublisher(
            engine: engine, folder: folder, signer: try TestSigner(world.clock), models: models,
            book: RootBook(folder: folder) { [clock = world.clock] in clock.now },
            clock: { [clock = world.clock] in clock.now },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await publisher.publish()
        let publication = await publisher.publication
        #expect(publication.phase == .spreading)
        #expect(publication.failure?.contains("3 of 4") == true)
    }

    @Test("reads before it writes: a number that another machine has used is passed")
    func readsFirst() async throws {
        let node = try await CatalogueNode(in: world)
        node.models.add("org/one")
        let ahead = try RootItem(
            delegation: node.signer.delegation, index: [UInt8](repeating: 9, count: 32), count: 0,
            time: world.clock.now + 500
        ).signed(by: node.signer.operating, after: nil)
        _ = world.network.put(ahead)
        try await node.publisher.publish()
        #expect(try root(node).item.sequence == ahead.sequence + 1)
        #expect(try root(node).root.count == 1)
    }

    @Test("is not frozen by the highest number of somebody else's key, nor by one that nobody has signed")
    func freeze() async throws {
        let node = try await CatalogueNode(in: world)
        node.models.add("org/one")
        let thief = SigningKey()
        let frozen = try SignedItem(signing: Array("i0e".utf8), salt: RootItem.salt, sequence: .max, by: thief)
        _ = world.network.put(frozen)
        try await node.publisher.publish()
        #expect(try root(node).item.sequence < world.clock.now + 10)
        #expect(await node.publisher.publication.phase == .published)
        // A node may answer with anything.
        _ = world.network.put(
            SignedItem(
                key: node.signer.operating.publicKey.bytes, salt: RootItem.salt, sequence: .max, value: frozen.value,
                signature: frozen.signature))
        node.models.add("org/two")
        world.clock.advance(10)
        try await node.publisher.publish()
        let signed = try #require(await node.publisher.root)
        #expect(signed.sequence == world.clock.now)
        #expect(try RootItem(signed).count == 2)
    }

    @Test("says nothing more once its key is withdrawn")
    func revoked() async throws {
        let node = try await CatalogueNode(in: world)
        node.models.add("org/one")
        let withdrawal = try RootItem(revoking: node.signer.delegation, time: world.clock.now)
            .signed(by: node.signer.operating, after: nil)
        _ = world.network.put(withdrawal)
        await #expect(throws: PublishError.self) { try await node.publisher.publish() }
        #expect(await node.publisher.publication.phase == .revoked)
        #expect(try root(node).item == withdrawal)
    }

    @Test("an identity that its owner revokes is withdrawn in the DHT, for good, and makes no other by itself")
    func revokedByOwner() async throws {
        let disk = try TemporaryFolder()
        let place = PublishFolder(path: disk.path("home"))
        let keys = try await PublisherKeys.open(place, now: world.clock.now)
        let models = TestModels()
        models.add("org/one")
        let engine = FakeEngine(world.network)
        let folder = CatalogueFolder(path: disk.path("catalogue"))
        let book = RootBook(folder: folder) { [clock = world.clock] in clock.now }
        let publisher = CataloguePublisher(
            engine: engine, folder: folder, signer: FolderSigner(place), models: models, book: book,
            clock: { [clock = world.clock] in clock.now },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await publisher.publish()
        #expect(await publisher.publication.phase == .published)
        #expect(await engine.torrents().count == 1)

        _ = try await PublisherKeys.revoke(place, now: world.clock.now)
        try await publisher.publish()
        #expect(await publisher.publication.phase == .revoked)
        #expect(await engine.torrents().isEmpty)
        let word = try #require(world.network.item(key: keys.identity.bytes, salt: IdentityItem.salt))
        #expect(try IdentityItem(word).isRevoked && word.sequence == .max)
        let root = try #require(world.network.item(key: keys.operating.publicKey.bytes, salt: RootItem.salt))
        #expect(try RootItem(root).isRevoked)
        #expect(try PublisherKeys.load(place, now: world.clock.now) == nil)

        // Others may have forgotten it.
        world.network.forgetItems()
        try await publisher.publish()
        #expect(world.network.item(key: keys.identity.bytes, salt: IdentityItem.salt) == word)

        let trust = TestTrust()
        try await trust.change { book throws(PublishError) in try book.add("org", keys.identity, at: 1) }
        _ = await KeyNews(trust, roots: book, clock: { [clock = world.clock] in clock.now }).digest(keys.identity)
        #expect(try await trust.book().isWithdrawn(keys.identity))
    }

    @Test("publishes nothing where there is nothing, and an empty list where there was something")
    func empty() async throws {
        let node = try await CatalogueNode(in: world)
        try await node.publisher.publish()
        #expect(await node.publisher.publication.phase == .idle)
        #expect(world.network.item(key: node.signer.operating.publicKey.bytes, salt: RootItem.salt) == nil)
        node.models.add("org/one")
        try await node.publisher.publish()
        node.models.removeAll()
        world.clock.advance(10)
        try await node.publisher.publish()
        #expect(try root(node).root.count == 0)
    }

    @Test("goes on after a restart with the same item, and gives the index away again")
    func restart() async throws {
        let node = try await CatalogueNode(in: world)
        node.models.add("org/one")
        try await node.publisher.publish()
        let first = try root(node).item
        await node.vanish(from: world)
        world.network.forgetItems()
        let again = try await CatalogueNode(in: world, disk: node.disk, signer: node.signer)
        again.models.add("org/one")
        try await again.publisher.publish()
        #expect(try root(again).item == first)
        #expect(await again.engine.torrents().count == 1)
    }

    @Test("of two processes of one user, one publishes")
    func oneAtATime() async throws {
        let node = try await CatalogueNode(in: world)
        node.models.add("org/one")
        let lock = try #require(try PlaceLock.attempt(node.folder.ownLock))
        await #expect(throws: PublishError.self) { try await node.publisher.publish() }
        withExtendedLifetime(lock) {}
    }

    @Test("waits from 45 to 60 minutes, and longer and longer after failures")
    func timing() {
        let timing = PublishTiming()
        #expect(timing.pause(failures: 0, fraction: 0) == .seconds(2_700))
        #expect(timing.pause(failures: 0, fraction: 1) == .seconds(3_600))
        #expect(timing.pause(failures: 1, fraction: 1) == .seconds(15))
        #expect(timing.pause(failures: 3, fraction: 1) == .seconds(60))
        #expect(timing.pause(failures: 60, fraction: 1) == .seconds(600))
        #expect(timing.pause(failures: 60, fraction: 0) == .seconds(300))
        #expect(PublishTiming(interval: .seconds(1)).longest == .seconds(60))
        #expect(PublishTiming(interval: .seconds(99_999)).longest == .seconds(6_600))
    }
}

import PublishWire
import SwarmWire
import Testing
import Torrents

@testable import Publish

@Suite("Links to a publisher's item", .timeLimit(.minutes(2)))
struct PublisherLinkTests {
    let network = FakeNetwork()
    let disk: TemporaryFolder
    let engine: FakeEngine
    let trust = TestTrust()
    let clock = TestClock()
    let key = SigningKey()

    init() throws {
        disk = try TemporaryFolder()
        engine = FakeEngine(network)
    }

    private func item(_ number: Int64, _ hash: UInt8, salt: [UInt8] = []) throws -> SignedItem {
        let value = Bencode.encode(["ih": .bytes([UInt8](repeating: hash, count: 20))])
        return try SignedItem(signing: value, salt: salt, sequence: number, by: key)
    }

    private var links: PublisherLinks {
        let clock = clock
        return PublisherLinks(
            engine: engine, folder: CatalogueFolder(path: disk.path("catalogue")), trust: trust, patience: .seconds(2),
            clock: { clock.now })
    }

    private func resolve(_ link: String, isOn: Bool = true) async throws -> GetOrder {
        // Each time as another process would.
        let resolver = SubjectResolver(
            registry: Registry(PublishFolder(path: disk.path("home"))), finder: nil, links: isOn ? links : nil,
            transport: NoTransport(), home: "/nowhere")
        return try await resolver.resolve(try GetSubject(parsing: link))
    }

    private func code(_ link: String, isOn: Bool = true) async -> PublishError.Code? {
        do {
            _ = try await resolve(link, isOn: isOn)
            return nil
        } catch {
            return (error as? PublishError)?.code
        }
    }

    private var link: String { "magnet:?xs=urn:btpk:\(Hex.encode(key.publicKey.bytes))" }

    @Test("lead to the torrent that the newest item names, with the link's own trackers")
    func newest() async throws {
        #expect(network.put(try item(3, 1)) > 0)
        let order = try await resolve(link + "&tr=http%3A%2F%2Ftracker.test%2Fannounce&dn=name")
        #expect(order.subject.hashes == InfoHashes(v1: [UInt8](repeating: 1, count: 20), v2: nil))
        #expect(order.link?.trackers == ["http://tracker.test/announce"] && order.manifestHash == nil)
        #expect(network.put(try item(4, 2)) > 0)
        #expect(try await resolve(link).subject.hashes?.v1 == [UInt8](repeating: 2, count: 20))
        // Another salt is another item.
        #expect(network.put(try item(1, 9, salt: [0xAB, 0xCD])) > 0)
        #expect(try await resolve(link + "&s=abcd").subject.hashes?.v1 == [UInt8](repeating: 9, count: 20))
        // A link that names a torrent means that.
        let both = "magnet:?xt=urn:btih:\(String(repeating: "0a", count: 20))&" + link.dropFirst(8)
        #expect(try await resolve(both).subject.hashes?.v1 == [UInt8](repeating: 10, count: 20))
    }

    @Test("an item that is older than one seen before is refused; while nobody has it, the last one counts")
    func rolledBack() async throws {
        let old = try item(3, 1)
        #expect(network.put(try item(7, 2)) > 0)
        #expect(await code(link) == nil)
        network.forgetItems()
        #expect(try await resolve(link).subject.hashes?.v1 == [UInt8](repeating: 2, count: 20))
        #expect(network.put(old) > 0)
        #expect(await code(link) == .rolledBack)
        network.forgetItems()
        #expect(network.put(try item(7, 3)) > 0)
        #expect(await code(link) == .equivocation)
        #expect(network.put(try item(8, 4)) > 0)
        #expect(try await resolve(link).subject.hashes?.v1 == [UInt8](repeating: 4, count: 20))
    }

    @Test("what is not there, is no torrent, is no key, or cannot be asked for is told apart")
    func faults() async throws {
        #expect(await code(link) == .notFound)
        #expect(await code(link, isOn: false) == .dhtOff)
        #expect(network.put(try SignedItem(signing: Bencode.encode("hi"), salt: [], sequence: 1, by: key)) > 0)
        #expect(await code(link) == .malformed)
        // The point of order 1: anybody could sign for it.
        let weak = "01" + String(repeating: "00", count: 31)
        #expect(await code("magnet:?xs=urn:btpk:\(weak)") == .badKey)
        let forged = try item(2, 5)
        #expect(
            network.put(
                SignedItem(
                    key: forged.key, salt: forged.salt, sequence: 9, value: forged.value, signature: forged.signature)
            ) > 0)
        #expect(await code(link) == .wrongSignature)
    }

    @Test("Shoal's own pointers count as links, with manifest, time and withdrawal")
    func own() async throws {
        let identity = SigningKey()
        let delegation = try Delegation(from: identity, to: key.publicKey, notBefore: clock.now)
        let id = try #require(CatalogueID("ann/one"))
        let hashes = try #require(
            InfoHashes(v1: [UInt8](repeating: 5, count: 20), v2: [UInt8](repeating: 6, count: 32)))
        let manifest = [UInt8](repeating: 7, count: 32)
        let pointer = try ModelPointer(
            id: id, delegation: delegation, hashes: hashes, manifest: manifest, commit: nil, size: 10, time: clock.now
        ).signed(by: key, after: nil)
        #expect(network.put(pointer) > 0)
        let own = link + "&s=" + Hex.encode(pointer.salt)
        let order = try await resolve(own)
        #expect(order.subject.hashes == hashes && order.manifestHash == manifest && order.link?.size == 10)
        let owner = identity.publicKey
        try await trust.change { book throws(PublishError) in try book.revoke(owner, at: 1) }
        #expect(await code(own) == .revoked)
        try await trust.change { book throws(PublishError) in book.restore(owner) }
        clock.advance(91 * 24 * 3_600)
        #expect(await code(own) == .expired)
    }
}

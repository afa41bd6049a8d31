import Foundation
import Publish
import PublishWire
import SwarmWire
import Testing
import Torrents
import Transfer
import Transport

@Suite struct SubjectTests {
    @Test("names, links, hashes, files and addresses are told apart")
    func parsing() throws {
        let v1 = String(repeating: "ab", count: 20)
        let v2 = String(repeating: "cd", count: 32)
        #expect(try GetSubject(parsing: "org/model@v1") == .model(ModelName(CatalogueID("org/model")!, version: "v1")))
        #expect(try GetSubject(parsing: "datasets/org/x") == .model(ModelName(CatalogueID("org/x", kind: .dataset)!)))
        #expect(try GetSubject(parsing: "http://h/x.torrent") == .url("http://h/x.torrent"))
        #expect(try GetSubject(parsing: "model.torrent") == .file("model.torrent"))
        #expect(try GetSubject(parsing: "./model") == .file("./model"))
        for text in [v1, "magnet:?xt=urn:btih:\(v1)", Base32.encode([UInt8](repeating: 0xAB, count: 20))] {
            guard case .magnet(let link) = try GetSubject(parsing: text) else {
                Issue.record("\(text) is no link")
                continue
            }
            #expect(link.hashes?.v1 == [UInt8](repeating: 0xAB, count: 20) && link.hashes?.v2 == nil)
        }
        for text in [v2, "1220" + v2, "magnet:?xt=urn:btmh:1220\(v2)"] {
            guard case .magnet(let link) = try GetSubject(parsing: text) else {
                Issue.record("\(text) is no link")
                continue
            }
            #expect(link.hashes?.v2 == [UInt8](repeating: 0xCD, count: 32))
        }
        for text in ["", "model", "org/../model", "magnet:?dn=x", "org/model@", "a/b/c"] {
            #expect(throws: PublishError.self, "\(text)") { try GetSubject(parsing: text) }
        }
    }

    @Test("torrents come from files and servers, within limits")
    func torrents() async throws {
        let scene = try GetScene()
        let path = try scene.folder.write(scene.metainfo.bytes, to: "x.torrent")
        let server = TestServer(["x.torrent": scene.metainfo.bytes, "bad.torrent": Array("hello".utf8)])
        let resolver = SubjectResolver(
            registry: Registry(scene.home), finder: nil, transport: server, home: "/nowhere", lookUp: GetScene.lookUp)
        for subject in [GetSubject.file(path), .url("http://web.test/x.torrent")] {
            guard case .metainfo(let metainfo) = try await resolver.resolve(subject).subject else {
                Issue.record("no metainfo")
                continue
            }
            #expect(metainfo.hashes == scene.metainfo.hashes)
        }
        for subject in [
            GetSubject.file(scene.folder.path), .file(scene.folder.path("none.torrent")), .url("http://web.test/none"),
            .url("http://web.test/bad.torrent"), .model(ModelName(CatalogueID("org/none")!)),
        ] {
            await #expect(throws: PublishError.self) { try await resolver.resolve(subject) }
        }
    }

    @Test("what was kept from the public stays so, however it is asked for, and when it is got again")
    func privacy() async throws {
        let scene = try GetScene()
        let seeder = try await scene.seeder()
        var order = scene.order(from: [seeder])
        order.isPublic = false
        _ = try await TorrentDownload(
            order, in: scene.context(FakeEngine(scene.network)), observer: SilentObserver()
        ).run()
        let path = try scene.folder.write(scene.metainfo.bytes, to: "x.torrent")
        let server = TestServer(["x.torrent": scene.metainfo.bytes])
        let resolver = SubjectResolver(
            registry: Registry(scene.home), finder: nil, transport: server, home: "/nowhere", lookUp: GetScene.lookUp)
        let hashes = scene.metainfo.hashes
        let name = ModelName(CatalogueID("org/model")!)
        for subject in [
            GetSubject.model(name), .magnet(MagnetLink(hashes)), .file(path), .url("http://web.test/x.torrent"),
            .magnet(MagnetLink(InfoHashes(v1: hashes.v1, v2: nil)!)),
        ] {
            #expect(try await resolver.resolve(subject).isPublic == false, "\(subject)")
        }
        var again = try await resolver.resolve(.model(name))
        (again.peers, again.timeout) = ([seeder.address], .seconds(10))
        let result = try await TorrentDownload(
            again, in: scene.context(FakeEngine(scene.network)), observer: SilentObserver()
        ).run()
        #expect(result.entry?.isPublic == false)
        let other = try GetScene(hasManifest: false)
        try other.folder.write(other.metainfo.bytes, to: "y.torrent")
        #expect(try await resolver.resolve(.file(other.folder.path("y.torrent"))).isPublic)
    }

    @Test("a link's own addresses are kept apart from the user's, and a server must not send inside this site")
    func addresses() async throws {
        let scene = try GetScene()
        _ = try await TorrentDownload(
            scene.order(from: [try await scene.seeder()]), in: scene.context(FakeEngine(scene.network)),
            observer: SilentObserver()
        ).run()
        let elsewhere = RedirectingServer(to: "http://127.0.0.1:9000/x.torrent", scene.metainfo.bytes)
        let resolver = SubjectResolver(
            registry: Registry(scene.home), finder: nil, transport: elsewhere, home: "/nowhere",
            lookUp: GetScene.lookUp)
        var link = MagnetLink(scene.metainfo.hashes)
        link.trackers = ["http://tracker.test/announce"]
        link.webSeeds = ["http://127.0.0.1:9000/"]
        var order = try await resolver.resolve(.magnet(link))
        #expect(order.trackers.isEmpty && order.webSeeds.isEmpty && !order.isFromDisk)
        #expect(order.link?.trackers == link.trackers && order.link?.webSeeds == link.webSeeds)
        order.leaveOutForeignTrackers()
        #expect(order.link?.trackers == [] && !order.usesForeignTrackers)
        await #expect(throws: TransportError.self) { try await resolver.resolve(.url("http://web.test/x.torrent")) }
        #expect(!elsewhere.requests.contains { $0.contains("127.0.0.1") })
        // The user's own address may be here.
        _ = try await resolver.resolve(.url("http://127.0.0.1:9000/x.torrent"))
    }
}

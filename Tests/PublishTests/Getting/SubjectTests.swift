import Foundation
import Publish
import PublishWire
import Testing
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
            registry: Registry(scene.home), finder: nil, transport: server, home: "/nowhere")
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
}

import Crypto
import Foundation
import HubClient
import HubWire
import Logging
import NIOCore
import NIOHTTP1
import Publish
import PublishWire
import Testing
import Torrents
import Transfer
import Transport

@Suite("What goes into the Hugging Face cache")
struct CachePlacingTests {
    private static let commit = String(repeating: "c0", count: 20)
    private static let files: [(path: String, bytes: [UInt8])] = [
        ("config.json", Array(#"{"model_type":"tiny"}"#.utf8)), ("weights.bin", sampleBytes(60_000, seed: 5)),
    ]

    /// A hub with one repository, `big/model`, or one that does not answer.
    struct OneHub: HTTPTransport {
        var files: [(path: String, bytes: [UInt8])]
        var head: String
        var isThere = true

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            guard isThere, request.url.contains("/api/models/big/model") else {
                return HTTPResponse(
                    status: 404, headers: ["X-Error-Code": "RepoNotFound"], body: .init(parts: [], url: request.url),
                    url: request.url)
            }
            let entries = files.map { file in
                let blob = Insecure.SHA1.hash(data: Array("blob \(file.bytes.count)\0".utf8) + file.bytes)
                let size = #""size":\#(file.bytes.count)"#
                let digest = Hex.encode(Digest.sha256(file.bytes))
                let lfs = file.path.hasSuffix(".bin") ? #","lfs":{"oid":"\#(digest)",\#(size)}"# : ""
                return #"{"type":"file","path":"\#(file.path)",\#(size),"oid":"\#(Hex.encode(blob))"\#(lfs)}"#
            }
            let text =
                request.url.contains("/tree/")
                ? "[\(entries.joined(separator: ","))]" : #"{"id":"big/model","sha":"\#(head)"}"#
            return HTTPResponse(
                status: 200, headers: ["Content-Type": "application/json"],
                body: .init(parts: [ByteBuffer(string: text)], url: request.url), url: request.url)
        }
    }

    private struct Stand {
        var scene: GetScene
        var result: GetResult
        var cache: String { scene.folder.path("cache") }
        var snapshot: String { "\(cache)/models--big--model/snapshots/\(CachePlacingTests.commit)" }
        var main: String { "\(cache)/models--big--model/refs/main" }
    }

    /// Somebody offers a model that is a copy of `big/model`, it says, and it was got.
    private func stand(_ name: String, files: [(path: String, bytes: [UInt8])] = files) async throws -> Stand {
        let scene = try GetScene(files) { manifest in
            manifest.name = try #require(RepoID(name))
            manifest.source = .init(
                endpoint: "http://hub.test", repo: try #require(RepoID("big/model")), commit: Self.commit)
        }
        let result = try await TorrentDownload(
            scene.order(from: [try await scene.seeder()]), in: scene.context(FakeEngine(scene.network)),
            observer: SilentObserver()
        ).run()
        return Stand(scene: scene, result: result)
    }

    private func place(_ stand: Stand, _ hub: OneHub) async throws -> String {
        var settings = HubSettings(environment: ["HF_ENDPOINT": "http://hub.test"], home: stand.scene.folder.path)
        settings.cacheDirectory = stand.cache
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let engine = TransferEngine(transport: hub, logger: logger)
        return try await CachePlacing(
            Hub(settings: settings, transport: hub, engine: engine, logger: logger), stand.scene.home
        ).place(stand.result)
    }

    @Test("what the hub has at the commit goes there, whoever offered it")
    func same() async throws {
        let stand = try await stand("me/copy")
        #expect(try await place(stand, OneHub(files: Self.files, head: Self.commit)) == stand.snapshot)
        for file in Self.files {
            #expect(FileManager.default.contents(atPath: "\(stand.snapshot)/\(file.path)") == Data(file.bytes))
        }
        #expect(FileManager.default.contents(atPath: stand.main) == Data(Self.commit.utf8))
        #expect(!FileManager.default.fileExists(atPath: "\(stand.snapshot)/\(ModelManifest.fileName)"))
    }

    @Test("a commit that is not the latest does not become the main branch")
    func old() async throws {
        let stand = try await stand("big/model")
        _ = try await place(stand, OneHub(files: Self.files, head: String(repeating: "ab", count: 20)))
        #expect(FileManager.default.fileExists(atPath: stand.snapshot))
        #expect(!FileManager.default.fileExists(atPath: stand.main))
    }

    @Test(
        "what is another than the hub's is refused, small or large, and nothing of it is put there",
        arguments: [0, 1, 2])
    func other(place changed: Int) async throws {
        var files = Self.files
        if changed < 2 { files[changed].bytes[3] ^= 1 } else { files.append(("run.py", Array("evil".utf8))) }
        let stand = try await stand("big/model", files: files)
        await #expect(throws: (any Error).self) {
            try await place(stand, OneHub(files: Self.files, head: Self.commit))
        }
        #expect(!FileManager.default.fileExists(atPath: stand.snapshot))
        #expect(!FileManager.default.fileExists(atPath: stand.main))
    }

    @Test("where no hub tells, only the publisher is believed to whom the user has given the namespace")
    func silent() async throws {
        let hub = OneHub(files: [], head: "", isThere: false)
        for name in ["me/copy", "big/model"] {
            // Got once, `big` is pinned, but by the stranger's word.
            let stand = try await stand(name)
            let error = await #expect(throws: PublishError.self) { try await place(stand, hub) }
            #expect(error?.code == .refused)
            #expect(scene(stand, lacks: "snapshots"))
        }
        let stand = try await stand("me/copy")
        try await TrustFile.change(stand.scene.home) { book throws(PublishError) in
            _ = try book.add("big", stand.scene.key.publicKey, at: 1)
        }
        #expect(try await place(stand, hub) == stand.snapshot)
    }

    private func scene(_ stand: Stand, lacks name: String) -> Bool {
        !FileManager.default.fileExists(atPath: "\(stand.cache)/models--big--model/\(name)")
    }
}

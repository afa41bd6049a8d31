import Crypto
import Foundation
import HubClient
import HubWire
import Logging
import NIOCore
import NIOHTTP1
import Publish
import PublishWire
import Synchronization
import Testing
import Torrents
import Transfer
import Transport

@Suite struct HubStandingTests {
    static let commit = String(repeating: "a", count: 40)

    /// A hub with one revision of one repository.
    final class OneRevision: HTTPTransport {
        private let files: [String: [UInt8]]
        private let listing: [UInt8]
        private let isGated: Bool
        private let asked = Mutex<[(url: String, token: String?)]>([])

        /// - Parameter spoilt: a file of which the hub has other content.
        init(_ files: [String: [UInt8]], spoilt: String? = nil, isGated: Bool = false) throws {
            self.files = files
            self.isGated = isGated
            let entries = files.map { path, bytes in
                let oid = path == spoilt ? [UInt8](repeating: 7, count: 20) : HubStandingTests.oid(bytes)
                return TreeEntry(type: .file, path: path, oid: Hexadecimal.encode(oid), size: Int64(bytes.count))
            }
            listing = Array(try JSONEncoder().encode(entries))
        }

        var requests: [(url: String, token: String?)] { asked.withLock { $0 } }

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            let token = request.headers.first(name: "Authorization")
            asked.withLock { $0.append((request.url, token)) }
            func reply(_ status: Int, _ bytes: [UInt8], _ headers: HTTPHeaders = [:]) -> HTTPResponse {
                HTTPResponse(
                    status: status, headers: headers, body: .init(parts: [ByteBuffer(bytes: bytes)], url: request.url),
                    url: request.url)
            }
            if request.url.contains("/api/models/org/model/tree/\(HubStandingTests.commit)") {
                return reply(200, listing, ["Content-Type": "application/json"])
            }
            let root = "http://hub.test/org/model/resolve/\(HubStandingTests.commit)/"
            guard request.url.hasPrefix(root), let bytes = files[String(request.url.dropFirst(root.count))] else {
                return reply(404, [])
            }
            if isGated, token == nil { return reply(403, [], ["X-Error-Code": "GatedRepo"]) }
            let ends = (request.headers.first(name: "Range") ?? "").dropFirst(6).split(separator: "-")
                .compactMap { Int($0) }
            guard ends.count == 2, ends[0] < bytes.count else {
                return reply(200, bytes, ["Content-Length": "\(bytes.count)"])
            }
            let part = Array(bytes[ends[0]...min(ends[1], bytes.count - 1)])
            return reply(
                206, part,
                [
                    "Content-Length": "\(part.count)",
                    "Content-Range": "bytes \(ends[0])-\(ends[0] + part.count - 1)/\(bytes.count)",
                ])
        }
    }

    static func oid(_ bytes: [UInt8]) -> [UInt8] {
        Array(Insecure.SHA1.hash(data: Array("blob \(bytes.count)\0".utf8) + bytes))
    }

    private static func named(_ manifest: inout ModelManifest, _ files: [(path: String, bytes: [UInt8])]) throws {
        manifest.source = ModelManifest.Source(
            endpoint: "https://huggingface.co", repo: try #require(RepoID("org/model")), commit: commit)
        for index in manifest.files.indices {
            let bytes = files.first { $0.path == manifest.files[index].path.description }?.bytes
            manifest.files[index].gitOID = bytes.map { oid($0) }
        }
    }

    private func get(
        _ transport: any HTTPTransport, _ files: [(path: String, bytes: [UInt8])] = GetScene.usualFiles,
        piecesPerStep: Int = 8, _ change: (inout GetOrder) -> Void = { _ in }
    ) async throws -> (scene: GetScene, result: GetResult) {
        let scene = try GetScene(files) { try Self.named(&$0, files) }
        var settings = HubSettings(environment: ["HF_ENDPOINT": "http://hub.test"], home: scene.folder.path)
        settings.cacheDirectory = scene.folder.path("cache")
        settings.token = "hf_secret"
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var transfers = TransferSettings()
        transfers.stateFolder = scene.folder.path("state")
        let hub = Hub(
            settings: settings, transport: transport,
            engine: TransferEngine(transport: transport, settings: transfers, logger: logger), logger: logger)
        var context = scene.context(FakeEngine(scene.network))
        context.hub = { _ in hub }
        var order = scene.order(from: [try await scene.seeder(piecesPerStep: piecesPerStep)])
        change(&order)
        return (scene, try await TorrentDownload(order, in: context, observer: SilentObserver()).run())
    }

    private func contents(_ files: [(path: String, bytes: [UInt8])]) -> [String: [UInt8]] {
        Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0.bytes) })
    }

    @Test("what a hub has too is compared with it, and is refused where it differs")
    func compared() async throws {
        let files = GetScene.usualFiles
        let (_, right) = try await get(try OneRevision(contents(files)))
        #expect(right.hubCheck == .verified(commit: Self.commit))
        let wrong = try OneRevision(contents(files), spoilt: "config.json")
        let error = await #expect(throws: PublishError.self) { _ = try await get(wrong) }
        #expect(error?.code == .wrongContent && error?.message.contains("config.json") == true)
        // Who wants nothing from hubs asks none.
        let quiet = try OneRevision(contents(files), spoilt: "config.json")
        let (_, alone) = try await get(quiet) { $0.usesHubs = false }
        #expect(alone.hubCheck == nil && quiet.requests.isEmpty)
    }

    @Test("a hub that is away, or does not know the model, keeps nobody from getting it", .timeLimit(.minutes(1)))
    func absent() async throws {
        let (_, away) = try await get(NoTransport())
        guard case .unknown = away.hubCheck else {
            Issue.record("\(String(describing: away.hubCheck))")
            return
        }
        let (scene, result) = try await get(TestServer([:]))
        #expect(result.hubCheck == .notOnHub || result.hubCheck?.word == "unknown")
        #expect(scene.found(in: scene.modelFolder) == scene.expected)
    }

    @Test("what others may have comes from a hub as strangers see it, without the user's token")
    func gated() async throws {
        let files = [("weights.bin", sampleBytes(6_000_000, seed: 8))]
        func tokens(_ change: (inout GetOrder) -> Void) async throws -> Set<String?> {
            let hub = try OneRevision(contents(files), isGated: true)
            let (scene, _) = try await get(hub, files, piecesPerStep: 1, change)
            #expect(scene.found(in: scene.modelFolder) == scene.expected)
            return Set(hub.requests.filter { $0.url.contains("/resolve/") }.map(\.token))
        }
        #expect(try await tokens { _ in } == [nil])
        #expect(try await tokens { $0.isPublic = false } == [nil])
        #expect(try await tokens { ($0.isPublic, $0.seeds) = (false, false) } == ["Bearer hf_secret"])
    }
}

import Foundation
import HubWire
import Logging
import NIOCore
import NIOHTTP1
import Swarm
import Synchronization
import TestSupport
import Testing
import Transfer
import Transport
import Xet

@testable import Agent
@testable import HubClient

/// What an agent that runs for long asks the hub.
@Suite(.timeLimit(.minutes(1))) struct CacheIndexerTests {
    private static let commit = String(repeating: "c", count: 40)
    private static let hash = FileHash(w0: 1, w1: 2, w2: 3, w3: 4)
    private static let etag = String(repeating: "e", count: 64)
    private static let count = 5000

    private static var entry: TreeEntry {
        var entry = TreeEntry(
            type: .file, path: "weights.bin", oid: String(repeating: "a", count: 40), size: Int64(count),
            lfs: TreeEntry.LFS(oid: etag, size: Int64(count), pointerSize: 131))
        entry.xetHash = "\(hash)"
        return entry
    }

    /// A hub with one public repository, which may be away, or refuse strangers.
    private final class StrangersHub: HTTPTransport {
        enum Mood { case away, `public`, refusing }

        let mood: Mutex<Mood>
        let asked = Atomic(0)

        init(_ mood: Mood) { self.mood = Mutex(mood) }

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            asked.wrappingAdd(1, ordering: .relaxed)
            switch mood.withLock({ $0 }) {
            case .away: throw TransportError(code: .connectionRefused, message: "nobody is there", url: request.url)
            case .refusing: return reply(request, 401, ["X-Error-Code": "RepoNotFound"])
            case .public: break
            }
            if request.url.contains("/revision/") {
                var info = RepoInfo(id: "ns/name")
                info.sha = CacheIndexerTests.commit
                info.isPrivate = false
                info.gated = Gating.open
                return reply(request, 200, [:], try JSONEncoder().encode(info))
            }
            if request.url.contains("/tree/") {
                return reply(request, 200, [:], try JSONEncoder().encode([CacheIndexerTests.entry]))
            }
            return reply(
                request, 302,
                [
                    "X-Linked-Etag": "\"\(CacheIndexerTests.etag)\"", "X-Linked-Size": "\(CacheIndexerTests.count)",
                    "X-Repo-Commit": CacheIndexerTests.commit, "X-Xet-Hash": "\(CacheIndexerTests.hash)",
                    "Location": "http://127.0.0.1:1/x",
                ])
        }

        private func reply(
            _ request: HTTPRequest, _ status: Int, _ headers: [String: String], _ body: Data = Data()
        ) -> HTTPResponse {
            HTTPResponse(
                status: status, headers: HTTPHeaders(headers.map { ($0.key, $0.value) }),
                body: .init(parts: [ByteBuffer(bytes: body)], url: request.url), url: request.url)
        }
    }

    /// Indexes a cache with one repository while `body` runs.
    /// - Parameter age: seconds since the hub called the repository public; nil where it has not been asked.
    private func indexing(
        _ hub: StrangersHub, age: Int64?,
        _ body: @escaping @Sendable (CacheIndexer, LocalSeedLibrary) async throws -> Void
    ) async throws {
        try await withFixture { fixture in
            let cache = try fixture.directory("hub")
            let repo = try fixture.directory("hub/models--ns--name")
            _ = try fixture.directory("hub/models--ns--name/blobs")
            let snapshot = try fixture.directory("hub/models--ns--name/snapshots/\(Self.commit)")
            try await writeBytes([UInt8](repeating: 7, count: Self.count), to: repo + "/blobs/" + Self.etag)
            try FileManager.default.createSymbolicLink(
                atPath: snapshot + "/weights.bin", withDestinationPath: "../../blobs/" + Self.etag)
            try TreeListing([Self.entry]).write(repo, commit: Self.commit, keeping: .shared)

            let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
            let engine = TransferEngine(transport: hub, logger: logger)
            var settings = HubSettings(environment: ["HF_ENDPOINT": "http://hub.test"], home: fixture.scratch)
            settings.isTokenExplicit = true
            if let age {
                VisibilityRecord.note(
                    .public, of: Self.commit, by: settings.endpoint, at: .unixNow - age, in: repo)
            }
            var indexing = CacheIndexer.Settings()
            indexing.caches = [cache]
            indexing.settling = .milliseconds(1)
            indexing.asking = (.milliseconds(1), .seconds(3600), .milliseconds(100))
            let library = LocalSeedLibrary(shelf: nil)
            let indexer = CacheIndexer(
                indexing, library: library,
                hub: Hub(settings: settings, transport: hub, engine: engine, logger: logger), shelf: nil, hasher: nil,
                logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await indexer.run() }
                defer { group.cancelAll() }
                try await body(indexer, library)
            }
        }
    }

    @Test("a public commit is asked about again when the answer is a day old, though nobody touches its folder")
    func aged() async throws {
        let hub = StrangersHub(.refusing)
        try await indexing(hub, age: 86_400 - 3) { indexer, library in
            try await eventually { await indexer.current.isComplete }
            #expect(library.gives(Self.hash))
            #expect(hub.asked.load(ordering: .relaxed) == 0)
            try await eventually { !library.gives(Self.hash) }
            #expect(hub.asked.load(ordering: .relaxed) > 0)
        }
    }

    @Test("a question that the hub did not answer stays until it does")
    func away() async throws {
        let hub = StrangersHub(.away)
        try await indexing(hub, age: nil) { indexer, library in
            try await eventually { hub.asked.load(ordering: .relaxed) > 0 }
            try await Task.sleep(for: .milliseconds(300))
            #expect(!library.gives(Self.hash))
            #expect(await indexer.current.unknown == 1)
            hub.mood.withLock { $0 = .public }
            try await eventually { library.gives(Self.hash) }
            #expect(await indexer.current.unknown == 0)
        }
    }

    @Test("a hub that does not answer changes nothing of what was public")
    func agedAway() async throws {
        let hub = StrangersHub(.away)
        try await indexing(hub, age: 100_000) { indexer, library in
            try await eventually { hub.asked.load(ordering: .relaxed) > 0 }
            #expect(library.gives(Self.hash))
            #expect(await indexer.current.unknown == 1)
            hub.mood.withLock { $0 = .refusing }
            try await eventually { !library.gives(Self.hash) }
        }
    }
}

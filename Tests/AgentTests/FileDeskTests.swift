import ChunkStore
import HTTPTypes
import HubClient
import HubWire
import Hummingbird
import Logging
import NIOCore
import Swarm
import Synchronization
import TestSupport
import Testing
import Transfer
import Transport

@testable import Agent

/// What the local hub sends out of a cache.
@Suite(.timeLimit(.minutes(1))) struct FileDeskTests {
    private static let count = 3 << 20
    /// The SHA-256 of so many zeros.
    private static let etag = "bbd05cf6097ac9b1f89ea29d2542c1b7b67ee46848393895f5a9e43fa1f621e5"
    private static let repo = RepoID("alice/model")

    /// A desk over a cache with one file.
    private struct Place {
        let desk: FileDesk
        let path: String

        init(_ fixture: Fixture) async throws {
            let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
            let cache = try fixture.directory("cache")
            let blobs = try fixture.directory("cache/models--alice--model/blobs")
            path = blobs + "/" + FileDeskTests.etag
            try await writeBytes([UInt8](repeating: 0, count: FileDeskTests.count), to: path)
            let transport = NoNetwork()
            let engine = TransferEngine(transport: transport, logger: logger)
            var settings = HubSettings(environment: [:], home: fixture.scratch)
            settings.cacheDirectory = cache
            let hubs = HubFactory(settings: settings, transport: transport, engine: engine, logger: logger)
            let (board, files) = (ActivityBoard(), try fixture.directory("files"))
            desk = FileDesk(
                hubs: hubs, caches: [cache],
                transits: TransitDesk(folder: files, engine: engine, library: nil, board: board, logger: logger),
                peers: PeerDoor(peers: nil, policy: SeedPolicy()),
                visibility: PublicRepos(hub: hubs.hub(token: nil)), verified: VerifiedFiles(),
                tainted: TaintedFiles(folder: files), board: board, logger: logger)
        }

        func order(_ range: Range<UInt64>? = nil) throws -> FileOrder {
            let metadata = FileMetadata(
                path: "model.bin", commit: String(repeating: "a", count: 40), etag: FileDeskTests.etag,
                size: UInt64(FileDeskTests.count), xetHash: nil)
            let request = Request(
                head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/"),
                body: RequestBody(buffer: ByteBuffer()))
            return FileOrder(
                facts: FileFacts(metadata: metadata),
                repo: RepoReference(type: .model, id: try #require(FileDeskTests.repo), revision: metadata.commit),
                caller: Caller(request), range: range ?? 0..<metadata.size, isOnline: false)
        }

        func send(_ order: FileOrder, from source: FileSource, to client: Client) async throws {
            var writer: any ResponseBodyWriter = client
            try await desk.send(order, from: source, to: &writer)
        }

        /// Writes something else into the file, in its place.
        func spoil() throws {
            let file = try RandomAccessFile(path: path, access: .update)
            try [UInt8](repeating: 1, count: 1000).withUnsafeBytes { try file.write($0, at: UInt64(2 << 20)) }
        }
    }

    private struct NoNetwork: HTTPTransport {
        struct Away: Error {}

        func send(_ request: Transport.HTTPRequest) async throws -> Transport.HTTPResponse { throw Away() }
    }

    /// Counts what it gets.
    private final class Client: ResponseBodyWriter, Sendable {
        private let state = Mutex((bytes: 0, hasEnded: false))
        private let first: @Sendable () throws -> Void

        /// - Parameter first: called with the first bytes.
        init(_ first: @escaping @Sendable () throws -> Void = {}) { self.first = first }

        var bytes: Int { state.withLock { $0.bytes } }
        var hasEnded: Bool { state.withLock { $0.hasEnded } }

        func write(_ buffer: ByteBuffer) async throws {
            if bytes == 0 { try first() }
            state.withLock { $0.bytes += buffer.readableBytes }
        }

        func finish(_ trailingHeaders: HTTPFields?) async throws { state.withLock { $0.hasEnded = true } }
    }

    @Test("a verified file that changes while it is sent is closed short", arguments: [true, false])
    func changesOnItsWay(isWhole: Bool) async throws {
        try await withFixture { fixture in
            let place = try await Place(fixture)
            let order = try place.order(isWhole ? nil : 1..<UInt64(Self.count))
            let before = Client()
            try await place.send(order, from: try await place.desk.source(for: order), to: before)
            #expect(before.bytes == order.range.count && before.hasEnded)

            let source = try await place.desk.source(for: order)
            guard case .local(_, .some) = source else { throw TestFailure("the file was not verified") }
            let client = Client { try place.spoil() }
            await #expect(throws: (any Error).self) { try await place.send(order, from: source, to: client) }
            #expect(client.bytes > 0 && client.bytes < order.range.count && !client.hasEnded)
            // Whoever goes on with what it has got must be sent all of it.
            #expect(place.desk.isTainted(Self.etag))
            // All of it is looked at anew: before a part is sent, or on the way.
            let again = Client()
            await #expect(throws: (any Error).self) {
                try await place.send(order, from: try await place.desk.source(for: order), to: again)
            }
            #expect(!again.hasEnded && again.bytes < order.range.count)
        }
    }

    @Test("a verified file that changes before its part is sent is closed short")
    func changesBefore() async throws {
        try await withFixture { fixture in
            let place = try await Place(fixture)
            let order = try place.order(1..<UInt64(Self.count))
            let source = try await place.desk.source(for: order)
            try place.spoil()
            let client = Client()
            await #expect(throws: (any Error).self) { try await place.send(order, from: source, to: client) }
            #expect(client.bytes < order.range.count && !client.hasEnded)
        }
    }
}

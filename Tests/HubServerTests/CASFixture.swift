import Foundation
import GRDB
import HTTPTypes
import HubWire
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import TestSupport
import Testing
import Xet

@testable import HubServer

/// A hub with two repositories, for tests of its content half.
struct CASFixture: Sendable {
    let scratch: ScratchFolder
    let server: HubServer
    let repo: Int64
    let otherRepo: Int64

    var services: ServerServices { server.services }
    var content: ContentStore { services.content }
    var dataDirectory: String { services.configuration.dataDirectory }

    init(configure: (inout HubConfiguration) -> Void = { _ in }) throws {
        scratch = try ScratchFolder()
        var configuration = HubConfiguration(dataDirectory: scratch.url.appendingPathComponent("data").path)
        configuration.port = 0
        configure(&configuration)
        server = try HubServer(
            configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let ids = try server.services.database.pool.write { database in
            try ["one", "two"].map { name in
                try #require(
                    try Repo.create(
                        RepoDraft(
                            type: .model, namespace: "alice", name: name, isPrivate: false, creator: "alice", now: 0),
                        in: database)
                ).id
            }
        }
        repo = ids[0]
        otherRepo = ids[1]
    }

    /// What the token of a writer of the first repository says.
    var claims: CASClaims { CASClaims(user: "alice", repo: repo, scope: .write, expiry: .max) }

    func token(
        _ scope: CASScope = .write, repo: Int64? = nil, user: String = "alice", isLimited: Bool = false,
        lifetime: Duration = .seconds(60),
    ) -> String {
        CASTokens.issue(
            user: user, repo: repo ?? self.repo, scope: scope, isLimited: isLimited, secrets: services.secrets,
            lifetime: lifetime
        ).token
    }

    /// Runs `body` against the hub on a real port, sendfile included.
    func run<Value: Sendable>(_ body: @Sendable (CASTestClient) async throws -> Value) async throws -> Value {
        try await server.calling { client in
            try await body(CASTestClient(client: client, fixture: self))
        }
    }

    /// The key of a xorb's object; nil when the xorb is not stored.
    func key(of xorb: XorbHash) throws -> ObjectKey? {
        try services.database.pool.read { try StorageTables.row(of: xorb, in: $0)?.row.key }
    }

    /// The path of a xorb's object in the store; one that does not exist when the xorb is not stored.
    func object(_ xorb: XorbHash) throws -> URL {
        URL(fileURLWithPath: content.objects.path(of: try key(of: xorb) ?? .unkeyed(xorb)))
    }

    /// The names of all stored objects.
    var storedObjects: [String] {
        let paths = FileManager.default.enumerator(atPath: content.objects.xorbs)?.allObjects as? [String] ?? []
        return paths.compactMap { $0.split(separator: "/").last.map(String.init) }.filter { $0.count >= 64 }.sorted()
    }

    var leftovers: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: content.objects.incoming)) ?? ["unreadable"]
    }

    /// What stays under `incoming/`: a file goes with the last task that holds it, which may be a moment later.
    func settledLeftovers() async throws -> [String] {
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        while !leftovers.isEmpty, .now < deadline { try await Task.sleep(for: .milliseconds(10)) }
        return leftovers
    }

    /// Changes one byte of a stored object.
    func flipByte(of xorb: XorbHash, at offset: Int) throws {
        var bytes = try Data(contentsOf: object(xorb))
        bytes[offset < 0 ? bytes.count + offset : offset] ^= 0x10
        try bytes.write(to: object(xorb))
    }
}

/// A xorb built from given chunks, as an uploader would have it.
struct SampleXorb: Sendable {
    let finished: FinishedXorb
    let body: [UInt8]
    let plain: [UInt8]

    var hash: XorbHash { finished.hash }
    var crc: UInt64 {
        var crc = CRC64NVME()
        body.withUnsafeBytes { crc.update($0) }
        return crc.value
    }

    init(chunks: [[UInt8]], scheme: CompressionScheme = .lz4, maximumLength: Int = 4 << 20) {
        let builder = XorbBuilder(maximumLength: maximumLength, maximumChunks: 256)
        for chunk in chunks {
            chunk.withUnsafeBytes { builder.append($0, hash: ChunkHashing.hash($0), scheme: scheme) }
        }
        finished = builder.finish()
        body = builder.withBody { [UInt8]($0) }
        plain = chunks.flatMap(\.self)
    }

    /// Chunks of 10 to 20 kB, every second one compressible.
    init(seed: UInt64, count: Int = 6) {
        var random = SplitMix64(seed: seed)
        self.init(
            chunks: (0..<count).map { index in
                let kind: SampleContent = index % 2 == 0 ? .random : .text
                return kind.bytes(Int.random(in: 10_000...20_000, using: &random), seed: random.next())
            })
    }

    var listing: ShardXorb { ShardXorb(hash: hash, chunks: finished.chunks) }

    func plain(of chunks: Range<Int>) -> ArraySlice<UInt8> {
        let ends = finished.chunks.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int($1.length)) }
        return plain[ends[chunks.lowerBound]..<ends[chunks.upperBound]]
    }
}

/// A file put together from runs of chunks of xorbs.
struct SampleFile: Sendable {
    var shard: ShardFile
    let bytes: [UInt8]
    let chunks: [Chunk]

    var hash: FileHash { shard.fileHash }

    init(_ parts: [(SampleXorb, Range<Int>)], sha256: SHA256Digest? = nil) {
        chunks = parts.flatMap { xorb, range in xorb.finished.chunks[range] }
        bytes = parts.flatMap { xorb, range in xorb.plain(of: range) }
        let hash = FileHash(of: chunks)
        // Written out, not built: two runs that could be merged stay two segments.
        shard = ShardFile(
            fileHash: hash,
            segments: parts.map { xorb, range in
                ShardSegment(
                    xorb: xorb.hash, unpackedLength: UInt32(xorb.plain(of: range).count),
                    chunkStart: UInt32(range.lowerBound), chunkEnd: UInt32(range.upperBound))
            },
            verification: parts.map { xorb, range in RangeHash(of: xorb.finished.chunks[range].map(\.hash)) },
            sha256: sha256)
    }
}

/// Speaks to the CAS of a hub under test.
struct CASTestClient: Sendable {
    let client: HubCaller
    let fixture: CASFixture

    func send(
        _ method: HTTPRequest.Method, _ path: String, token: String?, body: [UInt8]? = nil, range: String? = nil,
    ) async throws -> HubResponse {
        var headers: HTTPFields = [:]
        if let token { headers[.authorization] = "Bearer \(token)" }
        if let range { headers[.range] = range }
        return try await client.executeRequest(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(bytes: $0) })
    }

    func get(_ path: String, token: String? = nil, range: String? = nil) async throws -> HubResponse {
        try await send(.get, path, token: token ?? fixture.token(.read), range: range)
    }

    func post(_ path: String, _ body: [UInt8], token: String? = nil) async throws -> HubResponse {
        try await send(.post, path, token: token ?? fixture.token(), body: body)
    }

    func upload(_ xorb: SampleXorb, repo: Int64? = nil, user: String = "alice") async throws -> Bool {
        let response = try await post(
            "/cas/v1/xorbs/default/\(xorb.hash)", xorb.body, token: fixture.token(repo: repo, user: user))
        try #require(response.status == .ok, "\(String(buffer: response.body))")
        return try response.decoded(XorbUploadReply.self).wasInserted
    }

    func register(_ files: [SampleFile], _ xorbs: [SampleXorb] = [], repo: Int64? = nil) async throws -> HubResponse {
        let shard = Shard(files: files.map(\.shard), xorbs: xorbs.map(\.listing))
        return try await post("/cas/v1/shards", shard.uploadForm(), token: fixture.token(repo: repo))
    }

    /// Uploads the xorbs and registers the files, which must work.
    func store(_ files: [SampleFile], _ xorbs: [SampleXorb]) async throws {
        for xorb in xorbs { _ = try await upload(xorb) }
        let response = try await register(files, xorbs)
        try #require(response.status == .ok, "\(String(buffer: response.body))")
    }

    /// Follows a signed URL, which is absolute, on this client's connection.
    func fetch(
        _ url: String, range: String? = nil, method: HTTPRequest.Method = .get, body: [UInt8]? = nil,
    ) async throws -> HubResponse {
        try await send(method, try path(of: url), token: nil, body: body, range: range)
    }

    func path(of url: String) throws -> String {
        let start = try #require(url.range(of: "/data/"))
        return String(url[start.lowerBound...])
    }
}

extension HubResponse {
    func decoded<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(body.readableBytesView))
    }

    var message: String { String(buffer: body) }
    var bytes: [UInt8] { [UInt8](body.readableBytesView) }

    func field(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
}

extension VerifiedBytes {
    /// All bytes of the sequence.
    func collected() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in self { bytes += piece.readableBytesView }
        return bytes
    }
}

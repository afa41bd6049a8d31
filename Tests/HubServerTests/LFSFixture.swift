import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing
import Xet

@testable import HubServer

/// Content with its names in LFS and in Xet.
struct LFSObject: Sendable {
    let bytes: [UInt8]
    let digest: Xet.SHA256Digest

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        digest = Xet.SHA256Digest(SHA256.hash(data: bytes))
    }

    init(_ kind: SampleContent, _ count: Int, seed: UInt64) { self.init(kind.bytes(count, seed: seed)) }

    var oid: String { "\(digest)" }

    /// What a Xet client computes.
    var fileHash: FileHash {
        var scanner = BoundaryScanner()
        var ends: [UInt64] = []
        var tree = MerkleTreeBuilder()
        bytes.withUnsafeBytes { raw in
            scanner.scan(raw, into: &ends)
            scanner.finish(into: &ends)
            var start = 0
            for end in ends {
                let chunk = UnsafeRawBufferPointer(rebasing: raw[start..<Int(end)])
                tree.append(Chunk(hash: ChunkHashing.hash(chunk), length: UInt32(chunk.count)))
                start = Int(end)
            }
        }
        return FileHash(root: tree.finish())
    }

    func commitLine(_ path: String) -> String {
        #"{"key":"lfsFile","value":{"path":"\#(path)","algo":"sha256","oid":"\#(oid)","size":\#(bytes.count)}}"#
    }

    static func batch(_ operation: String, _ objects: [LFSObject], transfers: [String]? = nil) -> String {
        let list = objects.map { #"{"oid":"\#($0.oid)","size":\#($0.bytes.count)}"# }.joined(separator: ",")
        let offered = transfers.map { #""transfers":[\#($0.map { "\"\($0)\"" }.joined(separator: ","))],"# } ?? ""
        return #"{"operation":"\#(operation)",\#(offered)"objects":[\#(list)],"ref":{"name":"refs/heads/main"}}"#
    }
}

/// A batch reply as a client reads it.
struct DecodedBatch: Decodable {
    struct Action: Decodable {
        var href: String
        var header: [String: String]?
        var expires_in: Int?
    }

    struct Failure: Decodable {
        var code: Int
        var message: String
    }

    struct Object: Decodable {
        var oid: String
        var size: Int
        var authenticated: Bool?
        var actions: [String: Action]?
        var error: Failure?
    }

    var transfer: String?
    var objects: [Object]
}

extension HubTestClient {
    func decodedBatch(_ response: HubResponse) throws -> DecodedBatch {
        try #require(response.status == .ok, "\(response.text)")
        #expect(response.header("content-type") == "application/vnd.git-lfs+json")
        return try response.decoded(DecodedBatch.self)
    }

    func batch(
        _ repo: String, _ operation: String, _ objects: [LFSObject], transfers: [String]? = nil,
        as user: String? = "alice"
    ) async throws -> DecodedBatch {
        let response = try await send(
            .post, "/\(repo).git/info/lfs/objects/batch", as: user,
            body: LFSObject.batch(operation, objects, transfers: transfers))
        return try decodedBatch(response)
    }

    func uploadURL(_ repo: String, _ object: LFSObject, as user: String = "alice") async throws -> String {
        try #require(try await batch(repo, "upload", [object], as: user).objects.first?.actions?["upload"]?.href)
    }

    /// Uploads an object the basic way, which must work.
    func upload(_ repo: String, _ object: LFSObject, as user: String = "alice") async throws {
        let response = try await put(uploadURL(repo, object, as: user), object.bytes)
        try #require(response.status == .ok, "\(response.text)")
    }

    /// Follows an absolute URL, without a token.
    func follow(
        _ method: HTTPRequest.Method, _ url: String, headers: HTTPFields = [:], bytes: [UInt8]? = nil
    ) async throws -> HubResponse {
        let start = try #require(url.range(of: "/data/"))
        return try await client.executeRequest(
            uri: String(url[start.lowerBound...]), method: method, headers: headers,
            body: bytes.map { ByteBuffer(bytes: $0) })
    }

    func put(_ url: String, _ bytes: [UInt8]) async throws -> HubResponse {
        try await follow(.put, url, bytes: bytes)
    }

    func post(_ url: String, _ body: String) async throws -> HubResponse {
        try await follow(.post, url, bytes: Array(body.utf8))
    }
}

extension HubFixture {
    /// What waits among the uploads.
    func spooled() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: server.services.uploads.path)
    }
}

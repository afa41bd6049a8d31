import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import TestSupport
import Testing
import Xet

@testable import HubServer

@Suite("LFS: uploads in parts, and Xet for those who ask for it", .timeLimit(.minutes(3)))
struct LFSMultipartTests {
    private let fixture: HubFixture
    private let object = LFSObject(.weights, 2_500_000, seed: 21)

    init() throws { fixture = try HubFixture { $0.lfsPartSize = 1_000_000 } }

    private struct Offer {
        var complete: String
        var parts: [String]
    }

    private func offer(_ hub: HubTestClient) async throws -> Offer {
        let batch = try await hub.batch("alice/m1", "upload", [object], transfers: ["basic", "multipart"])
        #expect(batch.transfer == "multipart")
        let action = try #require(batch.objects.first?.actions?["upload"])
        let header = try #require(action.header)
        #expect(header["chunk_size"] == "1000000")
        #expect(Set(header.keys) == ["chunk_size", "00001", "00002", "00003"])
        return Offer(complete: action.href, parts: ["00001", "00002", "00003"].compactMap { header[$0] })
    }

    private func bytes(_ part: Int) -> [UInt8] {
        Array(object.bytes[((part - 1) * 1_000_000)..<min(part * 1_000_000, object.bytes.count)])
    }

    private func put(_ part: Int, _ offer: Offer, _ hub: HubTestClient) async throws -> String {
        let response = try await hub.put(offer.parts[part - 1], bytes(part))
        #expect(response.status == .ok, "\(response.text)")
        return try #require(response.header("etag"))
    }

    private func completion(_ tags: [(Int, String)]) -> String {
        let parts = tags.map { #"{"partNumber":\#($0),"etag":"\#($1.replacing("\"", with: "\\\""))"}"# }
        return #"{"oid":"\#(object.oid)","parts":[\#(parts.joined(separator: ","))]}"#
    }

    @Test("parts may come at once, in any order and twice; completing again changes nothing")
    func outOfOrder() async throws {
        try await fixture.run { hub in
            try await hub.create("m1")
            let offer = try await offer(hub)
            let tags = try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for part in [3, 1, 2, 2] { group.addTask { (part, try await put(part, offer, hub)) } }
                return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
            }
            let body = completion(tags.map { ($0, $1) })
            for _ in 0..<2 { #expect(try await hub.post(offer.complete, body).status == .ok) }
            #expect(try await hub.commit("alice/m1", [object.commitLine("m.bin")]).status == .ok)
            #expect(Array(try await hub.get("/alice/m1/resolve/main/m.bin").body.readableBytesView) == object.bytes)
        }
        #expect(try fixture.spooled() == [])
    }

    @Test("a missing, short or foreign part fails the completion, and the right one mends it")
    func missingParts() async throws {
        try await fixture.run { hub in
            try await hub.create("m1")
            let offer = try await offer(hub)
            let first = try await put(1, offer, hub)
            let third = try await put(3, offer, hub)
            for tags in [
                [(1, first), (3, third)], [(1, first), (2, first), (3, third)], [(1, first), (1, first), (3, third)],
                [(1, first), (2, "../../etc/passwd"), (3, third)], [],
            ] {
                let response = try await hub.post(offer.complete, completion(tags))
                #expect(response.status == .unprocessableContent, "\(tags): \(response.status)")
            }
            #expect(try await hub.post(offer.complete, "nonsense").status == .badRequest)
            #expect(try await hub.put(offer.parts[1], bytes(1).dropLast()).status == .unprocessableContent)
            #expect(try await hub.put(offer.parts[2], bytes(1)).status == .unprocessableContent)

            // Bytes of another part in its place: their tag fits, the object's SHA-256 does not.
            let wrong = try await hub.put(offer.parts[1], bytes(1))
            let tag = try #require(wrong.header("etag"))
            let refused = try await hub.post(offer.complete, completion([(1, first), (2, tag), (3, third)]))
            #expect(refused.status == .unprocessableContent)
            #expect(try await hub.commit("alice/m1", [object.commitLine("m.bin")]).status == .badRequest)

            let second = try await put(2, offer, hub)
            let body = completion([(1, first), (2, second), (3, third)])
            #expect(try await hub.post(offer.complete, body).status == .ok)
            #expect(try await hub.commit("alice/m1", [object.commitLine("m.bin")]).status == .ok)
        }
        #expect(try fixture.spooled() == [])
    }

    @Test("parts of one upload are not parts of another")
    func twoUploads() async throws {
        try await fixture.run { hub in
            try await hub.create("m1")
            let one = try await offer(hub)
            let two = try await offer(hub)
            var tags: [(Int, String)] = []
            for part in 1...3 { tags.append((part, try await put(part, one, hub))) }
            #expect(try await hub.post(two.complete, completion(tags)).status == .unprocessableContent)
            #expect(try await hub.post(one.complete, completion(tags)).status == .ok)
            #expect(try await hub.post(two.complete, completion(tags)).status == .ok)
        }
    }

    @Test("the number of parts is bounded, their size is not")
    func manyParts() async throws {
        try await HubFixture { $0.lfsPartSize = 100 }.run { hub in
            try await hub.create("m1")
            let batch = try await hub.batch("alice/m1", "upload", [object], transfers: ["multipart", "basic"])
            let header = try #require(batch.objects.first?.actions?["upload"]?.header)
            #expect(header.count <= 1001)
            let size = try #require(header["chunk_size"].flatMap { Int($0) })
            #expect(header.count - 1 == (object.bytes.count + size - 1) / size)
        }
    }

    @Test("an interrupted hub keeps whole parts and forgets half ones")
    func restart() throws {
        let folder = try ScratchFolder()
        let spool = try UploadSpool(dataDirectory: folder.url.path)
        let received = try spool.makeIncoming()
        try spool.keep(received, upload: 7, part: 1, etag: "ab")
        // What a killed process leaves.
        FileManager.default.createFile(atPath: spool.path + "/1234.part", contents: Data([1]))
        let again = try UploadSpool(dataDirectory: folder.url.path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: spool.path) == ["7-1-ab.piece"])
        #expect(try again.open(upload: 7, part: 1, etag: "ab") != nil)
        #expect(try again.open(upload: 8, part: 1, etag: "ab") == nil)
        again.sweep(now: Date(timeIntervalSinceNow: 25 * 3600))
        #expect(try FileManager.default.contentsOfDirectory(atPath: spool.path) == [])
    }

    @Test("who offers xet is sent to the CAS, with what git-xet reads")
    func xet() async throws {
        try await fixture.run { hub in
            try await hub.create("m1")
            let batch = try await hub.batch("alice/m1", "upload", [object], transfers: ["basic", "multipart", "xet"])
            #expect(batch.transfer == "xet")
            let action = try #require(batch.objects.first?.actions?["upload"])
            #expect(action.href.hasSuffix("/api/models/alice/m1/xet-write-token/main"))
            let header = try #require(action.header)
            #expect(header["X-Xet-Cas-Url"]?.hasSuffix("/cas") == true)
            #expect(header["X-Xet-Token-Expiration"].flatMap { Int64($0) } ?? 0 > 0)
            let claims = try CASTokens.verify(
                try #require(header["X-Xet-Access-Token"]), secrets: fixture.server.services.secrets)
            #expect(claims.user == "alice" && claims.scope == .write)
            #expect(batch.objects.first?.actions?["verify"] == nil)

            try await hub.upload("alice/m1", object)
            let known = try await hub.batch("alice/m1", "upload", [object], transfers: ["basic", "xet"])
            #expect(known.transfer == "basic" && known.objects.first?.actions == nil)
        }
    }
}

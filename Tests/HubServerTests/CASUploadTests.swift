import Foundation
import HTTPTypes
import HubWire
import Hummingbird
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing
import Xet

@testable import HubServer

@Suite("Xorb upload", .timeLimit(.minutes(2)))
struct CASUploadTests {
    private func ask(_ client: CASTestClient, _ xorb: SampleXorb, repo: Int64? = nil) async throws -> HubResponse {
        let request = XorbGrantRequest(length: UInt64(xorb.body.count), crc64NVME: xorb.crc)
        return try await client.post(
            "/cas/v1/xorb-grants/default/\(xorb.hash)", [UInt8](JSONEncoder().encode(request)),
            token: client.fixture.token(repo: repo))
    }

    private func commit(
        _ client: CASTestClient, _ xorb: SampleXorb, _ grant: XorbGrant, repo: Int64? = nil,
    ) async throws -> HubResponse {
        try await client.post(
            "/cas/v1/xorb-commits/default/\(xorb.hash)/grant/\(grant.id)", [], token: client.fixture.token(repo: repo))
    }

    @Test("a direct upload is stored with its footer, once")
    func direct() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 10)
        try await fixture.run { client in
            #expect(try await client.upload(xorb))
            #expect(try await !client.upload(xorb))
            let stored = try Data(contentsOf: fixture.object(xorb.hash))
            #expect(stored.starts(with: xorb.body))
            let footer = try stored.withUnsafeBytes { try XorbFooter(parsing: $0) }
            #expect(footer.xorbHash == xorb.hash && footer.packedEnds == xorb.finished.packedEnds)
            #expect(try await fixture.settledLeftovers().isEmpty)
        }
    }

    @Test("a body that brings a footer of its own is stored without it being served twice")
    func ownFooter() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 11)
        let footer = try xorb.body.withUnsafeBytes { try XorbValidation.validate($0, expecting: xorb.hash) }.footer()
        try await fixture.run { client in
            let response = try await client.post(
                "/cas/v1/xorbs/default/\(xorb.hash)", xorb.body + footer.encoded())
            #expect(response.status == .ok)
            let head = try await client.send(
                .head, "/cas/v1/xorbs/default/\(xorb.hash)", token: fixture.token(.read))
            #expect(head.status == .ok && head.field("content-length") == "\(xorb.body.count)")
            #expect(try Data(contentsOf: fixture.object(xorb.hash)).count == xorb.body.count + footer.encoded().count)
        }
    }

    @Test("a body that is not what its hash says is refused and leaves nothing")
    func invalid() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 12)
        var flipped = xorb.body
        flipped[200] ^= 1
        let bodies: [[UInt8]] = [
            flipped, [], Array(xorb.body.dropLast()), xorb.body + [0], Array(xorb.body.prefix(5)),
            SampleXorb(seed: 13).body, xorb.body + xorb.body,
        ]
        try await fixture.run { client in
            for body in bodies {
                let response = try await client.post("/cas/v1/xorbs/default/\(xorb.hash)", body)
                #expect(response.status == .badRequest)
                #expect(!response.message.isEmpty)
            }
            #expect(fixture.storedObjects.isEmpty)
            #expect(try await fixture.settledLeftovers().isEmpty)
            #expect(try await fixture.content.storageStatistics.xorbCount == 0)
            #expect(try await client.post("/cas/v1/xorbs/elsewhere/\(xorb.hash)", xorb.body).status == .notFound)
        }
    }

    @Test("a body that announces too much is refused before it is read")
    func tooLong() async throws {
        let fixture = try CASFixture()
        let routes = CASRoutes(services: fixture.services)
        let hash = SampleXorb(seed: 14).hash
        let paths = [
            ["v1", "xorbs", "default", "\(hash)"], ["v1", "shards"], ["v2", "shards"], ["v1", "telemetry"],
            ["v1", "xorb-grants", "default", "\(hash)"],
        ]
        for segments in paths {
            var request = HTTPRequest(method: .post, scheme: "http", authority: "hub", path: "/cas")
            request.headerFields[.authorization] = "Bearer \(fixture.token())"
            request.headerFields[.contentLength] = "200000000"
            let response = try await routes.respond(
                to: .init(head: request, body: .init(asyncSequence: UntouchableBody())),
                segments: segments.map { Substring($0) }, baseURL: "http://hub")
            #expect(response.status == .contentTooLarge)
        }
    }

    @Test("grant, PUT, commit")
    func grants() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 15)
        try await fixture.run { client in
            let answer = try await ask(client, xorb)
            #expect(answer.status == .created)
            let grant = try answer.decoded(XorbGrant.self)
            #expect(grant.method == "PUT" && grant.url.contains("/data/grants/"))
            #expect(try await commit(client, xorb, grant).status == .notFound, "nothing is there yet")
            #expect(try await client.fetch(grant.url, method: .put, body: xorb.body).status == .ok)
            #expect(try await commit(client, xorb, grant, repo: fixture.otherRepo).status == .notFound)
            #expect(fixture.storedObjects.isEmpty)
            let done = try await commit(client, xorb, grant)
            #expect(try done.status == .ok && done.decoded(XorbUploadReply.self).wasInserted)
            #expect(try await commit(client, xorb, grant).status == .ok, "a repeated commit finds its work done")
            #expect(try await ask(client, xorb).status == .ok, "already stored")
            #expect(try await fixture.settledLeftovers().isEmpty)
        }
    }

    @Test("an upload that breaks the grant's promise is refused")
    func brokenPromises() async throws {
        let fixture = try CASFixture()
        let (xorb, other) = (SampleXorb(seed: 16), SampleXorb(seed: 17))
        try await fixture.run { client in
            let grant = try await ask(client, xorb).decoded(XorbGrant.self)
            var flipped = xorb.body
            flipped[30] ^= 4
            for body in [flipped, Array(xorb.body.dropLast()), xorb.body + [1], other.body] {
                let response = try await client.fetch(grant.url, method: .put, body: body)
                #expect(response.status == .badRequest || response.status == .contentTooLarge)
            }
            var tampered = grant.url
            tampered.replaceSubrange(tampered.index(before: tampered.endIndex)..., with: "")
            #expect(try await client.fetch(tampered, method: .put, body: xorb.body).status == .forbidden)
            let unsigned = grant.url.prefix { $0 != "?" }
            #expect(try await client.fetch(String(unsigned), method: .put, body: xorb.body).status == .forbidden)
            #expect(try await commit(client, xorb, grant).status == .notFound)

            // The right length and CRC under the wrong name: only the commit can tell.
            let wrong = XorbGrantRequest(length: UInt64(other.body.count), crc64NVME: other.crc)
            let misnamed = try await client.post(
                "/cas/v1/xorb-grants/default/\(xorb.hash)", [UInt8](JSONEncoder().encode(wrong))
            ).decoded(XorbGrant.self)
            #expect(try await client.fetch(misnamed.url, method: .put, body: other.body).status == .ok)
            #expect(try await commit(client, xorb, misnamed).status == .badRequest)
            #expect(try await fixture.settledLeftovers().isEmpty)
            for body in ["", "{}", #"{"length":1,"checksum":{"algo":"md5","value":"1"}}"#] {
                let response = try await client.post("/cas/v1/xorb-grants/default/\(xorb.hash)", Array(body.utf8))
                #expect(response.status == .badRequest)
            }
        }
    }

    @Test("an expired grant is refused")
    func expiredGrant() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 18)
        let promise = XorbGrantPromise(
            nonce: 7, repo: fixture.repo, xorb: xorb.hash, length: UInt64(xorb.body.count), crc: xorb.crc, expiry: 1000)
        let id = XorbGrantID(promise, secrets: fixture.services.secrets)
        let url = URLSigner(secrets: fixture.services.secrets).uploadURL(for: id, baseURL: "http://hub")
        try await fixture.run { client in
            let response = try await client.fetch(url, method: .put, body: xorb.body)
            #expect(response.status == .forbidden)
        }
    }

    @Test("whoever lacks a xorb is not told that it is stored, and its bytes are checked all the same")
    func noOracle() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 19)
        var forged = xorb.body
        forged[100] ^= 1
        try await fixture.run { [forged] client in
            #expect(try await client.upload(xorb))
            let other = fixture.token(repo: fixture.otherRepo)
            let head = try await client.send(.head, "/cas/v1/xorbs/default/\(xorb.hash)", token: other)
            #expect(head.status == .notFound)
            #expect(try await ask(client, xorb, repo: fixture.otherRepo).status == .created)
            let bad = try await client.post("/cas/v1/xorbs/default/\(xorb.hash)", forged, token: other)
            #expect(bad.status == .badRequest)
            let before = try Data(contentsOf: fixture.object(xorb.hash))
            #expect(try await client.upload(xorb, repo: fixture.otherRepo), "new as far as this repository can know")
            #expect(try await !client.upload(xorb, repo: fixture.otherRepo))
            #expect(try Data(contentsOf: fixture.object(xorb.hash)) == before)
            #expect(try await fixture.content.storageStatistics.xorbCount == 1)
        }
    }

    @Test("a broken object is replaced by the next upload, an equal xorb in another packing is not")
    func replacement() async throws {
        let fixture = try CASFixture()
        let chunks = [SampleContent.text.bytes(9000, seed: 1), SampleContent.text.bytes(12000, seed: 2)]
        let (packed, plain) = (SampleXorb(chunks: chunks), SampleXorb(chunks: chunks, scheme: .none))
        #expect(packed.hash == plain.hash && packed.body != plain.body)
        try await fixture.run { client in
            let isNew = (try await client.upload(packed), try await client.upload(plain, repo: fixture.otherRepo))
            #expect(isNew.0 && isNew.1)
            #expect(try Data(contentsOf: fixture.object(packed.hash)).starts(with: packed.body))
        }
        try fixture.flipByte(of: packed.hash, at: -60)
        let again = try fixture.content.objects.makeIncoming()
        try plain.body.withUnsafeBytes { try again.file.write($0, at: 0) }
        _ = try await fixture.content.admit(again, as: plain.hash, length: plain.body.count, for: fixture.claims)
        #expect(try Data(contentsOf: fixture.object(plain.hash)).starts(with: plain.body))
    }

    @Test("an object that is gone or broken is not called stored, and the next upload puts it right")
    func healing() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 28)
        try await fixture.run { client in
            #expect(try await client.upload(xorb))
            let whole = try Data(contentsOf: fixture.object(xorb.hash))
            try FileManager.default.removeItem(at: fixture.object(xorb.hash))
            #expect(try await ask(client, xorb).status == .created)
            #expect(try await !client.upload(xorb), "the repository has had it")
            #expect(try Data(contentsOf: fixture.object(xorb.hash)) == whole)

            try fixture.flipByte(of: xorb.hash, at: -60)
            #expect(try await ask(client, xorb).status == .created)
            #expect(try await !client.upload(xorb))
            #expect(try Data(contentsOf: fixture.object(xorb.hash)) == whole)

            // A broken chunk behind a sound footer shows when the object is validated.
            try fixture.flipByte(of: xorb.hash, at: 200)
            #expect(try await client.upload(xorb, repo: fixture.otherRepo))
            #expect(try Data(contentsOf: fixture.object(xorb.hash)) == whole)
        }
    }

    @Test("telemetry is taken when it is well-formed")
    func telemetry() async throws {
        let fixture = try CASFixture()
        try await fixture.run { client in
            let events: [(String, HTTPResponse.Status)] = [
                (#"{"event":"xet_upload_summary","user_agent":"a","metrics":{"n_files":1}}"#, .ok),
                (#"{"event":"xet_upload_summary","userAgent":"a"}"#, .ok),
                (#"{"event":"x","userAgent":"a","user_agent":"b"}"#, .badRequest),
                ("[]", .badRequest), ("{", .badRequest),
            ]
            for (body, status) in events {
                let response = try await client.post(
                    "/cas/v1/telemetry", Array(body.utf8), token: fixture.token(.read))
                #expect(response.status == status, "\(body)")
            }
        }
    }
}

/// A body that must not be asked for.
private struct UntouchableBody: AsyncSequence, Sendable {
    struct AsyncIterator: AsyncIteratorProtocol {
        mutating func next() async throws -> ByteBuffer? {
            Issue.record("the body was read")
            return nil
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator() }
}

import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing
import Xet

@testable import HubServer

@Suite("Uploads of strangers", .timeLimit(.minutes(2)))
struct UploadAreaTests {
    @Test("what a stranger says about a digest holds nowhere else, and must be true to be proposed")
    func digests() async throws {
        let fixture = try CASFixture()
        let bob = try fixture.server.addToken(user: "bob", role: "write")
        let reader = try fixture.server.addToken(user: "carol", role: "read")
        let xorb = SampleXorb(seed: 301)
        let wrong = try #require(SHA256Digest(String(repeating: "ab", count: 32)))
        try await fixture.run { client in
            let ask = { (token: String, query: String) in
                try await client.send(.get, "/api/models/alice/one/xet-write-token/main" + query, token: token)
            }
            #expect(try await ask(bob, "").status == .forbidden)
            #expect(try await ask(reader, "?create_pr=1").status == .forbidden)
            let token = try #require(try await ask(bob, "?create_pr=1").json["accessToken"] as? String)
            let claims = try CASTokens.verify(token, secrets: fixture.services.secrets)
            #expect(claims.repo != fixture.repo && claims.scope == .write)
            let again = try #require(try await ask(bob, "?create_pr=1").json["accessToken"] as? String)
            #expect(try CASTokens.verify(again, secrets: fixture.services.secrets).repo == claims.repo)

            _ = try await client.upload(xorb, repo: claims.repo)
            let file = SampleFile([(xorb, 0..<3)], sha256: wrong)
            #expect(try await client.register([file], [xorb], repo: claims.repo).status == .ok)
            let right = Hex.encode(try await fixture.content.sha256(of: file.hash))
            let digest = try #require(SHA256Digest(right))
            #expect(try await fixture.content.fileHash(forSHA256: wrong, repo: fixture.repo) == nil)

            let propose = { (oid: String) in
                let lines = """
                    {"key":"header","value":{"summary":"Propose"}}
                    {"key":"lfsFile","value":{"path":"w.bin","algo":"sha256","oid":"\(oid)","size":\(file.bytes.count)}}
                    """
                return try await client.client.executeRequest(
                    uri: "/api/models/alice/one/commit/main?create_pr=1", method: .post,
                    headers: [.authorization: "Bearer \(bob)"], body: ByteBuffer(string: lines))
            }
            let lie = try await propose("\(wrong)")
            #expect(lie.status == .badRequest && lie.text.contains("does not have the SHA-256"))
            #expect(try await propose(right).status == .badRequest)
            let honest = SampleFile([(xorb, 0..<3)], sha256: digest)
            #expect(try await client.register([honest], repo: claims.repo).status == .ok)
            #expect(try await propose(right).status == .ok)
            let proposed = try await client.send(.get, "/alice/one/resolve/refs%2Fpr%2F1/w.bin", token: nil)
            #expect(proposed.bytes == file.bytes)
            #expect(try await fixture.content.fileHash(forSHA256: digest, repo: fixture.repo) == nil)
        }
        // The areas go with their repository, and no list shows them.
        let count = { (sql: String) in
            try await fixture.services.database.pool.read { db in try Int.fetchOne(db, sql: sql) ?? -1 }
        }
        #expect(try await count("SELECT count(*) FROM repo WHERE type = 'staging'") == 1)
        try await fixture.services.database.pool.write { db in
            try Repo.find(id: fixture.repo, in: db)?.delete(in: db)
        }
        #expect(try await count("SELECT count(*) FROM repo WHERE type = 'staging'") == 0)
    }
}

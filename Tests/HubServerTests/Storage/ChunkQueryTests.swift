import Foundation
import GRDB
import HTTPTypes
import HubWire
import HummingbirdTesting
import TestSupport
import Testing
import Xet

@testable import HubServer

@Suite("Global deduplication", .timeLimit(.minutes(2)))
struct ChunkQueryTests {
    private func ask(
        _ client: CASTestClient, _ chunk: ChunkHash, repo: Int64? = nil, user: String = "alice",
        isLimited: Bool = false, prefix: String = "default",
    ) async throws -> HubResponse {
        try await client.get(
            "/cas/v1/chunks/\(prefix)/\(chunk)",
            token: client.fixture.token(.read, repo: repo, user: user, isLimited: isLimited))
    }

    private func shard(_ response: HubResponse) throws -> Shard {
        try response.bytes.withUnsafeBytes { try Shard(parsing: $0) }
    }

    /// Looks a chunk up as a client does: under the shard's key.
    private func place(of chunk: ChunkHash, in response: HubResponse) throws -> ShardView.Place? {
        try response.bytes.withUnsafeBytes { bytes in
            let view = try ShardView(bytes)
            return view.find(ChunkHashing.keyed(chunk, key: view.key))
        }
    }

    private func makeRepo(
        _ fixture: CASFixture, _ namespace: String, _ name: String, isPrivate: Bool,
    ) async throws -> Int64 {
        try await fixture.services.database.pool.write { database in
            try #require(
                try Repo.create(
                    RepoDraft(
                        type: .model, namespace: namespace, name: name, isPrivate: isPrivate, creator: namespace,
                        now: 0),
                    in: database)
            ).id
        }
    }

    @Test("the first chunk of a file leads to a keyed shard of all its xorbs")
    func answers() async throws {
        let fixture = try CASFixture { $0.garbageGrace = .seconds(3 * 86_400) }
        let xorbs = [SampleXorb(seed: 601), SampleXorb(seed: 602)]
        let file = SampleFile([(xorbs[0], 2..<6), (xorbs[1], 0..<3)])
        try await fixture.push(file, xorbs, at: "a.bin")
        try await fixture.run { client in
            for prefix in ["default", "default-merkledb"] {
                let response = try await ask(client, file.chunks[0].hash, repo: fixture.otherRepo, prefix: prefix)
                #expect(response.status == .ok)
                let answer = try shard(response)
                #expect(answer.isComplete && !answer.key.isZero && answer.files.isEmpty)
                #expect(Set(answer.xorbs.map(\.hash)) == Set(xorbs.map(\.hash)))
                for (xorb, range) in [(xorbs[0], 0..<6), (xorbs[1], 0..<6)] {
                    for position in range {
                        let found = try place(of: xorb.finished.chunks[position].hash, in: response)
                        #expect(found?.xorb == xorb.hash && found?.chunk == UInt32(position))
                    }
                }
                // What the shard lists is no chunk hash itself.
                let listed = Set(answer.xorbs.flatMap(\.chunks).map(\.hash))
                #expect(listed.isDisjoint(with: xorbs.flatMap(\.finished.chunks).map(\.hash)))
                let now = UInt64(ContentStore.now)
                #expect(answer.expiry > now + 3 * 86_400 - 100 && answer.expiry <= now + 3 * 86_400)
            }
            // Not the first of a file, and its hash does not make it eligible either.
            let plain = try #require(file.chunks.dropFirst().first { !$0.hash.isGlobalDedupEligible })
            #expect(try await ask(client, plain.hash).status == .notFound)
        }
    }

    @Test("a chunk whose hash says so may be asked for wherever it stands")
    func eligible() async throws {
        let fixture = try CASFixture()
        // One in 1,024 random chunks is eligible: look for one.
        var chunk: [UInt8] = []
        for seed in 0..<100_000 as Range<UInt64> {
            chunk = SampleContent.random.bytes(64, seed: seed)
            if chunk.withUnsafeBytes({ ChunkHashing.hash($0) }).isGlobalDedupEligible { break }
        }
        let hash = chunk.withUnsafeBytes { ChunkHashing.hash($0) }
        try #require(hash.isGlobalDedupEligible)
        let xorb = SampleXorb(chunks: [[1, 2, 3], chunk, [4, 5, 6]])
        try await fixture.upload(xorb)
        try await fixture.run { client in
            let answer = try await ask(client, hash)
            #expect(answer.status == .ok)
            let found = try place(of: hash, in: answer)
            #expect(found?.chunk == 1)
        }
    }

    @Test("who may not know of a xorb learns nothing, whatever repository the token is for")
    func noOracle() async throws {
        let fixture = try CASFixture()
        let hidden = try await makeRepo(fixture, "bob", "hidden", isPrivate: true)
        let bobs = try await makeRepo(fixture, "bob", "open", isPrivate: false)
        let xorb = SampleXorb(seed: 603)
        let file = SampleFile([(xorb, 0..<6)])
        try await fixture.upload(xorb, repo: hidden, user: "bob")
        try await fixture.register(file, repo: hidden, user: "bob")
        let chunk = file.chunks[0].hash
        try await fixture.run { client in
            let missing = try await ask(client, SampleXorb(seed: 604).finished.chunks[0].hash)
            #expect(missing.status == .notFound)
            // A public repository of the owner opens nothing to others.
            for (repo, user) in [(fixture.repo, "alice"), (bobs, "alice"), (bobs, ""), (fixture.repo, "")] {
                let refused = try await ask(client, chunk, repo: repo, user: user)
                #expect(refused.status == .notFound && refused.message == missing.message, "\(repo) \(user)")
            }
            #expect(try await ask(client, chunk, repo: bobs, user: "bob").status == .ok)
            // A token for one repository alone opens no other one of its user.
            let limited = try await ask(client, chunk, repo: bobs, user: "bob", isLimited: true)
            #expect(limited.status == .notFound)
            #expect(try await ask(client, chunk, repo: hidden, user: "bob").status == .ok)
        }
        // Who sent the same bytes knows of them.
        try await fixture.upload(xorb)
        try await fixture.run { client in
            let answer = try await ask(client, chunk)
            #expect(answer.status == .ok)
        }
    }

    @Test("damaged, condemned and dropped xorbs are not offered")
    func withdrawn() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 605)
        let file = SampleFile([(xorb, 0..<6)])
        try await fixture.push(file, [xorb], at: "a.bin")
        let chunk = file.chunks[0].hash
        let pool = fixture.services.database.pool
        try await fixture.run { client in
            #expect(try await ask(client, chunk).status == .ok)
            for change in ["is_bad = 1", "is_bad = 0, state = 1"] {
                try await pool.write { try $0.execute(sql: "UPDATE xorb SET \(change)") }
                #expect(try await ask(client, chunk).status == .notFound, "\(change)")
            }
            try await pool.write { try $0.execute(sql: "UPDATE xorb SET state = 0, touched_at = 0") }
            #expect(try await ask(client, chunk).status == .ok)
            let touched = try await pool.read { try Int64.fetchOne($0, sql: "SELECT touched_at FROM xorb") }
            #expect(try #require(touched) >= ContentStore.now - 60, "what is offered is kept for the grace")
            try await fixture.commit(nil, at: "a.bin")
            try await fixture.squash()
            try await fixture.collect()
            #expect(try await ask(client, chunk).status == .notFound)
            #expect(try await fixture.count("chunk_index") == 0)
        }
    }
}

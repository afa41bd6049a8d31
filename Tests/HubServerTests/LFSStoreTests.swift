import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import TestSupport
import Testing

@testable import HubServer

@Suite("LFS: what the store has already, and files that become content as they come", .timeLimit(.minutes(3)))
struct LFSStoreTests {
    private func storedBytes(_ fixture: HubFixture) async throws -> Int {
        try await fixture.server.services.database.pool.read { db in
            try Int.fetchOne(db, sql: "SELECT ifnull(sum(unpacked_length), 0) FROM xorb") ?? -1
        }
    }

    /// Commits the object and reads it back.
    private func check(_ object: LFSObject, in repo: String, _ hub: HubTestClient) async throws {
        let commit = try await hub.send(
            .post, "/api/models/\(repo)/commit/main", as: "alice",
            body: #"{"key":"header","value":{"summary":"x"}}"# + "\n" + object.commitLine("m.bin"))
        try #require(commit.status == .ok, "\(commit.text)")
        let back = try await hub.get("/\(repo)/resolve/main/m.bin", as: "alice")
        #expect(Array(back.body.readableBytesView) == object.bytes)
    }

    @Test("chunks of what everybody may read are not stored again, those of private repositories are")
    func deduplication() async throws {
        let fixture = try HubFixture()
        try await fixture.run { hub in
            for name in ["open", "next"] { try await hub.create(name) }
            try await hub.create("secret", isPrivate: true)
            let first = LFSObject(.weights, 12 << 20, seed: 71)
            try await hub.upload("alice/open", first)
            try await check(first, in: "alice/open", hub)
            let before = try await storedBytes(fixture)
            #expect(before == first.bytes.count)

            // The start of the first file and something new behind it.
            let second = LFSObject(first.bytes[..<(9 << 20)] + SampleContent.weights.bytes(2 << 20, seed: 72))
            try await hub.upload("alice/next", second)
            let grown = try await storedBytes(fixture) - before
            #expect(grown >= 2 << 20 && grown < 3 << 20, "\(grown)")
            try await check(second, in: "alice/next", hub)

            let hidden = LFSObject(.weights, 6 << 20, seed: 73)
            try await hub.upload("alice/secret", hidden)
            try await check(hidden, in: "alice/secret", hub)
            let middle = try await storedBytes(fixture)
            let guess = LFSObject(hidden.bytes[..<(5 << 20)] + SampleContent.weights.bytes(1 << 20, seed: 74))
            try await hub.create("m9", as: "bob")
            try await hub.upload("bob/m9", guess, as: "bob")
            #expect(try await storedBytes(fixture) - middle == guess.bytes.count)
        }
    }

    @Test("a long file becomes content while it comes; one with another digest does not, and nothing is left")
    func streaming() async throws {
        let fixture = try HubFixture()
        try await fixture.run { hub in
            try await hub.create("m1")
            let long = LFSObject(.weights, 120 << 20 | 12_345, seed: 81)
            #expect(UInt64(long.bytes.count) > ContentIngest.streamedSize)
            let href = try await hub.uploadURL("alice/m1", long)
            var wrong = long.bytes
            wrong[100 << 20] ^= 1
            let refused = try await hub.put(href, wrong)
            #expect(refused.status == .unprocessableContent, "\(refused.text)")
            #expect(try fixture.spooled() == [])
            #expect(try await hub.batch("alice/m1", "upload", [long]).objects.first?.actions != nil)

            let put = try await hub.put(href, long.bytes)
            #expect(put.status == .ok, "\(put.text)")
            #expect(try fixture.spooled() == [])
            try await check(long, in: "alice/m1", hub)
            let info = try await hub.send(.head, "/alice/m1/resolve/main/m.bin", as: "alice")
            #expect(info.header("x-xet-hash") == "\(long.fileHash)")
        }
    }
}

import Foundation
import GRDB
import HTTPTypes
import HubWire
import Hummingbird
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing
import Xet

@testable import HubServer

@Suite("Shards", .timeLimit(.minutes(2)))
struct CASShardTests {
    private static let digest = SHA256Digest(String(repeating: "ab", count: 32))

    private func lines(_ response: HubResponse) throws -> [ShardProgressLine] {
        try response.message.split(separator: "\n").map {
            try JSONDecoder().decode(ShardProgressLine.self, from: Data($0.utf8))
        }
    }

    @Test("a checked shard makes its files readable, linked and known by SHA-256")
    func registers() async throws {
        let fixture = try CASFixture()
        let (first, second) = (SampleXorb(seed: 20), SampleXorb(seed: 21))
        let digest = try #require(Self.digest)
        let file = SampleFile([(first, 0..<6), (second, 1..<3)], sha256: digest)
        try await fixture.run { client in
            _ = try await client.upload(first)
            _ = try await client.upload(second)
            #expect(try await client.register([file], [first, second]).decoded(ShardUploadReply.self).result == 1)
            #expect(try await client.register([file], [first, second]).decoded(ShardUploadReply.self).result == 0)
        }
        let content = fixture.content
        #expect(try await content.isLinked(file: file.hash, repo: fixture.repo))
        #expect(try await !content.isLinked(file: file.hash, repo: fixture.otherRepo))
        #expect(try await content.fileHash(forSHA256: digest, repo: fixture.repo)?.hash == file.hash)
        #expect(try await content.fileHash(forSHA256: digest, repo: fixture.repo)?.size == UInt64(file.bytes.count))
        #expect(try await content.fileHash(forSHA256: digest, repo: fixture.otherRepo) == nil)
        #expect(try await content.read(file: file.hash).collected() == file.bytes)
    }

    @Test("v2 reports progress and ends with the result")
    func streaming() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 22)
        let file = SampleFile([(xorb, 0..<2), (xorb, 3..<6)])
        let shard = Shard(files: [file.shard], xorbs: [xorb.listing]).uploadForm()
        var wrong = file.shard
        wrong.verification = [RangeHash(of: []), RangeHash(of: [])]
        let wrongShard = Shard(files: [wrong]).uploadForm()
        try await fixture.run { client in
            _ = try await client.upload(xorb)
            let response = try await client.post("/cas/v2/shards", shard)
            #expect(response.status == .ok && response.field("content-type") == "application/x-ndjson")
            let lines = try lines(response)
            #expect(lines.first?.type == "validating")
            #expect(lines.last { $0.type == "validating" }?.verified == 3)
            #expect(lines.allSatisfy { $0.type != "validating" || $0.total == 3 })
            #expect(lines.filter { $0.type == "committing" }.compactMap(\.stage) == ["uploading", "syncing"])
            #expect(lines.last?.type == "result")
            #expect(try await fixture.content.isLinked(file: file.hash, repo: fixture.repo))

            let failed = try await self.lines(client.post("/cas/v2/shards", wrongShard))
            #expect(failed.last?.type == "error" && failed.last?.retryable == false)
            #expect(failed.last?.message?.contains("verification hash") == true)
            #expect(try await client.post("/cas/v2/shards", Array(shard.dropLast(20))).status == .badRequest)
        }
    }

    /// Shards that each tell one lie.
    private static let lies: [(name: String, tell: @Sendable (inout Shard, SampleXorb) -> Void)] = [
        ("no verification", { shard, _ in shard.files[0].verification = nil }),
        ("a wrong verification hash", { shard, _ in shard.files[0].verification?[1] = RangeHash(of: []) }),
        ("verification hashes swapped", { shard, _ in shard.files[0].verification?.swapAt(0, 1) }),
        ("an unknown xorb", { shard, _ in shard.files[0].segments[0].xorb = .bookend.retyped() }),
        ("chunks past the xorb's end", { shard, _ in shard.files[0].segments[1].chunkEnd = 7 }),
        ("a huge chunk index", { shard, _ in shard.files[0].segments[1].chunkEnd = .max }),
        ("no chunk at all", { shard, _ in shard.files[0].segments[1].chunkEnd = 3 }),
        ("a wrong length", { shard, _ in shard.files[0].segments[0].unpackedLength += 1 }),
        ("another file's hash", { shard, _ in shard.files[0].fileHash = FileHash(of: [Chunk]()).retyped() }),
        ("a hash that nothing adds up to", { shard, xorb in shard.files[0].fileHash = xorb.hash.retyped() }),
        (
            "no segments",
            { shard, _ in
                shard.files[0].segments = []
                shard.files[0].verification = []
            }
        ),
        ("a chunk less in the xorb", { shard, _ in shard.xorbs[0].chunks.removeLast() }),
        ("another chunk in the xorb", { shard, _ in shard.xorbs[0].chunks[2].hash = .zero }),
        ("another length in the xorb", { shard, _ in shard.xorbs[0].unpackedLength += 1 }),
        ("a xorb that was not uploaded", { shard, _ in shard.xorbs[0].hash = .zero }),
    ]

    @Test("every lie in a shard is refused and registers nothing", arguments: lies.indices)
    func everyLie(index: Int) async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 23)
        let file = SampleFile([(xorb, 0..<2), (xorb, 3..<6)])
        var shard = Shard(files: [file.shard], xorbs: [xorb.listing])
        Self.lies[index].tell(&shard, xorb)
        let bytes = shard.uploadForm()
        try await fixture.run { client in
            _ = try await client.upload(xorb)
            let response = try await client.post("/cas/v1/shards", bytes)
            #expect(response.status == .badRequest, "\(Self.lies[index].name)")
            #expect(response.field("content-type")?.hasPrefix("text/plain") == true && !response.message.isEmpty)
            #expect(try await fixture.content.storageStatistics.fileCount == 0)
        }
    }

    @Test("a keyed shard is no upload, and neither is garbage")
    func shapes() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 24)
        let shard = Shard(files: [SampleFile([(xorb, 0..<6)]).shard], xorbs: [xorb.listing])
        let key = HashingKey(w0: 1, w1: 2, w2: 3, w3: 4)
        let bodies = [shard.keyed(with: key).completeForm(expiry: 1), [], [1, 2, 3]]
        try await fixture.run { client in
            _ = try await client.upload(xorb)
            for body in bodies {
                #expect(try await client.post("/cas/v1/shards", body).status == .badRequest)
                #expect(try await client.post("/cas/v2/shards", body).status == .badRequest)
            }
        }
    }

    @Test("right range hashes prove possession; without them a foreign xorb looks like a missing one")
    func possession() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 25)
        let file = SampleFile([(xorb, 1..<4)])
        var wrongProof = file.shard
        wrongProof.verification = [RangeHash(of: [])]
        var wrongLength = file.shard
        wrongLength.segments[0].unpackedLength -= 1
        var outside = file.shard
        outside.segments[0].chunkEnd = 4000
        var listing = xorb.listing
        listing.chunks[0].hash = .zero
        let guesses = [
            Shard(files: [wrongProof]), Shard(files: [wrongLength]), Shard(files: [outside]), Shard(xorbs: [listing]),
        ].map { $0.uploadForm() }
        try await fixture.run { client in
            let other = fixture.token(repo: fixture.otherRepo)
            var before: [String] = []
            for guess in guesses { before.append(try await client.post("/cas/v1/shards", guess, token: other).message) }
            _ = try await client.upload(xorb)
            for (guess, message) in zip(guesses, before) {
                let response = try await client.post("/cas/v1/shards", guess, token: other)
                #expect(response.status == .badRequest && response.message == message)
            }
            let foreign = try await client.register([file], repo: fixture.otherRepo)
            #expect(foreign.status == .ok)
            #expect(try await fixture.content.isLinked(file: file.hash, repo: fixture.otherRepo))
            #expect(try await !fixture.content.isLinked(file: file.hash, repo: fixture.repo))
            #expect(try await !client.upload(xorb, repo: fixture.otherRepo), "the xorb is linked as well")
        }
    }

    @Test("nobody builds on a xorb of another user's private repository")
    func foreignPrivate() async throws {
        let fixture = try CASFixture()
        let hidden = try await fixture.services.database.pool.write { database in
            try #require(
                try Repo.create(
                    RepoDraft(
                        type: .model, namespace: "bob", name: "hidden", isPrivate: true, creator: "bob", now: 0),
                    in: database)
            ).id
        }
        let xorb = SampleXorb(seed: 29)
        let file = SampleFile([(xorb, 1..<4)])
        try await fixture.run { client in
            let missing = try await client.register([file]).message
            _ = try await client.upload(xorb, repo: hidden, user: "bob")
            let refused = try await client.register([file])
            #expect(refused.status == .badRequest && refused.message == missing)
            #expect(try await client.register([file], repo: hidden).status == .ok)
            _ = try await client.upload(xorb)
            #expect(try await client.register([file]).status == .ok)
        }
    }

    @Test("one SHA-256 claimed for two files holds for each in its own repository")
    func claims() async throws {
        let fixture = try CASFixture()
        let digest = try #require(Self.digest)
        let xorb = SampleXorb(seed: 26)
        let (mine, theirs) = (SampleFile([(xorb, 0..<2)], sha256: digest), SampleFile([(xorb, 2..<4)], sha256: digest))
        try await fixture.run { client in
            _ = try await client.upload(xorb)
            #expect(try await client.register([theirs], repo: fixture.otherRepo).status == .ok)
            #expect(try await client.register([mine]).status == .ok)
        }
        #expect(try await fixture.content.fileHash(forSHA256: digest, repo: fixture.repo)?.hash == mine.hash)
        #expect(try await fixture.content.fileHash(forSHA256: digest, repo: fixture.otherRepo)?.hash == theirs.hash)
    }

    @Test("a repository that is gone takes no upload")
    func goneRepository() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 27)
        try await fixture.services.database.pool.write { [fixture] database in
            try database.execute(sql: "DELETE FROM repo WHERE id = ?", arguments: [fixture.repo])
        }
        try await fixture.run { client in
            let response = try await client.post("/cas/v1/xorbs/default/\(xorb.hash)", xorb.body)
            #expect(response.status == .notFound)
        }
    }

    @Test("a shard that takes long is told of again and again")
    func keepAlive() async throws {
        var writer: any ResponseBodyWriter = LineCollector()
        var lines = ShardLineWriter(keepAlive: .zero)
        try await lines.write(.validating(ShardProgress(total: 3)), to: &writer)
        try await lines.refresh(.validating(ShardProgress(total: 3)), to: &writer)
        try await lines.refresh(nil, to: &writer)
        var patient = ShardLineWriter(keepAlive: .seconds(600))
        try await patient.write(.validating(ShardProgress(total: 9)), to: &writer)
        try await patient.refresh(.validating(ShardProgress(total: 9)), to: &writer)
        try await patient.refresh(nil, to: &writer)
        let progress = ShardProgress(total: 9)
        progress.advance()
        try await patient.refresh(.validating(progress), to: &writer)
        let written = try #require(writer as? LineCollector).lines
        #expect(written.count == 5)
        #expect(Set(written[0..<3]).count == 1)
        #expect(written[4].contains(#""verified":1"#))
    }
}

private struct LineCollector: ResponseBodyWriter {
    var lines: [String] = []

    mutating func write(_ buffer: ByteBuffer) async throws { lines.append(String(buffer: buffer)) }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

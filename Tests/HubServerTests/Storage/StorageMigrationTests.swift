import Foundation
import GRDB
import Logging
import TestSupport
import Testing
import Xet

@testable import HubServer

@Suite("Opening a data folder of before", .timeLimit(.minutes(1)))
struct StorageMigrationTests {
    @Test("what was stored before objects had keys stays readable, and lives with what comes after")
    func unkeyedObjects() async throws {
        let scratch = try ScratchFolder()
        let data = scratch.url.appendingPathComponent("data")
        let (xorb, later) = (SampleXorb(seed: 61), SampleXorb(seed: 62))
        let file = SampleFile([(xorb, 1..<5)])
        try makeOldFolder(data, xorb, file)

        var configuration = HubConfiguration(dataDirectory: data.path)
        configuration.port = 0
        let server = try HubServer(
            configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let content = server.services.content
        #expect(try await content.read(file: file.hash).collected() == file.bytes)
        #expect(try await content.holds(xorb.hash, repo: 1))
        let edges = try await server.services.database.pool.read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM file_xorb")
        }
        #expect(edges == 1)
        for body in [xorb, later] {
            let incoming = try content.objects.makeIncoming()
            try body.body.withUnsafeBytes { try incoming.file.write($0, at: 0) }
            _ = try await content.admit(
                incoming, as: body.hash, length: body.body.count,
                for: CASClaims(user: "alice", repo: 1, scope: .write, expiry: .max))
        }
        let keys = try await server.services.database.pool.read { database in
            try [xorb.hash, later.hash].map { try StorageTables.row(of: $0, in: database)?.row.key }
        }
        #expect(keys[0] == .unkeyed(xorb.hash), "a sound object keeps its name")
        #expect(keys[1] != nil && keys[1] != .unkeyed(later.hash))
        #expect(try await content.read(file: file.hash).collected() == file.bytes)
    }

    /// Writes a folder as the first version of the schema had it.
    private func makeOldFolder(_ data: URL, _ xorb: SampleXorb, _ file: SampleFile) throws {
        let name = "\(xorb.hash)"
        let folder = data.appendingPathComponent("xorbs/\(name.prefix(2))/\(name.dropFirst(2).prefix(2))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let validated = try xorb.body.withUnsafeBytes { try XorbValidation.validate($0, expecting: xorb.hash) }
        try Data(xorb.body + validated.footer().encoded()).write(to: folder.appendingPathComponent(name))
        let queue = try DatabaseQueue(path: data.path + "/hub.sqlite")
        try HubDatabase.migrations.migrate(queue, upTo: "content-1")
        try queue.write { db in
            try db.execute(
                sql: """
                    INSERT INTO repo (id, type, namespace, name, is_private, created_at, modified_at)
                    VALUES (1, 'model', 'alice', 'old', 0, 0, 0)
                    """)
            try db.execute(
                sql: "INSERT INTO xorb (hash, body_length, unpacked_length, chunk_count) VALUES (?, ?, ?, ?)",
                arguments: [Data(xorb.hash.bytes), xorb.body.count, xorb.plain.count, xorb.finished.chunks.count])
            let recipe = FileRecipe(
                segments: file.shard.segments.map {
                    FileRecipe.Segment(
                        xorb: $0.xorb, chunks: $0.chunkStart..<$0.chunkEnd, unpackedLength: $0.unpackedLength)
                })
            try db.execute(
                sql: "INSERT INTO file (hash, size, chunk_count, recipe) VALUES (?, ?, ?, ?)",
                arguments: [Data(file.hash.bytes), file.bytes.count, file.chunks.count, recipe.encoded()])
            try db.execute(sql: "INSERT INTO repo_file (repo, file) VALUES (1, 1)")
            try db.execute(sql: "INSERT INTO repo_xorb (repo, xorb) VALUES (1, 1)")
        }
    }
}

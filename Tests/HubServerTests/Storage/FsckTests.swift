import Foundation
import GRDB
import TestSupport
import Testing
import Xet

@testable import HubServer

@Suite("Checks and repairs of a hub's data", .timeLimit(.minutes(2)))
struct FsckTests {
    private func filled() async throws -> (CASFixture, [SampleXorb], [SampleFile]) {
        let fixture = try CASFixture()
        let xorbs = [SampleXorb(seed: 401), SampleXorb(seed: 402)]
        let files = [SampleFile([(xorbs[0], 0..<6), (xorbs[1], 2..<4)]), SampleFile([(xorbs[1], 0..<6)])]
        try await fixture.push(files[0], xorbs, at: "a/first.bin")
        try await fixture.push(files[1], [], at: "second.bin", repo: fixture.otherRepo)
        return (fixture, xorbs, files)
    }

    @Test("a sound hub has no problems, and everything is counted")
    func sound() async throws {
        let (fixture, xorbs, _) = try await filled()
        let report = try await fixture.fsck()
        #expect(report.problems == [] && report.problemCount == 0)
        #expect(report.repos == 2 && report.commits == 4 && report.files == 2 && report.xorbs == 2)
        #expect(report.objects == 2 && report.bytesRead == Int64(xorbs.reduce(0) { $0 + $1.body.count }))
        // Two roots before and after, a folder, .gitattributes twice, two pointers.
        #expect(report.gitObjects == 2 + 2 + 1 + 2 + 2)
    }

    @Test("each kind of damage is found by its name")
    func damage() async throws {
        typealias Kind = FsckReport.Problem.Kind
        let cases: [(String, Set<Kind>)] = [
            ("UPDATE file SET size = size + 1 WHERE id = 1", [.damagedFile, .missingFile]),
            ("UPDATE file SET recipe = x'02' WHERE id = 1", [.damagedFile]),
            ("DELETE FROM file_xorb WHERE file = 1 AND xorb = 2", [.wrongEdges]),
            ("DELETE FROM repo_file WHERE file = 1", [.missingClaim]),
            ("UPDATE git_blob SET content = x'00' WHERE file_hash IS NULL AND repo = 1", [.damagedBlob]),
            ("DELETE FROM git_blob WHERE file_hash IS NULL AND repo = 1", [.missingBlob]),
            ("UPDATE git_tree SET content = content || x'31' WHERE rowid = 1", [.damagedTree]),
            (
                "UPDATE git_ref SET target = x'0000000000000000000000000000000000000001' WHERE repo = 1",
                [.missingCommit]
            ),
            ("UPDATE xorb SET body_length = body_length + 1 WHERE id = 1", [.damagedObject]),
            (
                "PRAGMA foreign_keys = OFF; DELETE FROM xorb WHERE id = 1",
                [.missingXorb, .damagedDatabase, .unknownObject]
            ),
        ]
        for (statement, kinds) in cases {
            let (fixture, _, _) = try await filled()
            try await fixture.services.database.pool.writeWithoutTransaction { try $0.execute(sql: statement) }
            let report = try await fixture.fsck(deep: false)
            #expect(Set(report.problems.map(\.kind)) == kinds, "\(statement): \(report.problems)")
            let named: Set<Kind> = [.damagedFile, .missingFile, .wrongEdges, .missingClaim, .damagedBlob, .missingBlob]
            for problem in report.problems where named.contains(problem.kind) {
                let place = try #require(problem.places.first, "\(statement)")
                #expect(place.repo == "alice/one" && place.revision == "main" && !place.path.isEmpty)
            }
        }
    }

    @Test("a flipped byte shows to a deep look alone; put aside, it is healed by the next upload")
    func quarantine() async throws {
        let (fixture, xorbs, files) = try await filled()
        try fixture.flipByte(of: xorbs[1].hash, at: 100)
        #expect(try await fixture.fsck(deep: false).problems == [])
        let found = try await fixture.fsck()
        #expect(found.problems.map(\.kind) == [.damagedObject])
        #expect(
            found.problems[0].subject == "\(xorbs[1].hash)" && found.problems[0].repos == ["alice/one", "alice/two"])
        #expect(
            Set(found.problems[0].places) == [
                FsckReport.Place(repo: "alice/one", revision: "main", path: "a/first.bin"),
                FsckReport.Place(repo: "alice/two", revision: "main", path: "second.bin"),
            ])

        let old = try #require(try fixture.key(of: xorbs[1].hash))
        #expect(try await fixture.fsck(repairs: true).problems.map(\.kind) == [.damagedObject])
        let aside = try FileManager.default.contentsOfDirectory(atPath: fixture.content.objects.quarantine)
        #expect(aside == ["\(old)"])
        #expect(try await fixture.fsck().problems.map(\.kind) == [.awaitsUpload])
        await #expect(throws: ContentError.self) {
            _ = try await fixture.content.read(file: files[1].hash).collected()
        }
        // Whoever has it may send it: the hub asks for it again, also of a repository that had it.
        #expect(try await !fixture.content.holds(xorbs[1].hash, repo: fixture.repo))
        try await fixture.upload(xorbs[1])
        for file in files { #expect(try await fixture.content.read(file: file.hash).collected() == file.bytes) }
        #expect(try await fixture.fsck().problems == [])
        #expect(try fixture.key(of: xorbs[1].hash) != old)
    }

    @Test("a damaged chunk that a reader met is replaced by the next upload from the same repository")
    func readersReport() async throws {
        let (fixture, xorbs, files) = try await filled()
        try fixture.flipByte(of: xorbs[0].hash, at: 300)
        #expect(try await fixture.content.holds(xorbs[0].hash, repo: fixture.repo), "the footer is sound")
        await #expect(throws: ContentError.self) {
            _ = try await fixture.content.read(file: files[0].hash).collected()
        }
        try await eventually { try await !fixture.content.holds(xorbs[0].hash, repo: fixture.repo) }
        #expect(try await fixture.fsck(deep: false).problems.map(\.kind) == [.awaitsUpload])
        let old = try fixture.object(xorbs[0].hash)
        try await fixture.run { client in
            let isNew = try await client.upload(xorbs[0])
            #expect(!isNew, "the repository has had it")
        }
        #expect(try await fixture.content.read(file: files[0].hash).collected() == files[0].bytes)
        // Readers of signed URLs may still have the old one.
        #expect(FileManager.default.fileExists(atPath: old.path))
        try await fixture.collect(at: ContentStore.now + StorageTables.readersGrace + 1)
        #expect(!FileManager.default.fileExists(atPath: old.path))
        #expect(try await fixture.fsck().problems == [])
    }

    @Test("a file over a damaged xorb is made anew when it comes over another one")
    func anotherPacking() async throws {
        let (fixture, xorbs, files) = try await filled()
        try FileManager.default.removeItem(at: fixture.object(xorbs[1].hash))
        #expect(try await fixture.fsck(repairs: true).problems.map(\.kind) == [.missingObject])
        let chunks = files[1].chunks.indices.map { Array(xorbs[1].plain(of: $0..<$0 + 1)) }
        let other = SampleXorb(chunks: chunks + [[1, 2, 3]])
        let same = SampleFile([(other, 0..<6)])
        #expect(same.hash == files[1].hash && other.hash != xorbs[1].hash)
        try await fixture.upload(other)
        try await fixture.register(same)
        #expect(try await fixture.content.read(file: same.hash).collected() == files[1].bytes)
    }

    @Test("edges and claims are mended, unknown objects put aside")
    func mending() async throws {
        let (fixture, _, files) = try await filled()
        try await fixture.services.database.pool.write { database in
            try database.execute(sql: "DELETE FROM file_xorb; DELETE FROM repo_file")
        }
        let stray = fixture.content.objects.xorbs + "/ab/cd"
        try FileManager.default.createDirectory(atPath: stray, withIntermediateDirectories: true)
        try Data("x".utf8).write(to: URL(fileURLWithPath: stray + "/stray"))
        let report = try await fixture.fsck(repairs: true)
        #expect(report.problems.allSatisfy(\.isRepaired) && report.problemCount == 5)
        #expect(try await fixture.fsck().problems == [])
        for file in files { #expect(try await fixture.content.read(file: file.hash).collected() == file.bytes) }
    }

    @Test("the scrubber goes round, remembers where it is, and marks what it finds")
    func scrubber() async throws {
        let (fixture, xorbs, _) = try await filled()
        try fixture.flipByte(of: xorbs[1].hash, at: 100)
        try await fixture.services.database.pool.write {
            try $0.execute(sql: "UPDATE xorb SET is_indexed = 0; UPDATE xorb SET is_bad = 1 WHERE id = 1")
        }
        let now = ContentStore.now
        #expect(try await Scrubber(services: fixture.services, rate: 1).step(now: now) == xorbs[0].body.count)
        let scrubber = Scrubber(services: fixture.services, rate: 1)
        #expect(try await scrubber.step(now: now) != nil)
        #expect(try await scrubber.step(now: now) == nil, "the round has ended")
        let marks = try await fixture.services.database.pool.read {
            try Bool.fetchAll($0, sql: "SELECT is_bad FROM xorb ORDER BY id")
        }
        #expect(marks == [false, true])
        #expect(try await scrubber.step(now: now) == xorbs[0].body.count, "the first round begins at once")
        _ = try await scrubber.step(now: now)
        #expect(try await scrubber.step(now: now) == nil)
        #expect(try await scrubber.step(now: now + 3600) == nil, "the next one after a week")
        #expect(try await scrubber.step(now: now + 8 * 86_400) == nil)
        #expect(try await scrubber.step(now: now + 8 * 86_400) == xorbs[0].body.count)
    }
}

import Foundation
import GRDB
import HTTPTypes
import HummingbirdTesting
import NIOPosix
import TestSupport
import Testing
import Xet

@testable import HubServer

@Suite("Garbage collection", .timeLimit(.minutes(3)))
struct GarbageTests {
    @Test("what commits lead to stays, what they led to once goes with its history")
    func reachability() async throws {
        let fixture = try CASFixture()
        let (kept, lost) = (SampleXorb(seed: 201), SampleXorb(seed: 202))
        let (keptFile, lostFile) = (SampleFile([(kept, 0..<6)]), SampleFile([(lost, 0..<6)]))
        try await fixture.push(keptFile, [kept], at: "a/kept.bin")
        try await fixture.push(lostFile, [lost], at: "b/lost.bin")
        try await fixture.commit(nil, at: "b/lost.bin")
        // The history still has it.
        try await fixture.collect()
        #expect(try await fixture.content.read(file: lostFile.hash).collected() == lostFile.bytes)

        try await fixture.squash()
        let before = fixture.storedObjects
        let dry = try await fixture.collect {
            $0.grace = .zero
            $0.isDryRun = true
        }
        #expect(dry.isDryRun && dry.commits.count == 4 && dry.files.count == 1 && dry.dropped.count == 1)
        #expect(dry.dropped.bytes == Int64(lost.body.count) && dry.dropped.oldest != nil)
        #expect(fixture.storedObjects == before, "a dry run changes nothing")
        #expect(try await fixture.settledLeftovers().isEmpty)

        let report = try await fixture.collect()
        #expect(report.commits == dry.commits && report.gitObjects == dry.gitObjects && report.files == dry.files)
        #expect(report.links == dry.links && report.dropped == dry.dropped && report.condemned == dry.condemned)
        #expect(report.objects.count == 1 && report.isComplete && report.skippedRepos.isEmpty)
        let key = try #require(try fixture.key(of: kept.hash))
        #expect(fixture.storedObjects == ["\(key)"])
        #expect(try await fixture.content.read(file: keptFile.hash).collected() == keptFile.bytes)
        await #expect(throws: ContentError.self) { _ = try await fixture.content.read(file: lostFile.hash) }
        #expect(try await !fixture.content.isLinked(file: lostFile.hash, repo: fixture.repo))
        for (table, count) in [("file", 1), ("xorb", 1), ("file_xorb", 1), ("trash", 0), ("upload", 0)] {
            #expect(try await fixture.count(table) == count, "\(table)")
        }
        #expect(try await fixture.collect().dropped.count == 0)
        #expect(try await fixture.fsck().problems == [])
    }

    @Test("a file that one repository drops and another has stays")
    func shared() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 203)
        let file = SampleFile([(xorb, 0..<6)])
        try await fixture.push(file, [xorb], at: "x.bin")
        try await fixture.push(file, [xorb], at: "y.bin", repo: fixture.otherRepo)
        #expect(fixture.storedObjects.count == 1)
        try await fixture.services.database.pool.write { [fixture] in
            try $0.execute(sql: "DELETE FROM repo WHERE id = ?", arguments: [fixture.repo])
        }
        let report = try await fixture.collect()
        #expect(report.files.count == 0 && report.dropped.count == 0)
        #expect(try await fixture.content.read(file: file.hash).collected() == file.bytes)
        try await fixture.services.database.pool.write { [fixture] in
            try $0.execute(sql: "DELETE FROM repo WHERE id = ?", arguments: [fixture.otherRepo])
        }
        try await fixture.collect()
        #expect(fixture.storedObjects.isEmpty)
    }

    @Test("youth protects, and then time passes")
    func grace() async throws {
        let fixture = try CASFixture()
        let (used, unused) = (SampleXorb(seed: 204), SampleXorb(seed: 205))
        try await fixture.push(SampleFile([(used, 0..<6)]), [used], at: "x.bin")
        try await fixture.upload(unused)
        // A file that no commit has yet, and one whose commit fails.
        let waiting = SampleFile([(unused, 1..<3)])
        try await fixture.register(waiting)
        let now = ContentStore.now
        let day: Int64 = 86_400
        #expect(try await fixture.collect(at: now + 21 * day) { _ in }.links.count == 0)
        let first = try await fixture.collect(at: now + 23 * day) { _ in }
        #expect(first.files.count == 1 && first.condemned.count == 1 && first.dropped.count == 0)
        #expect(first.waiting.count == 1 && first.waiting.bytes == Int64(unused.body.count))
        // Somebody comes back to it, and it lives.
        #expect(try await !fixture.content.holds(unused.hash, repo: fixture.repo), "its claim has gone")
        try await fixture.register(waiting)
        let second = try await fixture.collect(at: now + day) { _ in }
        #expect(second.dropped.count == 0 && second.waiting.count == 0)
        #expect(try await fixture.content.read(file: waiting.hash).collected() == waiting.bytes)
        // Nobody comes back.
        try await fixture.collect(at: now + 50 * day) { _ in }
        let last = try await fixture.collect(at: now + 52 * day) { _ in }
        #expect(last.dropped.count == 1 && last.objects.count == 1)
        #expect(fixture.storedObjects.count == 1)
    }

    @Test("files are refused when what they are made of has gone, and the reply names it")
    func staleShard() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 206)
        let file = SampleFile([(xorb, 0..<6)])
        try await fixture.upload(xorb)
        // Checked before the collection, recorded after it.
        let bytes = Shard(files: [file.shard]).uploadForm()
        let incoming = try fixture.content.objects.makeIncoming()
        try bytes.withUnsafeBytes { try incoming.file.write($0, at: 0) }
        let registration = try await ShardRegistration(
            parsing: incoming, length: bytes.count, content: fixture.content, repo: fixture.repo, user: "alice")
        let checked = try await registration.check()
        try await fixture.collect()
        await #expect {
            _ = try await registration.commit(checked)
        } throws: { error in
            guard let refusal = error as? CASRefusal else { return false }
            return refusal.status == .badRequest && refusal.text.contains("\(xorb.hash)")
        }
        #expect(try await fixture.count("file") == 0)
        try await fixture.run { client in
            let refused = try await client.register([file])
            #expect(refused.status == .badRequest && refused.message.contains("\(xorb.hash)"))
        }
        try await fixture.upload(xorb)
        try await fixture.register(file)
        // A commit of a file that went meanwhile is refused too.
        try await fixture.collect()
        await #expect(throws: HubFailure.self) { try await fixture.commit(file, at: "x.bin") }
        #expect(try await fixture.fsck().problems == [])
    }

    @Test("an upload that outlives its lease is refused, and leaves nothing")
    func lease() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 207)
        let key = ObjectKey.fresh(for: xorb.hash)
        let pool = fixture.services.database.pool
        try await pool.write { try StorageTables.announce(key, now: ContentStore.now, in: $0) }
        let file = try fixture.content.objects.makeIncoming()
        try xorb.body.withUnsafeBytes { try file.file.write($0, at: 0) }
        let validated = try xorb.body.withUnsafeBytes { try XorbValidation.validate($0, expecting: xorb.hash) }
        let index = try fixture.content.objects.publish(file, as: validated, key: key)
        #expect(try await fixture.collect().uploads.count == 0, "the lease holds, whatever the grace")
        let report = try await fixture.collect(at: ContentStore.now + StorageTables.leaseLifetime + 1)
        #expect(report.uploads.count == 1 && report.objects.count == 1)
        let admission = try await pool.write {
            try StorageTables.admit(index, at: key, damaged: nil, now: ContentStore.now, in: $0)
        }
        #expect(admission == .refused)
        #expect(fixture.storedObjects.isEmpty)
        #expect(try await fixture.count("xorb") == 0)
    }

    @Test("uploads that an earlier run left are thrown away when the hub starts")
    func crashedUploads() async throws {
        let fixture = try CASFixture()
        let key = ObjectKey.fresh(for: SampleXorb(seed: 208).hash)
        try await fixture.services.database.pool.write {
            try StorageTables.announce(key, now: ContentStore.now, in: $0)
        }
        try fixture.content.removeLeftovers()
        #expect(try await fixture.count("upload") == 0)
        #expect(try await fixture.count("trash") == 1)
    }

    @Test("limits end a collection early, and the next goes on")
    func limits() async throws {
        let fixture = try CASFixture()
        for seed in 210..<215 { try await fixture.upload(SampleXorb(seed: UInt64(seed), count: 2)) }
        let first = try await fixture.collect {
            $0.grace = .zero
            $0.maximumDeletes = 7
        }
        #expect(!first.isComplete)
        var rounds = 1
        while !fixture.storedObjects.isEmpty, rounds < 20 {
            try await fixture.collect {
                $0.grace = .zero
                $0.maximumDeletes = 7
            }
            rounds += 1
        }
        #expect(rounds > 1 && rounds < 20)
        let stopped = try await fixture.collect {
            $0.grace = .zero
            $0.budget = .zero
        }
        #expect(!stopped.isComplete)
    }

    @Test("one collection at a time")
    func exclusion() async throws {
        let fixture = try CASFixture()
        let lock = try DataDirectoryLock(.maintenance, of: fixture.dataDirectory)
        await #expect {
            try await fixture.collect()
        } throws: { error in
            (error as? HubServerError)?.code == .maintenanceRunning
        }
        withExtendedLifetime(lock) {}
    }

    @Test("unused chunks of used xorbs are measured")
    func waste() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(chunks: (0..<10).map { SampleContent.random.bytes(10_000, seed: $0) }, scheme: .none)
        try await fixture.upload(xorb)
        // Chunks 1 to 6 are used, 3 of them twice.
        try await fixture.push(SampleFile([(xorb, 1..<5)]), [], at: "a.bin")
        try await fixture.push(SampleFile([(xorb, 2..<7), (xorb, 1..<2)]), [], at: "b.bin")
        let report = try await fixture.collect { $0.measuresWaste = true }
        let waste = try #require(report.waste)
        #expect(waste.xorbs == 1 && waste.storedBytes == Int64(xorb.body.count))
        #expect(abs(waste.bytes - Int64(xorb.body.count) * 4 / 10) <= 1)
    }

    @Test("a repository with an unreadable object is left alone")
    func unreadable() async throws {
        let fixture = try CASFixture()
        let (first, second) = (SampleXorb(seed: 220), SampleXorb(seed: 221))
        try await fixture.push(SampleFile([(first, 0..<6)]), [first], at: "d/a.bin")
        try await fixture.push(SampleFile([(second, 0..<6)]), [second], at: "e/b.bin")
        try await fixture.services.database.pool.write { [fixture] database in
            let store = GitStore(repo: fixture.repo, db: database)
            let head = try #require(try store.resolve("main"))
            let folder = try #require(try store.tree(head.tree).entries.first { $0.mode == .directory })
            try database.execute(
                sql: "DELETE FROM git_tree WHERE repo = ? AND id = ?", arguments: [fixture.repo, folder.id])
        }
        let report = try await fixture.collect()
        #expect(report.skippedRepos == ["alice/one"] && report.files.count == 0)
        #expect(fixture.storedObjects.count == 2)
        let findings = try await fixture.fsck()
        #expect(findings.problems.map(\.kind) == [.missingTree])
    }

    @Test("pushes, deletions and collections at once lose nothing", .timeLimit(.minutes(2)))
    func chaos() async throws {
        let fixture = try CASFixture()
        let seed = announcedSeed()
        let deadline = ContinuousClock.now + .seconds(4)
        let xorbs = (0..<4).map { SampleXorb(seed: 300 + $0, count: 3) }
        let files = xorbs.map { SampleFile([($0, 0..<3)]) }
        let alive = try await withThrowingTaskGroup(of: [String: Int].self) { group in
            for worker in 0..<3 {
                group.addTask {
                    var random = SplitMix64(seed: seed &+ UInt64(worker))
                    var mine: [String: Int] = [:]
                    while .now < deadline {
                        let choice = Int.random(in: 0..<files.count, using: &random)
                        let path = "w\(worker)/\(Int.random(in: 0..<3, using: &random)).bin"
                        do {
                            if mine[path] != nil, Bool.random(using: &random) {
                                try await fixture.commit(nil, at: path)
                                mine[path] = nil
                            } else {
                                // Now and then in the belief that the hub has it, as a client with an old answer.
                                if Int.random(in: 0..<3, using: &random) > 0 {
                                    try await fixture.upload(xorbs[choice])
                                }
                                try await fixture.register(files[choice])
                                try await fixture.commit(files[choice], at: path)
                                mine[path] = choice
                            }
                            if Int.random(in: 0..<8, using: &random) == 0 { try await fixture.squash() }
                        } catch is CASRefusal {
                        } catch is HubFailure {
                        } catch is ContentError {
                            // A footer that went between the look at its row and the look at it.
                        }
                    }
                    return mine
                }
            }
            group.addTask {
                while .now < deadline { try await fixture.collect() }
                return [:]
            }
            var alive: [String: Int] = [:]
            for try await mine in group { alive.merge(mine) { $1 } }
            return alive
        }
        for choice in Set(alive.values) {
            #expect(try await fixture.content.read(file: files[choice].hash).collected() == files[choice].bytes)
        }
        #expect(try await fixture.fsck().problems == [])
        try await fixture.squash()
        for _ in 0..<2 { try await fixture.collect() }
        #expect(try await fixture.fsck().problems == [])
        #expect(fixture.storedObjects.count == Set(alive.values).count)
    }
}

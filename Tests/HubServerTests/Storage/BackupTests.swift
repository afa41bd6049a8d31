import Foundation
import GRDB
import Logging
import TestSupport
import Testing
import Xet

@testable import HubServer

@Suite("Backups", .timeLimit(.minutes(2)))
struct BackupTests {
    private func start(on path: String) throws -> HubServer {
        var configuration = HubConfiguration(dataDirectory: path)
        configuration.port = 0
        return try HubServer(
            configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test("a hub started on a backup has what the hub had, and a repeated backup brings only what is new")
    func roundTrip() async throws {
        let fixture = try CASFixture()
        let destination = fixture.scratch.url.appendingPathComponent("backup").path
        let xorbs = (0..<3).map { SampleXorb(seed: 500 + $0) }
        let files = xorbs.map { SampleFile([($0, 0..<6)]) }
        try await fixture.push(files[0], [xorbs[0]], at: "a.bin")
        try await fixture.push(files[1], [xorbs[1]], at: "b.bin")
        let first = try await Backup.make(of: fixture.dataDirectory, at: destination)
        #expect(first.objects == 2 && first.missing.isEmpty && first.addedBytes == first.bytes)
        #expect(first.cloned + first.linked + first.copied == 2)

        try await fixture.commit(nil, at: "b.bin")
        try await fixture.squash()
        try await fixture.collect()
        try await fixture.push(files[2], [xorbs[2]], at: "c.bin")
        let second = try await Backup.make(of: fixture.dataDirectory, at: destination, copiesEverything: true)
        #expect(second.objects == 2 && second.copied + second.cloned == 1 && second.linked == 0 && second.removed == 1)
        let third = try await Backup.make(of: fixture.dataDirectory, at: destination)
        #expect(third.objects == 2 && third.addedBytes == 0)

        // Whatever happens to the hub now is not the backup's affair.
        try FileManager.default.removeItem(at: fixture.object(xorbs[0].hash))
        do {
            let restored = try start(on: destination)
            for index in [0, 2] {
                #expect(
                    try await restored.services.content.read(file: files[index].hash).collected() == files[index].bytes)
            }
            let report = try await Fsck.check(dataDirectory: destination, options: FsckOptions())
            #expect(report.problems == [])
            let head = try await restored.services.database.pool.read {
                try GitStore(repo: fixture.repo, db: $0).resolve("main")?.id
            }
            let original = try await fixture.services.database.pool.read {
                try GitStore(repo: fixture.repo, db: $0).resolve("main")?.id
            }
            #expect(head == original && head != nil)
            await #expect {
                _ = try await Backup.make(of: fixture.dataDirectory, at: destination)
            } throws: { error in
                (error as? HubServerError)?.code == .notABackup
            }
            try restored.services.database.close()
        }
        let broken = try await Backup.make(
            of: fixture.dataDirectory, at: fixture.scratch.url.appendingPathComponent("other").path)
        #expect(broken.missing == ["\(xorbs[0].hash)"])
    }

    @Test("no collection runs under a backup, and foreign folders are left alone")
    func refusals() async throws {
        let fixture = try CASFixture()
        let lock = try DataDirectoryLock(.maintenance, of: fixture.dataDirectory)
        await #expect(throws: HubServerError.self) {
            _ = try await Backup.make(
                of: fixture.dataDirectory, at: fixture.scratch.url.appendingPathComponent("b").path)
        }
        withExtendedLifetime(lock) {}
        let foreign = fixture.scratch.url.appendingPathComponent("foreign")
        try FileManager.default.createDirectory(at: foreign, withIntermediateDirectories: true)
        try Data("mine".utf8).write(to: foreign.appendingPathComponent("notes"))
        await #expect(throws: HubServerError.self) {
            _ = try await Backup.make(of: fixture.dataDirectory, at: foreign.path)
        }
        await #expect(throws: HubServerError.self) {
            _ = try await Backup.make(of: foreign.path, at: fixture.scratch.url.appendingPathComponent("c").path)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: foreign.path) == ["notes"])
    }

    @Test("a backup that was interrupted leaves the earlier one whole")
    func interrupted() async throws {
        let fixture = try CASFixture()
        let destination = fixture.scratch.url.appendingPathComponent("backup").path
        let xorb = SampleXorb(seed: 510)
        let file = SampleFile([(xorb, 0..<6)])
        try await fixture.push(file, [xorb], at: "a.bin")
        _ = try await Backup.make(of: fixture.dataDirectory, at: destination)
        // What a kill leaves: a half copied database, half copied objects.
        try Data("half".utf8).write(to: URL(fileURLWithPath: destination + "/hub.sqlite.new"))
        let object = try fixture.content.objects.path(of: #require(try fixture.key(of: xorb.hash)))
        let copy = object.replacingOccurrences(of: fixture.dataDirectory, with: destination)
        try Data("half".utf8).write(to: URL(fileURLWithPath: copy + ".new"))
        let again = try await Backup.make(of: fixture.dataDirectory, at: destination)
        #expect(again.addedBytes == 0)
        let restored = try start(on: destination)
        #expect(try await restored.services.content.read(file: file.hash).collected() == file.bytes)
    }
}

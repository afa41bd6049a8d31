import Foundation
import TestSupport
import Testing
import Xet

@testable import ChunkStore

@Suite struct FileTableTests {
    private func record(_ path: String, _ seed: UInt64, size: UInt64 = 5) -> FileTable.Record {
        FileTable.Record(
            path: path,
            identity: FileIdentity(size: size, modified: 1_000_000_001, changed: 1_000_000_002, inode: seed, device: 7),
            fileHash: FileHash(w0: seed, w1: 1, w2: 2, w3: 3), sha256: seed % 2 == 0 ? nil : .ofNothing)
    }

    @Test("what was noted is found by this and other processes, while the file is the same")
    func roundTrip() async throws {
        try await withFixture { fixture in
            let path = fixture.path("state/files")
            let table = FileTable(path: path)
            let records = (0..<50).map { record("/data/größe \($0)", UInt64($0)) }
            try table.note(records, began: 9_000_000_000)
            try table.note([record("/data/größe 3", 99)], began: 9_000_000_000)
            for table in [table, FileTable(path: path)] {
                for wanted in records where wanted.path != "/data/größe 3" {
                    #expect(table.find(path: wanted.path, identity: wanted.identity) == wanted)
                    var other = wanted.identity
                    other.changed += 1
                    #expect(table.find(path: wanted.path, identity: other) == nil)
                }
                let latest = record("/data/größe 3", 99)
                #expect(table.find(path: latest.path, identity: latest.identity) == latest)
                #expect(table.find(path: latest.path, identity: records[3].identity) == nil)
                #expect(table.all { $0.fileHash == latest.fileHash } == [latest])
            }
        }
    }

    @Test("a file that could have changed unnoticed is not noted")
    func races() async throws {
        try await withFixture { fixture in
            let table = FileTable(path: fixture.path("files"))
            var fresh = record("/a", 1)
            fresh.identity.modified = 5_000_000_123
            for began in [4_000_000_000, 5_000_000_123, 5_010_000_000] as [Int64] {
                try table.note([fresh], began: began)
                #expect(table.find(path: "/a", identity: fresh.identity) == nil)
            }
            try table.note([fresh], began: 5_030_000_000)
            #expect(table.find(path: "/a", identity: fresh.identity) != nil)
            // Whole seconds are all that some file systems keep.
            var coarse = record("/b", 1)
            coarse.identity.modified = 5_000_000_000
            try table.note([coarse], began: 6_900_000_000)
            #expect(table.find(path: "/b", identity: coarse.identity) == nil)
            try table.note([coarse], began: 7_100_000_000)
            #expect(table.find(path: "/b", identity: coarse.identity) != nil)
        }
    }

    @Test("damage ends the list, and the next note repairs it")
    func damage() async throws {
        try await withFixture { fixture in
            let path = fixture.path("files")
            try FileTable(path: path).note((0..<3).map { record("/f\($0)", UInt64($0)) }, began: .max)
            let good = try readBytes(path)
            for damaged in [Array(good.dropLast(5)), good + [1, 2, 3], Array("junk".utf8), []] {
                try damaged.write(to: path)
                let table = FileTable(path: path)
                try table.note([record("/new", 8)], began: .max)
                let new = record("/new", 8)
                #expect(FileTable(path: path).find(path: "/new", identity: new.identity) == new)
            }
            for position in stride(from: 0, to: good.count, by: 3) {
                var bytes = good
                bytes[position] ^= 4
                try bytes.write(to: path)
                let table = FileTable(path: path)
                for seed in 0..<3 {
                    let wanted = record("/f\(seed)", UInt64(seed))
                    let found = table.find(path: wanted.path, identity: wanted.identity)
                    #expect(found == nil || found == wanted, "byte \(position)")
                }
            }
        }
    }

    @Test("several writers lose nothing, and a list of outdated records is written anew")
    func writers() async throws {
        try await withFixture { fixture in
            let path = fixture.path("files")
            let source = fixture.path("source")
            try [1, 2, 3].write(to: source)
            let identity = try #require(FileIdentity(path: source))
            let live = FileTable.Record(path: source, identity: identity, fileHash: .zero, sha256: nil)
            let tables = [FileTable(path: path), FileTable(path: path)]
            try tables[0].note([live], began: .max)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, table) in tables.enumerated() {
                    group.addTask {
                        for round in 0..<3000 {
                            var next = self.record("/gone-\(number)", UInt64(round))
                            next.identity.inode = UInt64(round)
                            try table.note([next], began: .max)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try readBytes(path).count < 6000 * 120, "the list never shrank")
            #expect(FileTable(path: path).find(path: source, identity: identity) == live)
        }
    }
}

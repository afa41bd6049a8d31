import Foundation
import TestSupport
import Testing

/// `shoal dedup`: equal files share storage, and nothing else changes.
extension Integration {
    @Suite struct SharedStorageTests {
        private func shoal(_ fixture: Fixture) -> ShoalClient {
            ShoalClient(fixture: fixture, endpoint: "http://127.0.0.1:9", token: nil, home: "home")
        }

        private func report(_ result: ProcessResult) throws -> (freed: Int, possible: Int, actions: [String: String]) {
            let parsed = try JSONSerialization.jsonObject(with: Data(result.expecting(0).output.utf8))
            let report = try #require(parsed as? NSDictionary)
            var actions: [String: String] = [:]
            for file in try #require(report["duplicates"] as? [NSDictionary]) {
                let path = try #require(file["path"] as? String)
                actions[path.split(separator: "/").last.map(String.init) ?? ""] = file["action"] as? String
            }
            return (report["freed"] as? Int ?? -1, report["possible"] as? Int ?? -1, actions)
        }

        private func inode(_ path: String) throws -> Int {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            return try #require(attributes[.systemFileNumber] as? Int)
        }

        private func makeFiles(_ folder: String) async throws {
            let big = 3 << 20
            for name in ["a.bin", "sub/b.bin", "c.bin"] {
                try await SampleContent.random.write(big, seed: 1, to: folder + "/" + name)
            }
            try await SampleContent.random.write(big, seed: 1, to: folder + "/other-mode.bin")
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder + "/other-mode.bin")
            try await SampleContent.random.write(big, seed: 2, to: folder + "/same-size.bin")
            try await SampleContent.random.write(big, seed: 1, to: folder + "/x.incomplete")
            for name in ["small1", "small2"] { try await writeText("tiny", to: folder + "/" + name) }
            try FileManager.default.createSymbolicLink(atPath: folder + "/link.bin", withDestinationPath: "a.bin")
        }

        @Test("hard links are made only when they are wanted", .timeLimit(.minutes(1)))
        func hardLinks() async throws {
            try await withFixture { fixture in
                let folder = try fixture.directory("files")
                try await makeFiles(folder)
                let copy = fixture.path("copy")
                try await copyTree(folder, to: copy, in: fixture)
                let client = shoal(fixture)
                let names = ["a.bin", "sub/b.bin", "c.bin", "other-mode.bin", "same-size.bin", "x.incomplete"]
                let before = try names.map { try inode(folder + "/" + $0) }
                let planned = try report(try await client.run("dedup", folder, "--dry-run", "--json"))
                #expect(planned.freed == 0 && planned.possible == 6 << 20, "\(planned)")
                #expect(try names.map { try inode(folder + "/" + $0) } == before)

                let linked = try report(try await client.run("dedup", folder, "--link", "--json"))
                #expect(linked.freed == 6 << 20, "\(linked)")
                #expect(linked.actions["other-mode.bin"] == "other_rights")
                #expect(linked.actions.count == 3, "\(linked.actions)")
                // Block sharing keeps files apart, hard links join them; either way the bytes are what they were.
                try await requireSame(copy, folder)
                let done = linked.actions.values.filter { $0 == "linked" || $0 == "reflinked" }
                #expect(done.count == 2)
                let isLinked = linked.actions.values.contains("linked")
                let three = Set(try ["a.bin", "sub/b.bin", "c.bin"].map { try inode(folder + "/" + $0) })
                #expect(three.count == (isLinked ? 1 : 3))
                #expect(try inode(folder + "/x.incomplete") == before[5])

                let again = try report(try await client.run("dedup", folder, "--link", "--json"))
                #expect(again.freed == 0, "\(again)")
                try requireRefused(try await client.run("dedup", folder + "/none"))
                try requireRefused(try await client.run("dedup"), code: 2)
            }
        }

        @Test("equal blobs of a cache become one, and Python finds it in order", .timeLimit(.minutes(1)))
        func cache() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(5 << 20, seed: 3, to: folder + "/model.bin")
                try await scene.shoal.push("alice/one", folder)
                try await scene.shoal.push("alice/two", folder)
                var shoal = scene.freshShoal("cache")
                shoal.environment["HF_HUB_DISABLE_SHARED_BLOBS"] = "1"
                let snapshots = [try await shoal.pull("alice/one"), try await shoal.pull("alice/two")]
                let result = try report(try await shoal.run("dedup", "--cache", "--link", "--json"))
                #expect(result.freed == 5 << 20, "\(result)")
                for snapshot in snapshots { try await requireSame(folder, snapshot) }
                let python = scene.freshPython(shoal.home)
                for repo in ["alice/one", "alice/two"] {
                    #expect(try await python.hf("cache", "verify", repo).code == 0)
                }
                // One repository goes, the other stays whole.
                _ = try await shoal.run("cache", "rm", "model/alice/one", "--yes").expecting(0)
                try await requireSame(folder, snapshots[1])
            }
        }

        @Test(
            "files share blocks where the file system can", .timeLimit(.minutes(1)),
            .enabled(if: BtrfsImage.isAvailable, "needs root and mkfs.btrfs"))
        func sharedBlocks() async throws {
            try await withFixture { fixture in
                try await BtrfsImage.with(in: fixture) { folder in
                    try await makeFiles(folder)
                    let copy = fixture.path("copy")
                    try await copyTree(folder, to: copy, in: fixture)
                    let client = shoal(fixture)
                    let before = try inode(folder + "/c.bin")
                    let used = try await BtrfsImage.usedBytes(folder, in: fixture)
                    let shared = try report(try await client.run("dedup", folder, "--json"))
                    #expect(shared.freed == 6 << 20, "\(shared)")
                    #expect(shared.actions.values.filter { $0 == "reflinked" }.count == 2)
                    #expect(try inode(folder + "/c.bin") == before)
                    let now = try await BtrfsImage.usedBytes(folder, in: fixture)
                    #expect(now + (5 << 20) < used, "\(used) bytes before, \(now) after")
                    try await requireSame(copy, folder)

                    let again = try report(try await client.run("dedup", folder, "--link", "--json"))
                    #expect(again.freed == 0 && again.actions.values.contains("already_shared"), "\(again)")
                    // The files are apart: a change to one is no change to the others.
                    try flipByte(at: 100, in: folder + "/c.bin")
                    #expect(try await difference(between: copy + "/a.bin", and: folder + "/a.bin") == nil)
                }
            }
        }
    }
}

/// A Btrfs file system in a file, mounted for one test.
enum BtrfsImage {
    private static let maker = "/usr/sbin/mkfs.btrfs"

    static var isAvailable: Bool {
        let isThere =
            geteuid() == 0 && FileManager.default.isExecutableFile(atPath: maker)
            && FileManager.default.fileExists(atPath: "/dev/loop-control")
        if !isThere { print("SKIPPED: block sharing on Btrfs needs root, loop devices and \(maker)") }
        return isThere
    }

    static func with(in fixture: Fixture, _ body: (String) async throws -> Void) async throws {
        let (image, folder) = (fixture.path("btrfs.img"), try fixture.directory("btrfs"))
        try await run("/usr/bin/truncate", ["-s", "256M", image], in: fixture)
        try await run(maker, ["-q", image], in: fixture)
        try await run("/bin/mount", ["-o", "loop", image, folder], in: fixture)
        do {
            try await body(folder)
        } catch {
            try await run("/bin/umount", [folder], in: fixture)
            throw error
        }
        try await run("/bin/umount", [folder], in: fixture)
    }

    /// Bytes of the file system that are in use, once everything is written.
    static func usedBytes(_ folder: String, in fixture: Fixture) async throws -> Int {
        try await run("/bin/sync", ["-f", folder], in: fixture)
        let text = try await run("/bin/df", ["-B1", "--output=used", folder], in: fixture)
        return try #require(text.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) })
    }

    @discardableResult
    private static func run(_ program: String, _ arguments: [String], in fixture: Fixture) async throws -> String {
        let name = program.split(separator: "/").last.map(String.init) ?? ""
        let environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        let command = Command(program, arguments, environment: environment, label: name)
        return try await fixture.run(command).expecting(0).output
    }
}

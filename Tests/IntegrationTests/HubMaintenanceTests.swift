import Foundation
import TestSupport
import Testing

extension Scene {
    /// Runs a command on the hub's data folder, whatever its exit code.
    func hubCommand(_ arguments: String...) async throws -> ProcessResult {
        try await shoal.run(["hub", arguments[0], "--data", hub.data] + arguments.dropFirst())
    }
}

/// Collection, checks and backups beside a hub that serves.
extension Integration {
    @Suite struct HubMaintenanceTests {
        @Test("a collection without grace beside a running hub takes nothing that is needed", .timeLimit(.minutes(2)))
        func collection() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleModel.write(to: folder, megabytes: 24, seed: 711)
                try await scene.shoal.push("alice/model", folder)
                // An upload that nobody commits.
                let stray = scene.fixture.path("stray.bin")
                try await SampleContent.random.write(8 << 20, seed: 712, to: stray)
                try await scene.python.script("xet_upload.py", ["alice/model", stray]).expecting(0)
                let before = try scene.hub.xorbFiles()

                let dry = try await scene.hubCommand("gc", "--grace", "0", "--dry-run", "--json").expecting(0)
                #expect(try scene.hub.xorbFiles() == before)
                let young = try await scene.hubCommand("gc", "--json").expecting(0)
                #expect(try count(young, "dropped") == 0 && scene.hub.xorbFiles() == before)
                let report = try await scene.hubCommand("gc", "--grace", "0", "--json").expecting(0)
                #expect(try count(report, "dropped") == count(dry, "dropped"))
                #expect(try count(report, "dropped") > 0)
                #expect(try scene.hub.xorbFiles().count == before.count - count(report, "objects"))
                try await requireSame(folder, try await scene.freshShoal("check").pull("alice/model"))
                let check = try await scene.hubCommand("fsck", "--deep", "--json").expecting(0)
                #expect(check.output.contains(#""problem_count":0"#))
                try requireRefused(try await scene.shoal.run("hub", "gc", "--data", scene.fixture.path("nowhere")))
                try requireRefused(
                    try await scene.shoal.run("hub", "gc", "--data", scene.hub.data, "--grace", "3w"), code: 2)
            }
        }

        private func count(_ result: ProcessResult, _ field: String) throws -> Int {
            let document = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
            let removed = try #require(document?[field] as? [String: Any])
            return try #require(removed["count"] as? Int)
        }

        @Test("going back to a commit that collections take meanwhile works or is refused", .timeLimit(.minutes(2)))
        func reverts() async throws {
            try await withScene { scene in
                async let reverting = scene.python.script("revert.py", ["alice/model", "5"])
                for _ in 0..<30 { try await scene.hubCommand("gc", "--grace", "0").expecting(0) }
                let counts = try await reverting.expecting(0).trimmed.split(separator: " ").compactMap { Int($0) }
                try #require(counts.count == 2)
                #expect(counts[0] > 0, "it could never go back, in \(counts[1]) turns")
                let check = try await scene.hubCommand("fsck", "--deep", "--json").expecting(0)
                #expect(check.output.contains(#""problem_count":0"#), "\(check.output)")
            }
        }

        @Test("a damaged object is found, put aside, and healed by the next push", .timeLimit(.minutes(2)))
        func healing() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(6 << 20, seed: 713, to: folder + "/model.bin")
                try await scene.shoal.push("alice/model", folder)
                let object = try #require(try scene.hub.xorbFiles().first)
                try flipByte(at: 1 << 20, in: object)
                let found = try await scene.hubCommand("fsck", "--deep")
                #expect(found.code == 1 && found.output.contains("damaged object"), "\(found.output)")
                #expect(try await scene.hubCommand("fsck", "--deep", "--repair").code == 1)
                #expect(!exists(object))
                #expect(try await scene.freshShoal("before").run("pull", "alice/model").code == 1)
                // Another machine that has the file pushes it; the hub asks for the bytes.
                try await scene.freshShoal("again").push("alice/model", folder)
                try await scene.hubCommand("fsck", "--deep").expecting(0)
                try await requireSame(folder, try await scene.freshShoal("after").pull("alice/model"))
            }
        }

        @Test("a hub started on a backup serves what was there", .timeLimit(.minutes(2)))
        func backup() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleModel.write(to: folder, megabytes: 16, seed: 714)
                try await scene.shoal.push("alice/model", folder)
                let destination = scene.fixture.path("restored-data")
                let first = try await scene.hubCommand("backup", destination, "--json").expecting(0)
                #expect(first.output.contains(#""missing":[]"#))
                // Goes on while the hub takes more, and brings only what is new.
                try await SampleContent.random.write(3 << 20, seed: 715, to: folder + "/more.bin")
                try await scene.shoal.push("alice/model", folder)
                let second = try await scene.hubCommand("backup", destination, "--json").expecting(0)
                let document = try JSONSerialization.jsonObject(with: Data(second.output.utf8)) as? [String: Any]
                let added = try #require(document?["added_bytes"] as? Int)
                #expect(added > 0 && added < 4 << 20)

                try await scene.hub.kill()
                let restored = try await RunningHub.start(in: scene.fixture, name: "restored")
                let shoal = ShoalClient(
                    fixture: scene.fixture, endpoint: restored.url, token: scene.token, home: "restored-home")
                try await requireSame(folder, try await shoal.pull("alice/model"))
                try await SampleContent.random.write(1 << 20, seed: 716, to: folder + "/later.bin")
                try await shoal.push("alice/model", folder)
                try requireRefused(try await scene.hubCommand("backup", destination))
            }
        }
    }
}

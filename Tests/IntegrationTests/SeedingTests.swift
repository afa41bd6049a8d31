import Foundation
import TestSupport
import Testing

extension Integration {
    @Suite struct SeedingTests {
        @Test(
            "what Python has put into its cache can be given, as soon as strangers are seen to get it too",
            .timeLimit(.minutes(3)), arguments: PythonLine.allCases)
        func pythonCache(_ line: PythonLine) async throws {
            try await withScene { scene in
                try await scene.pushParts(to: "alice/model", seed: 800)
                try await scene.pushParts(to: "alice/hidden", seed: 810, private: true)
                var python = scene.python
                python.line = line
                for repo in ["alice/model", "alice/hidden"] {
                    try await python.call("snapshot_download", ["repo_id": repo])
                }
                let shoal = scene.freshShoal(python.home)
                let seeder = try await RunningSeeder.start(shoal)
                try await seeder.waits(for: 2)
                try await seeder.stop()
                // The work is done once: a seeder that cannot ask the hub knows all of it.
                try await scene.hub.stop()
                let second = try await RunningSeeder.start(shoal)
                try await second.waits(for: 2, whileAsking: true)
                try await second.stop()
                // Python finds its cache as it left it.
                let listed = try await python.hf("cache", line == .old ? "scan" : "ls").expecting(0)
                #expect(listed.output.contains("alice/model") && listed.output.contains("alice/hidden"))
            }
        }

        @Test(
            "what Shoal has pulled can be given without the hub; private files only with a secret",
            .timeLimit(.minutes(3)))
        func shoalCache() async throws {
            try await withScene { scene in
                try await scene.pushParts(to: "alice/model", seed: 820)
                try await scene.pushParts(to: "alice/hidden", seed: 830, private: true)
                let shoal = scene.freshShoal("cache")
                _ = try await shoal.pull("alice/model")
                _ = try await shoal.pull("alice/hidden")
                try await scene.hub.stop()

                let open = try await RunningSeeder.start(shoal)
                try await open.waits(for: 2)
                try await open.stop()

                let secret = scene.fixture.path("secret")
                try await writeText("0123456789abcdef0123456789abcdef\n", to: secret)
                let sharing = try await RunningSeeder.start(shoal, "--secret-file", secret)
                try await sharing.waits(for: 4)
                try await sharing.stop()

                let ruled = try await RunningSeeder.start(shoal, "--rule", "alice/model=never")
                try await ruled.waits(for: 0)
                try await ruled.stop()
            }
        }

        @Test("files that come while it runs are given, and files that go are not", .timeLimit(.minutes(3)))
        func watching() async throws {
            try await withScene { scene in
                try await scene.pushParts(to: "alice/model", seed: 840)
                try await scene.pushParts(to: "alice/other", seed: 850)
                let shoal = scene.freshShoal("cache")
                _ = try await shoal.pull("alice/model")
                let seeder = try await RunningSeeder.start(shoal)
                try await seeder.waits(for: 2)
                _ = try await shoal.pull("alice/other")
                try await seeder.waits(for: 4)
                _ = try await shoal.run("cache", "rm", "model/alice/model", "--yes").expecting(0)
                try await seeder.waits(for: 2)
                try await seeder.stop()
            }
        }

        /// Repositories of 1000 files each whose links all lead to one blob.
        private func makeLargeCache(_ cache: String, repositories: Int) async throws {
            let commit = String(repeating: "ab", count: 20)
            var random = SplitMix64(seed: 860)
            for repo in 0..<repositories {
                let folder = "\(cache)/models--org--model-\(repo)"
                let blob = String(repeating: "c", count: 64)
                try await writeBytes([UInt8](repeating: 1, count: 1000), to: "\(folder)/blobs/\(blob)")
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/snapshots/\(commit)", withIntermediateDirectories: true)
                var files: [String: Any] = [:]
                for number in 0..<1000 {
                    let name = "file-\(number).bin"
                    try FileManager.default.createSymbolicLink(
                        atPath: "\(folder)/snapshots/\(commit)/\(name)", withDestinationPath: "../../blobs/\(blob)")
                    let hash = (0..<4).map { _ in String(format: "%016llx", random.next()) }.joined()
                    files[name] = [
                        "size": 1000, "blob_id": commit, "lfs_sha256": blob, "lfs_size": 1000, "xet_hash": hash,
                    ]
                }
                let listing = try JSONSerialization.data(withJSONObject: ["format_version": 1, "files": files])
                try await writeBytes(Array(listing), to: "\(folder)/trees/\(commit).json")
                let entry: [String: Any] = [
                    "endpoint": "http://127.0.0.1:1", "commit": commit, "visibility": "public",
                    "told": Int(Date().timeIntervalSince1970),
                ]
                let record = try JSONSerialization.data(withJSONObject: ["version": 1, "commits": [entry]])
                try await writeBytes(Array(record), to: "\(folder)/.shoal/visibility.json")
            }
        }

        @Test("a seeder of 100,000 files takes less than 192 MiB of memory", .timeLimit(.minutes(3)))
        func largeCache() async throws {
            try await withFixture { fixture in
                let shoal = ShoalClient(fixture: fixture, endpoint: "http://127.0.0.1:1", token: nil)
                try await makeLargeCache(shoal.cache, repositories: 100)
                let seeder = try await RunningSeeder.start(shoal)
                try await seeder.waits(for: 100_000)
                let status = try String(contentsOfFile: "/proc/\(seeder.process.pid)/status", encoding: .utf8)
                let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
                let kibibytes = try #require(line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) })
                #expect(kibibytes < 192 << 10, "\(line)")
                try await seeder.stop()
            }
        }

        @Test("peers can be switched off, and wrong settings are refused", .timeLimit(.minutes(1)))
        func refusals() async throws {
            try await withFixture { fixture in
                var shoal = ShoalClient(fixture: fixture, endpoint: "http://127.0.0.1:1", token: nil)
                shoal.environment["SHOAL_P2P"] = "0"
                let off = try await shoal.run("seed")
                #expect(off.code == 1 && off.errors.contains("SHOAL_P2P"))
                // Who runs the machine has the last word.
                let site = fixture.path("site.json")
                try await writeText(#"{"p2p": false}"#, to: site)
                shoal.environment["SHOAL_SITE_CONFIG"] = site
                shoal.environment["SHOAL_P2P"] = "1"
                for arguments in [["seed"], ["pull", "a/b", "--peer", "127.0.0.1:1"]] {
                    let result = try await shoal.run(arguments)
                    #expect(result.code == 1 && result.errors.contains("p2p in \(site):1"), "\(result.errors)")
                }
                shoal.environment["SHOAL_SITE_CONFIG"] = nil
                shoal.environment["SHOAL_P2P"] = nil
                let short = fixture.path("short")
                try await writeText("too short", to: short)
                for arguments in [
                    ["--listen", "nowhere"], ["--rule", "x"], ["--secret-file", short], ["--idle-rate", "fast"],
                    ["--tracker", "udp://x:1"], ["--tracker", "nonsense"],
                ] {
                    let result = try await shoal.run(["seed"] + arguments)
                    #expect(result.code == 2, "\(arguments): \(result.errors)")
                }
                for name in ["bad name", "a/b/c", "a/b@v1", "bad */x", "a/b/c/*"] {
                    let result = try await shoal.run("seed", name)
                    #expect(result.code == 2 && result.errors.contains("hint: "), "\(name): \(result.errors)")
                }
                shoal.environment["SHOAL_SEED_RULES"] = "a=b"
                #expect(try await shoal.run("seed").code == 2)
            }
        }
    }
}

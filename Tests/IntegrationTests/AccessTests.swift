import Foundation
import TestSupport
import Testing

extension Integration {
    @Suite struct AccessTests {
        @Test("a read token pulls but does not push", .timeLimit(.minutes(1)))
        func readToken() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleFolder.write(Array(SampleFolder.small.prefix(5)), to: folder, seed: 101)
                try await scene.shoal.push("alice/model", folder)
                var reader = scene.freshShoal("reader")
                reader.token = try await scene.hub.token(user: "alice", role: "read")
                try await requireSame(folder, try await reader.pull("alice/model"))
                try requireRefused(try await reader.run("push", "alice/model", folder + "/one.bin", "other.bin"))
                try requireRefused(try await reader.run("push", "alice/another", folder))
                var python = scene.freshPython("python-reader")
                python.token = reader.token
                #expect(try await python.hf("upload", "alice/model", folder + "/one.bin", "other.bin").code != 0)
                #expect(!(try await scene.shoal.run("ls", "alice/model").expecting(0).output.contains("other.bin")))
            }
        }

        @Test("a private repository is invisible to others", .timeLimit(.minutes(1)))
        func privateRepo() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleFolder.write(Array(SampleFolder.small.prefix(5)), to: folder, seed: 102)
                try await scene.shoal.push("alice/secret", folder, "--private")
                try await requireSame(folder, try await scene.freshShoal("owner").pull("alice/secret"))

                var other = scene.freshShoal("other")
                other.token = try await scene.hub.token(user: "bob")
                var nobody = scene.freshShoal("nobody")
                nobody.token = nil
                for client in [other, nobody] {
                    for verb in ["pull", "ls", "info"] {
                        let hidden = try await client.run(verb, "alice/secret")
                        try requireRefused(hidden)
                        let missing = try await client.run(verb, "alice/never-was")
                        try requireRefused(missing)
                        #expect(
                            hidden.errors.replacing("alice/secret", with: "X")
                                == missing.errors.replacing("alice/never-was", with: "X"),
                            "the error tells a private repository from a missing one")
                    }
                    try requireNothingVisible(cache: client.cache)
                }
                var python = scene.freshPython("python-other")
                python.token = other.token
                let seen = try await python.script("call.py", ["model_info", #"{"repo_id": "alice/secret"}"#])
                #expect(seen.code == 1 && seen.errors.contains("RepositoryNotFoundError"), "\(seen.errors)")
            }
        }

        @Test("a repository that is switched off answers nobody, and comes back whole", .timeLimit(.minutes(1)))
        func disabled() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleFolder.write(Array(SampleFolder.small.prefix(5)), to: folder, seed: 103)
                try await scene.shoal.push("alice/model", folder)
                try await scene.shoal.push("alice/secret", folder, "--private")
                func administer(_ verb: String, _ repo: String) async throws -> ProcessResult {
                    try await scene.shoal.run("hub", "repo", verb, "--data", scene.hub.data, repo)
                }
                for repo in ["alice/model", "alice/secret"] { try await administer("disable", repo).expecting(0) }
                let bob = scene.freshShoal("bob").with(try await scene.hub.token(user: "bob"))
                for client in [scene.freshShoal("owner"), bob, scene.freshShoal("nobody").with(nil)] {
                    try await requireTrouble(client, "disabled", "is disabled")
                }
                try await requireTrouble(scene.shoal, "disabled", "is disabled", ["push", "alice/model", folder, "x"])
                // Whoever may not see it does not learn that it is there.
                try await requireTrouble(bob, "repo_not_found", "was not found", ["pull", "alice/secret"])
                let calls: [(String, [String: any Sendable])] = [
                    ("model_info", ["repo_id": "alice/model"]), ("list_repo_files", ["repo_id": "alice/model"]),
                    ("delete_repo", ["repo_id": "alice/model"]),
                    ("snapshot_download", ["repo_id": "alice/model"]),
                ]
                for line in PythonLine.allCases {
                    var python = scene.freshPython("python-\(line)")
                    python.line = line
                    for (method, words) in calls {
                        let json = String(decoding: try JSONSerialization.data(withJSONObject: words), as: UTF8.self)
                        let result = try await python.script("call.py", [method, json])
                        #expect(result.code == 1, "\(line) \(method)")
                        // A snapshot would do with the cache, and that has nothing.
                        let name = method == "snapshot_download" ? "LocalEntryNotFoundError" : "DisabledRepoError"
                        #expect(result.errors.contains(name), "\(line) \(method): \(result.errors)")
                    }
                }
                try requireRefused(try await administer("disable", "alice/nothing"))

                for repo in ["alice/model", "alice/secret"] { try await administer("enable", repo).expecting(0) }
                try await requireSame(folder, try await scene.freshShoal("again").pull("alice/model"))
                try await requireSame(folder, try await scene.freshShoal("mine").pull("alice/secret"))
            }
        }

        @Test("nobody pushes into somebody else's namespace", .timeLimit(.minutes(1)))
        func foreignNamespace() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await writeText("hello\n", to: folder + "/a.txt")
                try await scene.shoal.push("alice/model", folder)
                var bob = scene.freshShoal("bob")
                bob.token = try await scene.hub.token(user: "bob")
                try requireRefused(try await bob.run("push", "alice/model", folder + "/a.txt", "b.txt"))
                try requireRefused(try await bob.run("push", "alice/new", folder))
                #expect(!(try await scene.shoal.run("ls", "alice/model").expecting(0).output.contains("b.txt")))
            }
        }

        @Test("what is missing or wrong is said in one line with a hint", .timeLimit(.minutes(2)))
        func errors() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await writeText("hello\n", to: folder + "/a.txt")
                try await scene.shoal.push("alice/model", folder)

                try requireRefused(try await scene.shoal.run("pull", "alice/absent"))
                try requireRefused(try await scene.shoal.run("pull", "alice/model", "--revision", "absent"))
                try requireRefused(try await scene.shoal.run("pull", "alice/model", "absent.txt"))
                try requireRefused(try await scene.shoal.run("pull", "not/a/repository"))
                try requireRefused(try await scene.shoal.run("push", "alice/model", scene.fixture.path("absent")))

                var stranger = scene.freshShoal("stranger")
                stranger.token = "hf_" + String(repeating: "A", count: 34)
                let denied = try await stranger.run("whoami")
                try requireRefused(denied)
                try requireRefused(try await stranger.run("push", "alice/model", folder))
                var anonymous = scene.freshShoal("anonymous")
                anonymous.token = nil
                try requireRefused(try await anonymous.run("push", "alice/model", folder))
                for result in [denied] {
                    #expect(!result.errors.contains(stranger.token ?? "none"), "a token in an error text")
                }

                var nowhere = scene.freshShoal("nowhere")
                nowhere.endpoint = "http://127.0.0.1:9"
                try requireRefused(try await nowhere.run("pull", "alice/model", timeout: .seconds(30)))

                let json = try await scene.shoal.run("pull", "alice/absent", "--json")
                #expect(json.code == 1)
                #expect(json.output.contains("\"error\"") && json.output.contains("\"code\""), "\(json.output)")
            }
        }

        @Test(
            "wrong usage is exit code 2 and names the command", .timeLimit(.minutes(1)),
            arguments: [
                ["pull"], ["push", "alice/model"], ["nonsense"], ["pull", "alice/model", "--nonsense"], ["hash"],
            ])
        func usage(_ arguments: [String]) async throws {
            try await withFixture { fixture in
                let shoal = ShoalClient(fixture: fixture, endpoint: "http://127.0.0.1:9", token: nil)
                let result = try await shoal.run(arguments)
                #expect(result.code == 2, "\(result.status) \(result.output) \(result.errors)")
                #expect(!result.errors.isEmpty)
            }
        }
    }
}

import Foundation
import TestSupport
import Testing

/// What `hf` users type, against the real hub, and beside the real `hf` where the behaviour is promised to be its own.
extension Integration {
    @Suite struct CommandLineTests {
        private static let files = [
            "a.json", "b.json", "c.txt", "dir/d.json", "dir/sub/e.txt", "dir[1]/f.json", "model.safetensors",
        ]

        private func source(_ scene: Scene) async throws -> String {
            let folder = try scene.fixture.directory("source")
            for name in Self.files { try await writeText("content of \(name)", to: folder + "/" + name) }
            try await SampleContent.random.write(300_000, seed: 5, to: folder + "/model.safetensors")
            return folder
        }

        private func names(below folder: String) throws -> [String] {
            try filesBelow(folder).map { String($0.dropFirst(folder.count + 1)) }
                .filter { !$0.hasPrefix(".cache/") && $0 != ".gitattributes" }.sorted()
        }

        private func json(_ result: ProcessResult) throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        }

        @Test(
            "the same words choose the same files as hf",
            .timeLimit(.minutes(2)),
            arguments: [
                ["a.json"], ["dir/"], ["a.json", "dir/sub/"], ["--include", "*.json"],
                ["--include", "dir*", "--exclude", "*.txt"], ["--include", "dir[[]1]*"], ["--exclude", "*.json"],
            ])
        func choice(words: [String]) async throws {
            try await withScene { scene in
                try await scene.shoal.push("alice/model", try await source(scene))
                let (ours, theirs) = (scene.fixture.path("ours"), scene.fixture.path("theirs"))
                try await scene.shoal.run(["pull", "alice/model"] + words + ["--local-dir", ours]).expecting(0)
                try await scene.python.hf(["download", "alice/model"] + words + ["--local-dir", theirs]).expecting(0)
                #expect(try names(below: ours) == names(below: theirs))
                #expect(try !names(below: ours).isEmpty)
            }
        }

        @Test("what hf gets wrong: several patterns, nothing matched, one folder", .timeLimit(.minutes(2)))
        func better() async throws {
            try await withScene { scene in
                try await scene.shoal.push("alice/model", try await source(scene))
                let shoal = scene.shoal
                func pulled(_ words: String...) async throws -> [String] {
                    let folder = scene.fixture.path("out-\(UUID().uuidString)")
                    try await shoal.run(["pull"] + words + ["--local-dir", folder]).expecting(0)
                    return try names(below: folder)
                }
                #expect(try await pulled("alice/model", "--include", "a*", "c*") == ["a.json", "c.txt"])
                #expect(try await pulled("--include", "a*", "c*", "alice/model") == ["a.json", "c.txt"])
                #expect(try await pulled("alice/model", "dir") == ["dir/d.json", "dir/sub/e.txt"])
                try requireRefused(try await shoal.run("pull", "alice/model", "--include", "*.gguf"))
                let warned = try await shoal.run("pull", "alice/model", "--include", "a*", "*.gguf").expecting(0)
                #expect(warned.errors.contains("warning: no file matches '*.gguf'"))
            }
        }

        @Test("addresses, pages, folders and standard output", .timeLimit(.minutes(2)))
        func words() async throws {
            try await withScene { scene in
                let folder = try await source(scene)
                try await scene.shoal.push("datasets/alice/data", folder)
                let shoal = scene.shoal
                let page = scene.hub.url + "/datasets/alice/data"
                for address in [
                    "hf://datasets/alice/data@main/a.json", page + "/blob/main/a.json",
                    page + "/resolve/main/a.json?download=true",
                    "https://huggingface.co/datasets/alice/data/blob/main/a.json",
                ] {
                    let path = try await shoal.pull(address)
                    #expect(path.hasSuffix("/a.json"), "\(address)")
                    #expect(try await difference(between: folder + "/a.json", and: path) == nil)
                    #expect(try await shoal.run("cat", address).expecting(0).output == "content of a.json")
                }
                let out = scene.fixture.path("plain")
                try await shoal.run("download", "datasets/alice/data", out).expecting(0)
                try await requireSame(folder, out)
                try await shoal.run("file", "datasets/alice/data", "c.txt", scene.fixture.path("one")).expecting(0)
                #expect(try names(below: scene.fixture.path("one")) == ["c.txt"])
                let empty = ShoalClient(
                    fixture: scene.fixture, endpoint: scene.hub.url, token: scene.token, home: "empty")
                for words in ["dir", "dir/", "dir/sub", "*.json"] {
                    let refused = try await empty.run("cat", "datasets/alice/data", words)
                    try requireRefused(refused, code: 2)
                    #expect(!exists(empty.cache), "cat fetched \(words) before it refused it")
                }
                let typo = try await shoal.run("pull", "datasets/alice/data", "aa.json")
                try requireRefused(typo)
                #expect(
                    try await shoal.run("pull", "datasets/alice/data", "c.txt", "-").expecting(0).output
                        == "content of c.txt")
            }
        }

        @Test(
            "a part of a file comes without the rest, verified where the hub tells its chunks, else marked",
            .timeLimit(.minutes(2)), arguments: TrustMode.allCases)
        func ranges(mode: TrustMode) async throws {
            try await withScene(hub: mode.hubArguments) { scene in
                let file = try scene.fixture.directory("source") + "/big.bin"
                try await SampleContent.random.write(9 << 20, seed: 9, to: file)
                try await scene.shoal.push("alice/model", file)
                // Whoever has pushed a file knows its chunks.
                let reader = scene.freshShoal("reader")
                let part = scene.fixture.path("part.bin")
                let command = try reader.command(["cat", "alice/model", "big.bin", "--range", "5000000-5000099"])
                let script = Command(
                    "/bin/sh", ["-c", "exec \"$0\" \"$@\" > '\(part)'", command.program] + command.arguments,
                    environment: command.environment, label: "cat")
                let ranged = try await scene.fixture.run(script).expecting(0)
                #expect(try readBytes(part) == Array(try readBytes(file)[5_000_000..<5_000_100]))
                #expect(!exists(reader.cache))
                #expect(ranged.errors.contains("cannot be verified") == (mode == .provisional), "\(ranged.errors)")
                try requireRefused(
                    try await reader.run("cat", "alice/model", "big.bin", "--range", "9999999-"), hint: false)

                // The whole of it: what cannot be trusted before the end is an error there.
                let proxy = try scene.proxy()
                let spoilt = scene.freshShoal("spoilt", through: proxy)
                proxy.inject(Fault(method: "GET", prefix: "/data/xorbs/", .flipByte(at: 1_000)))
                let sum = try spoilt.command(["cat", "alice/model", "big.bin"])
                let whole = Command(
                    "/bin/sh", ["-c", "exec \"$0\" \"$@\" > '\(part)'", sum.program] + sum.arguments,
                    environment: sum.environment, label: "cat-all")
                let refused = try await scene.fixture.run(whole)
                try requireRefused(refused)
                #expect(refused.errors.contains("provisional until") == (mode == .provisional), "\(refused.errors)")
                proxy.heal()
                try await scene.fixture.run(whole).expecting(0)
                #expect(try readBytes(part) == (try readBytes(file)))
            }
        }

        @Test("a dry run tells bytes as numbers and fetches nothing; force fetches again", .timeLimit(.minutes(2)))
        func dryRun() async throws {
            try await withScene { scene in
                try await scene.shoal.push("alice/model", try await source(scene))
                let shoal = scene.freshShoal("fresh")
                let first = try json(try await shoal.run("pull", "alice/model", "--dry-run", "--json").expecting(0))
                #expect(first["download_files"] as? Int == Self.files.count + 1)
                #expect(!exists(shoal.cache))
                _ = try await shoal.pull("alice/model", "--include", "*.json")
                let second = try json(try await shoal.run("pull", "alice/model", "--dry-run", "--json").expecting(0))
                #expect(second["download_files"] as? Int == Self.files.count + 1 - 4)
                let files = try #require(second["files"] as? [[String: Any]])
                let model = try #require(files.first { $0["path"] as? String == "model.safetensors" })
                #expect(model["size"] as? Int == 300_000 && model["will_download"] as? Bool == true)

                let path = try await shoal.pull("alice/model", "model.safetensors")
                let forced = try await shoal.run(
                    "pull", "alice/model", "model.safetensors", "--force-download", "--json"
                ).expecting(0)
                #expect(try #require(try json(forced)["transferred_bytes"] as? Int) >= 300_000)
                #expect(exists(path))
                let python = scene.freshPython("fresh")
                try await python.hf("cache", "verify", "alice/model").expecting(0)
            }
        }

        @Test("offline the cache answers, and what it lacks is listed", .timeLimit(.minutes(2)))
        func offline() async throws {
            try await withScene { scene in
                try await scene.shoal.push("alice/model", try await source(scene))
                var shoal = scene.freshShoal("fresh")
                let online = try await shoal.pull("alice/model", "--exclude", "*.txt")
                shoal.environment["HF_HUB_OFFLINE"] = "1"
                #expect(try await shoal.pull("alice/model", "--exclude", "*.txt") == online)
                let refused = try await shoal.run("pull", "alice/model", "--json")
                #expect(refused.code == 1)
                #expect(refused.errors.contains("c.txt, dir/sub/e.txt"))
                #expect(try #require(try json(refused)["error"] as? [String: Any])["code"] as? String == "offline")
            }
        }

        @Test(
            "what hf upload does, push does: deletions, wildcards, standard input, many files", .timeLimit(.minutes(2)))
        func pushes() async throws {
            try await withScene { scene in
                let folder = try await source(scene)
                for repo in ["ours", "theirs"] { try await scene.shoal.push("alice/\(repo)", folder) }
                let change = try scene.fixture.directory("change")
                try await writeText("new", to: change + "/new.txt")
                try await writeText("other", to: change + "/other.md")
                let words = ["--include", "*.txt", "--delete", "*.json", "--commit-message", "clean"]
                try await scene.shoal.run(["upload", "alice/ours", change, "dir"] + words).expecting(0)
                try await scene.python.hf(["upload", "alice/theirs", change, "dir"] + words).expecting(0)
                let ours = try await scene.freshShoal("o").pull("alice/ours")
                let theirs = try await scene.freshShoal("t").pull("alice/theirs")
                try await requireSame(ours, theirs)
                #expect(try !names(below: ours).contains("dir/d.json"))
                #expect(try names(below: ours).contains("dir/new.txt"))

                let many = try scene.fixture.directory("many")
                for index in 0..<300 { try await writeText("\(index)", to: "\(many)/\(index).txt") }
                let report = try json(try await scene.shoal.push("alice/many", many, "--json"))
                #expect(report["commits"] as? Int == 2)
                let history = try await scene.python.call("list_repo_commits", ["repo_id": "alice/many"])
                #expect(history.contains("(part 2)"))

                let script = Command(
                    "/bin/sh",
                    ["-c", "echo piped | exec \"$0\" push alice/many - in/pipe.txt"]
                        + [try BuiltPrograms.shoal()],
                    environment: try scene.shoal.command([]).environment, label: "stdin")
                try await scene.fixture.run(script).expecting(0)
                #expect(try await scene.shoal.run("cat", "alice/many", "in/pipe.txt").expecting(0).output == "piped\n")
            }
        }

        @Test("pushing again and again commits changes only", .timeLimit(.minutes(2)))
        func schedule() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("run")
                try await writeText("1", to: folder + "/log.txt")
                let pushing = try scene.shoal.start("push", "alice/run", folder, "--every", "0.005", "--quiet")
                func commits(_ count: Int) async throws {
                    try await pushing.wait(until: "\(count) commits") {
                        $0.output.split(separator: "\n").count >= count
                    }
                }
                try await commits(1)
                try await Task.sleep(for: .seconds(1.5))
                #expect(pushing.output.split(separator: "\n").count == 1)
                try await writeText("longer", to: folder + "/log.txt")
                try await commits(2)
                pushing.signal(SIGINT)
                #expect(try await pushing.wait().code == 130)
                #expect(try await scene.shoal.run("cat", "alice/run", "log.txt").expecting(0).output == "longer")
            }
        }

        @Test("tokens have names, and one of them is active, as hf sees it", .timeLimit(.minutes(2)))
        func tokens() async throws {
            try await withScene { scene in
                var shoal = scene.freshShoal("tokens")
                shoal.token = nil
                var python = scene.freshPython("tokens")
                python.token = nil
                try await shoal.run("auth", "login", "--token", scene.token).expecting(0)
                let listed = try await shoal.run("auth", "list", "--json").expecting(0)
                let name = try #require(
                    (try JSONSerialization.jsonObject(with: Data(listed.output.utf8)) as? [[String: Any]])?
                        .first?["name"] as? String)
                #expect(!listed.output.contains(scene.token))
                #expect(try await python.hf("auth", "list").expecting(0).output.contains(name))
                #expect(try await shoal.run("auth", "token").expecting(0).trimmed == scene.token)
                try await python.hf("auth", "switch", "--token-name", name).expecting(0)
                try await shoal.run("auth", "switch", "--token-name", name).expecting(0)
                try requireRefused(try await shoal.run("auth", "switch", "--token-name", "nobody"))
                try await shoal.run("auth", "logout", "--token-name", name).expecting(0)
                try requireRefused(try await shoal.run("auth", "token"))
                #expect(try await python.hf("auth", "token").code == 1)
            }
        }

        @Test("progress for programs is one JSON object per line on standard error", .timeLimit(.minutes(1)))
        func progressEvents() async throws {
            try await withScene { scene in
                try await scene.shoal.push("alice/model", try await source(scene))
                let result = try await scene.freshShoal("fresh").run("pull", "alice/model", "--progress", "json")
                    .expecting(0)
                let events = try result.errors.split(separator: "\n").map { line in
                    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
                }
                #expect(events.first?["event"] as? String == "start")
                #expect(events.last?["event"] as? String == "end")
                #expect(events.last?["bytes"] as? Int == events.last?["total_bytes"] as? Int)
                #expect(events.count { $0["event"] as? String == "file" } == Self.files.count + 1)
                let numbers = try #require(events.first { $0["event"] as? String == "metrics" })
                #expect(numbers["outcome"] as? String == "done" && numbers["requests"] as? Int ?? 0 > 0)
                #expect((numbers["hosts"] as? [String: Any])?[scene.hub.url] != nil, "\(numbers)")
                let failed = try await scene.freshShoal("none").run("pull", "alice/none", "--progress", "json")
                let told = try failed.errors.split(separator: "\n").map { line in
                    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
                }
                #expect(failed.code == 1 && told.contains { $0["event"] as? String == "error" })
            }
        }

        @Test("wrong usage says where help is, in words and in JSON", .timeLimit(.minutes(1)))
        func usage() async throws {
            try await withFixture { fixture in
                let shoal = ShoalClient(fixture: fixture, endpoint: "http://127.0.0.1:9", token: nil)
                for arguments in [
                    ["pul", "x"], ["pull"], ["repos", "crate", "x"], ["pull", "a/b", "--nothing"], ["auth", "bogus"],
                    ["hub", "serve"], ["repos", "settings", "a/b"], ["push", "a/b", "-"], ["cp", "x", "y"],
                ] {
                    let result = try await shoal.run(arguments)
                    try requireRefused(result, code: 2)
                }
                let refused = try await shoal.run("pull", "--json", "a/b", "--max-workers", "0")
                #expect(try #require(try json(refused)["error"] as? [String: Any])["code"] as? String == "usage")
                let asked = try await shoal.run("repos", "delete", "a/b", "--json")
                #expect(asked.code == 1)
            }
        }

        @Test("a hub that is made by a mistyped folder is announced, an existing one is not", .timeLimit(.minutes(1)))
        func newHub() async throws {
            try await withFixture { fixture in
                let shoal = ShoalClient(fixture: fixture, endpoint: "http://127.0.0.1:9", token: nil)
                let arguments = ["hub", "token", "add", "--data", fixture.path("hub"), "--user", "a", "--role", "read"]
                let first = try await shoal.run(arguments).expecting(0)
                #expect(first.errors.contains("making a new, empty one"))
                let second = try await shoal.run(arguments).expecting(0)
                #expect(second.errors.isEmpty)
            }
        }
    }
}

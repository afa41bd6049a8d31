import Foundation
import TestSupport
import Testing

/// The commands on whole repositories, against a real hub; what they did is asked of the Python client.
extension Integration {
    @Suite struct AdministrationTests {
        @Test("repositories are created, listed, moved, copied and deleted", .timeLimit(.minutes(2)))
        func lifecycle() async throws {
            try await withScene { scene in
                let shoal = scene.shoal
                let page = try await shoal.run("repos", "create", "alice/model").expecting(0).trimmed
                #expect(page == scene.hub.url + "/alice/model")
                try await shoal.run("repos", "create", "alice/words", "--type", "dataset", "--private").expecting(0)
                try await shoal.run("repos", "create", "demo", "--type", "space", "--sdk", "static").expecting(0)
                try await shoal.run("repos", "create", "alice/model", "--exist-ok").expecting(0)
                #expect(try await holds(scene, "repo_exists", ["repo_id": "alice/model"]))
                let words = try await scene.python.call("dataset_info", ["repo_id": "alice/words"])
                #expect(words.contains("private=True"))
                try await requireTrouble(shoal, "conflict", "already", ["repos", "create", "alice/model"])
                try await requireTrouble(shoal, "no_write_access", "may not write", ["repos", "create", "bob/model"])

                let listed = try await shoal.run("repos", "list", "--quiet").expecting(0)
                #expect(Set(listed.output.split(separator: "\n")) == ["alice/model", "alice/words", "alice/demo"])
                let datasets = try await shoal.run("repos", "list", "--type", "dataset", "-q").expecting(0)
                #expect(datasets.trimmed == "alice/words")
                try await requireTrouble(
                    shoal, "forbidden", "does not belong", ["repos", "list", "--namespace", "nobody"])
                var anonymous = scene.freshShoal("anonymous")
                anonymous.token = nil
                try await requireTrouble(anonymous, "not_logged_in", "wants to know who asks", ["repos", "list"])

                let file = scene.fixture.path("weights.bin")
                try await SampleContent.random.write(300_000, seed: 821, to: file)
                try await shoal.push("alice/model", file)
                try await shoal.run("repos", "move", "alice/model", "alice/moved").expecting(0)
                #expect(try await scene.python.call("model_info", ["repo_id": "alice/model"]).contains("'alice/moved'"))
                try await shoal.run("repos", "create", "alice/taken").expecting(0)
                try await requireTrouble(
                    shoal, "conflict", "already", ["repos", "move", "alice/moved", "alice/taken"])
                try await requireTrouble(
                    shoal, "repo_not_found", "was not found", ["repos", "move", "alice/nothing", "alice/new"])

                let copy = try await shoal.run("repos", "duplicate", "alice/moved", "alice/copy", "--private")
                    .expecting(0)
                #expect(copy.trimmed == scene.hub.url + "/alice/copy")
                let pulled = try await scene.python.call(
                    "hf_hub_download", ["repo_id": "alice/copy", "filename": "weights.bin"])
                #expect(try await difference(between: file, and: pulled) == nil)
                #expect(try await scene.python.call("model_info", ["repo_id": "alice/copy"]).contains("private=True"))
                try await requireTrouble(
                    shoal, "conflict", "already", ["repos", "duplicate", "alice/moved", "alice/copy"])
                try await requireTrouble(
                    shoal, "repo_not_found", "was not found", ["repos", "duplicate", "alice/nothing", "alice/other"])

                try await requireTrouble(
                    shoal, "not_confirmed", "nothing was deleted", ["repos", "delete", "alice/copy"])
                try await shoal.run("repos", "delete", "alice/copy", "--yes").expecting(0)
                #expect(try await !holds(scene, "repo_exists", ["repo_id": "alice/copy"]))
                try await requireTrouble(
                    shoal, "repo_not_found", "was not found", ["repos", "delete", "alice/copy", "--yes"])
                try await shoal.run("repos", "delete", "alice/copy", "--yes", "--missing-ok").expecting(0)
                var bob = scene.freshShoal("bob")
                bob.token = try await scene.hub.token(user: "bob")
                try await requireTrouble(
                    bob, "no_write_access", "may not write", ["repos", "delete", "alice/moved", "--yes"])
                #expect(try await holds(scene, "repo_exists", ["repo_id": "alice/moved"]))
            }
        }

        @Test("branches, tags and files come and go", .timeLimit(.minutes(2)))
        func contents() async throws {
            try await withScene { scene in
                let shoal = scene.shoal
                let folder = try scene.fixture.directory("source")
                for name in ["a.txt", "b.log", "logs/c.log"] { try await writeText(name, to: folder + "/" + name) }
                try await shoal.push("alice/model", folder)
                let repo: [String: any Sendable] = ["repo_id": "alice/model"]

                try await shoal.run("repos", "branch", "create", "alice/model", "feat/x").expecting(0)
                try await shoal.run("repos", "tag", "create", "alice/model", "v1", "-m", "first").expecting(0)
                let refs = try await scene.python.call("list_repo_refs", repo)
                #expect(refs.contains("name='feat/x'") && refs.contains("name='v1'"), "\(refs)")
                #expect(try await shoal.run("repos", "tag", "list", "alice/model", "-q").expecting(0).trimmed == "v1")
                for kind in ["branch", "tag"] {
                    let name = kind == "branch" ? "feat/x" : "v1"
                    try await requireTrouble(
                        shoal, "conflict", "already", ["repos", kind, "create", "alice/model", name])
                    try await shoal.run("repos", kind, "create", "alice/model", name, "--exist-ok").expecting(0)
                    try await requireTrouble(
                        shoal, "revision_not_found", "no revision 'nope'",
                        ["repos", kind, "create", "alice/model", "new", "--revision", "nope"])
                }

                let deleted = try await shoal.run(
                    "repos", "delete-files", "alice/model", "*.log", "--revision", "feat/x"
                ).expecting(0)
                #expect(deleted.output.contains("/commit/") && deleted.output.contains("logs/c.log"))
                #expect(try await files(scene, "feat/x") == [".gitattributes", "a.txt"])
                #expect(try await files(scene, "v1") == [".gitattributes", "a.txt", "b.log", "logs/c.log"])
                try await requireTrouble(
                    shoal, "no_match", "*.gguf", ["repos", "delete-files", "alice/model", "*.gguf"])
                try await requireTrouble(
                    shoal, "revision_not_found", "no revision 'nope'",
                    ["repos", "delete-files", "alice/model", "a.txt", "--revision", "nope"])
                let request = try json(
                    try await shoal.run("repos", "delete-files", "alice/model", "b.log", "--create-pr", "--json"))
                #expect((request["pull_request_url"] as? String)?.hasSuffix("/discussions/1") == true)
                #expect(try await files(scene, "main").contains("b.log"))
                #expect(try await !files(scene, "refs/pr/1").contains("b.log"))

                try await shoal.run("repos", "branch", "delete", "alice/model", "feat/x").expecting(0)
                try await shoal.run("repos", "tag", "delete", "alice/model", "v1", "-y").expecting(0)
                let left = try await scene.python.call("list_repo_refs", repo)
                #expect(!left.contains("feat/x") && !left.contains("v1"), "\(left)")
                try await requireTrouble(
                    shoal, "revision_not_found", "feat/x", ["repos", "branch", "delete", "alice/model", "feat/x"])
                try await requireTrouble(
                    shoal, "bad_request", "main", ["repos", "branch", "delete", "alice/model", "main"])
                try await requireTrouble(
                    shoal, "revision_not_found", "v1", ["repos", "tag", "delete", "alice/model", "v1", "-y"])
                try await requireTrouble(
                    shoal, "repo_not_found", "was not found", ["repos", "tag", "list", "alice/nothing"])
            }
        }

        @Test("a gated repository: closed, asked for, opened, and what each is told", .timeLimit(.minutes(2)))
        func gated() async throws {
            try await withScene { scene in
                let file = scene.fixture.path("secret.txt")
                try await writeText("for members\n", to: file)
                try await scene.shoal.push("alice/model", file)
                try await scene.shoal.run("repos", "settings", "alice/model", "--gated", "manual").expecting(0)
                #expect(
                    try await scene.python.call("model_info", ["repo_id": "alice/model"]).contains("gated='manual'"))

                var bob = scene.freshShoal("bob")
                bob.token = try await scene.hub.token(user: "bob")
                var anonymous = scene.freshShoal("anonymous")
                anonymous.token = nil
                let page = scene.hub.url + "/alice/model"
                for client in [bob, anonymous] {
                    try await requireTrouble(client, "gated", "alice/model", ["pull", "alice/model"])
                    for words in [["pull", "alice/model"], ["cat", "alice/model", "secret.txt"]] {
                        let refused = try await client.run(words)
                        try requireRefused(refused)
                        #expect(refused.errors.contains(page), "\(words)")
                    }
                    // What is there may be seen; the card is not the files.
                    try await client.run("ls", "alice/model").expecting(0)
                }
                try await requireTrouble(
                    bob, "no_write_access", "may not write", ["repos", "settings", "alice/model", "--gated", "false"])
                try await requireTrouble(
                    scene.shoal, "repo_not_found", "was not found",
                    ["repos", "settings", "alice/nothing", "--gated", "auto"])

                try await scene.python.call("grant_access", ["repo_id": "alice/model", "user": "bob"])
                #expect(try await bob.run("cat", "alice/model", "secret.txt").expecting(0).output == "for members\n")
                try await requireTrouble(anonymous, "gated", "alice/model")
                try await scene.python.call(
                    "reject_access_request", ["repo_id": "alice/model", "user": "bob", "rejection_reason": "no"])
                try await requireTrouble(scene.freshShoal("again").with(bob.token), "gated", "alice/model")

                try await scene.shoal.run(
                    "repos", "settings", "alice/model", "--gated", "false", "--private"
                ).expecting(0)
                let info = try await scene.python.call("model_info", ["repo_id": "alice/model"])
                #expect(info.contains("gated=False") && info.contains("private=True"), "\(info)")
                try await requireTrouble(anonymous, "repo_not_found", "was not found")
            }
        }

        @Test("catalogues: lists, facts and cards", .timeLimit(.minutes(2)))
        func catalogues() async throws {
            try await withScene { scene in
                let shoal = scene.shoal
                let folder = try scene.fixture.directory("source")
                try await writeText("---\nlicense: mit\ntags:\n- tiny\n---\n# Card\n", to: folder + "/README.md")
                try await writeText("{}", to: folder + "/d/config.json")
                for (kind, prefix) in [("models", ""), ("datasets", "datasets/"), ("spaces", "spaces/")] {
                    try await shoal.push(prefix + "alice/\(kind)-x", folder)
                    let id = "alice/\(kind)-x"
                    let listed = try await shoal.run(kind, "list", "--author", "alice", "--filter", "tiny", "-q")
                    #expect(try listed.expecting(0).trimmed == id)
                    #expect(try await shoal.run(kind, "list", "--search", "nothing", "-q").expecting(0).trimmed.isEmpty)
                    let tree = try await shoal.run(kind, "list", id, "-R", "-q").expecting(0).output
                    #expect(tree.contains("d/config.json"), "\(tree)")
                    let info = try json(try await shoal.run(kind, "info", id))
                    let sha = try #require(info["sha"] as? String)
                    let one = kind.dropLast()
                    let theirs = try await scene.python.call("\(one)_info", ["repo_id": id])
                    #expect(theirs.contains(sha) && (info["tags"] as? [String])?.contains("tiny") == true)
                    let card = try await shoal.run(kind, "card", id, "--text").expecting(0)
                    #expect(card.output == "# Card\n")
                    #expect(
                        try await shoal.run(kind, "card", id, "--metadata").expecting(0).output
                            == "license: mit\ntags:\n- tiny\n")
                    for verb in ["info", "card", "list"] {
                        try await requireTrouble(
                            shoal, "repo_not_found", "was not found", [kind, verb, "alice/nothing"])
                        try await requireTrouble(
                            shoal, "revision_not_found", "no revision 'nope'", [kind, verb, id, "--revision", "nope"])
                    }
                }
                try await shoal.run("repos", "create", "alice/bare").expecting(0)
                try await requireTrouble(shoal, "entry_not_found", "README.md", ["models", "card", "alice/bare"])
            }
        }

        @Test("cp brings one file there and back", .timeLimit(.minutes(2)))
        func copies() async throws {
            try await withScene { scene in
                let shoal = scene.shoal
                let file = scene.fixture.path("model.bin")
                try await SampleContent.random.write(2 << 20, seed: 831, to: file)
                try await shoal.run("repos", "create", "alice/model").expecting(0)
                try await shoal.run("cp", file, "hf://alice/model/weights/").expecting(0)
                try await shoal.run("cp", file, "hf://alice/model/other.bin").expecting(0)
                #expect(try await files(scene, "main") == [".gitattributes", "other.bin", "weights/model.bin"])
                let theirs = try await scene.python.call(
                    "hf_hub_download", ["repo_id": "alice/model", "filename": "weights/model.bin"])
                #expect(try await difference(between: file, and: theirs) == nil)
                let target = scene.fixture.path("down/")
                try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
                try await shoal.run("cp", "hf://alice/model@main/other.bin", target).expecting(0)
                #expect(try await difference(between: file, and: target + "other.bin") == nil)
                try await shoal.run("cp", "hf://alice/model/weights/model.bin", target + "mine.bin").expecting(0)
                #expect(try await difference(between: file, and: target + "mine.bin") == nil)

                try await requireTrouble(
                    shoal, "local_path_not_found", "absent.bin",
                    ["cp", scene.fixture.path("absent.bin"), "hf://alice/model/x.bin"])
                try await requireTrouble(
                    shoal, "entry_not_found", "absent.bin", ["cp", "hf://alice/model/absent.bin", target])
                try await requireTrouble(
                    shoal, "repo_not_found", "was not found", ["cp", "hf://alice/nothing/a.bin", target])
                #expect(try filesBelow(scene.fixture.path("down")).count == 2)
            }
        }

        @Test("a push as a pull request waits until somebody merges it", .timeLimit(.minutes(2)))
        func pullRequest() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await writeText("one", to: folder + "/a.txt")
                try await scene.shoal.push("alice/model", folder)
                try await SampleContent.random.write(1 << 20, seed: 841, to: folder + "/large.bin")
                try await writeText("two", to: folder + "/a.txt")
                let pushed = try json(
                    try await scene.shoal.run(
                        "push", "alice/model", folder, "--create-pr", "--commit-message", "Better", "--json"))
                #expect(
                    pushed["pull_request_url"] as? String == scene.hub.url + "/alice/model/discussions/1", "\(pushed)")
                #expect(try await files(scene, "main") == [".gitattributes", "a.txt"])
                let request = try await scene.freshShoal("pr").pull("alice/model", "--revision", "refs/pr/1")
                try await requireSame(folder, request)
                let details = try await scene.python.call(
                    "get_discussion_details", ["repo_id": "alice/model", "discussion_num": 1])
                #expect(details.contains("title='Better'") && details.contains("status='open'"), "\(details)")
                try await scene.python.call(
                    "merge_pull_request", ["repo_id": "alice/model", "discussion_num": 1])
                try await requireSame(folder, try await scene.freshShoal("merged").pull("alice/model"))

                let file = folder + "/a.txt"
                try await requireTrouble(
                    scene.shoal, "revision_not_found", "no revision 'nope'",
                    ["push", "alice/model", file, "--create-pr", "--revision", "nope"])
                var reader = scene.freshShoal("reader")
                reader.token = try await scene.hub.token(user: "alice", role: "read")
                try await requireTrouble(
                    reader, "no_write_access", "the token may not write",
                    ["push", "alice/model", file, "new.txt", "--create-pr"])
            }
        }

        private func json(_ result: ProcessResult) throws -> [String: Any] {
            let document = try JSONSerialization.jsonObject(with: Data(result.expecting(0).output.utf8))
            return try #require(document as? [String: Any])
        }

        /// What a method of Python's client answers that says yes or no.
        private func holds(_ scene: Scene, _ method: String, _ words: [String: any Sendable]) async throws -> Bool {
            try await scene.python.call(method, words) == "true"
        }

        /// The files of `alice/model` as Python lists them.
        private func files(_ scene: Scene, _ revision: String) async throws -> [String] {
            let text = try await scene.python.call(
                "list_repo_files", ["repo_id": "alice/model", "revision": revision])
            return try JSONDecoder().decode([String].self, from: Data(text.utf8)).sorted()
        }
    }
}

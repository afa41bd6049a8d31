import TestSupport
import Testing

extension Integration {
    @Suite struct GitTests {
        @Test("git clones with LFS content, fetches what is new, shallow and single branches", .timeLimit(.minutes(4)))
        func clone() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleFolder.write(SampleFolder.small, to: folder, seed: 401)
                try await scene.shoal.push("alice/model", folder)
                let git = try await GitClient(fixture: scene.fixture, token: nil)
                let url = scene.hub.url + "/alice/model"
                for (index, version) in ["0", "1", "2"].enumerated() {
                    let target = scene.fixture.path("clone-\(index)")
                    try await git.run("-c", "protocol.version=\(version)", "clone", url, target).expecting(0)
                    try await git.run("fsck", "--full", "--strict", in: target).expecting(0)
                    let differing = try await differences(
                        betweenFolder: folder, and: target, ignoring: [".git", ".gitattributes"])
                    #expect(differing.isEmpty, "\(differing)")
                    #expect(try await git.run("status", "--porcelain", in: target).expecting(0).trimmed == "")
                }

                try await writeText("more\n", to: folder + "/more.txt")
                try await scene.shoal.push("alice/model", folder)
                try await scene.python.call("create_branch", ["repo_id": "alice/model", "branch": "feat/x"])
                let clone = scene.fixture.path("clone-0")
                try await git.run("pull", in: clone).expecting(0)
                #expect(exists(clone + "/more.txt"))
                let head = try await git.run("rev-parse", "HEAD", in: clone).expecting(0).trimmed
                let log = try await git.run("log", "--format=%H", in: clone).expecting(0).trimmed
                let listed = try await scene.python.call("list_repo_commits", ["repo_id": "alice/model"])
                for commit in log.split(separator: "\n") { #expect(listed.contains(commit)) }

                let shallow = scene.fixture.path("shallow")
                try await git.run("clone", "--depth", "1", "--branch", "feat/x", url + ".git", shallow).expecting(0)
                #expect(try await git.run("rev-list", "--count", "HEAD", in: shallow).trimmed == "1")
                #expect(try await git.run("rev-parse", "HEAD", in: shallow).trimmed == head)
                let partial = scene.fixture.path("partial")
                try await git.run("clone", "--filter=blob:none", "--no-checkout", url, partial).expecting(0)
                let refs = try await git.run("ls-remote", url).expecting(0).output
                #expect(refs.contains("refs/heads/main") && refs.contains("refs/heads/feat/x"))

                // The copy that git reads is made anew when it is gone.
                try await scene.hub.stop()
                try await blockingRemove(scene.hub.data + "/git")
                try await scene.hub.restart()
                try await git.run("clone", url, scene.fixture.path("again")).expecting(0)
            }
        }

        @Test(
            "git gets the bytes of large files that only their content gives away, and the messages of tags",
            .timeLimit(.minutes(3)))
        func attributes() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                _ = try scene.fixture.directory("source/sub")
                let names = ["payload", "sub/weights [1] v2.dat", "#1 model"]
                for (index, name) in names.enumerated() {
                    try await SampleContent.weights.write(200_000, seed: UInt64(index + 1), to: folder + "/" + name)
                }
                try await scene.shoal.push("alice/model", folder)
                try await scene.python.call(
                    "create_tag", ["repo_id": "alice/model", "tag": "v1", "tag_message": "First release"])
                let git = try await GitClient(fixture: scene.fixture, token: nil)
                let target = scene.fixture.path("clone")
                try await git.run("clone", scene.hub.url + "/alice/model", target).expecting(0)
                let differing = try await differences(
                    betweenFolder: folder, and: target, ignoring: [".git", ".gitattributes"])
                #expect(differing.isEmpty, "\(differing)")
                #expect(try await git.run("status", "--porcelain", in: target).expecting(0).trimmed == "")
                try await git.run("fsck", "--full", "--strict", in: target).expecting(0)
                let message = try await git.run("tag", "-n", "--format=%(objecttype) %(contents:subject)", in: target)
                #expect(message.trimmed == "tag First release")

                // The same push once more changes nothing.
                let head = try await git.run("rev-parse", "HEAD", in: target).trimmed
                try await scene.shoal.push("alice/model", folder)
                try await git.run("pull", in: target).expecting(0)
                #expect(try await git.run("rev-parse", "HEAD", in: target).trimmed == head)
            }
        }

        @Test("git asks for the password of a private repository, and git-lfs takes the same", .timeLimit(.minutes(3)))
        func privateRepo() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleFolder.write(Array(SampleFolder.small.prefix(8)), to: folder, seed: 411)
                try await scene.shoal.push("alice/secret", folder, "--private")
                let url = scene.hub.url + "/alice/secret"
                let nobody = try await GitClient(fixture: scene.fixture, token: nil, home: "nobody")
                #expect(try await nobody.run("clone", url, scene.fixture.path("no")).code != 0)
                let bob = try await GitClient(
                    fixture: scene.fixture, user: "bob", token: try await scene.hub.token(user: "bob"), home: "bob")
                #expect(try await bob.run("clone", url, scene.fixture.path("no")).code != 0)

                let alice = try await GitClient(fixture: scene.fixture, token: scene.token)
                let target = scene.fixture.path("clone")
                try await alice.run("clone", url, target).expecting(0)
                let differing = try await differences(
                    betweenFolder: folder, and: target, ignoring: [".git", ".gitattributes"])
                #expect(differing.isEmpty, "\(differing)")
                #expect(!scene.hub.log.contains(scene.token))
            }
        }

        @Test("git lfs push and pull move objects, and locking stays silent", .timeLimit(.minutes(3)))
        func lfsPush() async throws {
            try await withScene { scene in
                try await scene.python.call("create_repo", ["repo_id": "alice/model"])
                let git = try await GitClient(fixture: scene.fixture, token: scene.token)
                let work = scene.fixture.path("work")
                let url = scene.hub.url + "/alice/model"
                try await git.run("clone", url, work).expecting(0)
                for (name, seed) in [("a.bin", UInt64(1)), ("b.bin", 2), ("c.bin", 3)] {
                    try await SampleContent.weights.write(3 << 20, seed: seed, to: work + "/" + name)
                }
                try await git.run("add", ".", in: work).expecting(0)
                try await git.run("commit", "-m", "Add weights", in: work).expecting(0)
                let pushed = try await git.run("lfs", "push", "origin", "main", in: work).expecting(0)
                #expect(!pushed.errors.contains("lock"), "\(pushed.errors)")
                #expect(try filesBelow(scene.hub.data + "/uploads") == [])
                try await git.run("lfs", "push", "origin", "main", in: work).expecting(0)

                // Another clone's git-lfs gets the objects, which no commit of the hub names yet.
                let other = scene.fixture.path("other")
                var lazy = git
                lazy.environment["GIT_LFS_SKIP_SMUDGE"] = "1"
                try await lazy.run("clone", work, other).expecting(0)
                #expect(try fileSize(other + "/a.bin") < 200)
                try await git.run("remote", "set-url", "origin", url, in: other).expecting(0)
                try await git.run("lfs", "pull", in: other).expecting(0)
                for name in ["a.bin", "b.bin", "c.bin"] {
                    #expect(try await difference(between: work + "/" + name, and: other + "/" + name) == nil)
                }
            }
        }

        @Test("git push is refused in words, and nothing changes", .timeLimit(.minutes(2)))
        func push() async throws {
            try await withScene { scene in
                try await scene.python.call("create_repo", ["repo_id": "alice/model"])
                let git = try await GitClient(fixture: scene.fixture, token: scene.token)
                let work = scene.fixture.path("work")
                try await git.run("clone", scene.hub.url + "/alice/model", work).expecting(0)
                try await writeText("hello\n", to: work + "/a.txt")
                try await git.run("add", ".", in: work).expecting(0)
                try await git.run("commit", "-m", "Add", in: work).expecting(0)
                let before = try await git.run("ls-remote", "origin", in: work).expecting(0).output
                let refused = try await git.run("push", in: work)
                #expect(refused.code != 0 && refused.errors.contains("hf upload"), "\(refused.errors)")
                #expect(try await git.run("ls-remote", "origin", in: work).expecting(0).output == before)
            }
        }

        private func blockingRemove(_ path: String) async throws {
            try await blocking { try removeTree(path) }
        }
    }
}

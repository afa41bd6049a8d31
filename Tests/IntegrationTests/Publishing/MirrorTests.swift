import Foundation
import TestSupport
import Testing

extension Integration {
    /// `shoal mirror`, from a hub of the test's own.
    @Suite struct MirrorTests {
        /// What `shoal mirror --json` prints.
        struct Mirrored: Decodable {
            struct History: Decodable {
                var name: String
                var folder: String
            }

            var name: String
            var version: String
            var commit: String
            var magnet: String
            var torrent: String
            var folder: String
            var files: Int
            var seeding: Bool
            var unchanged: Bool
            var license: String?
            var publisher: String?
            var web_seed: String
            var received_bytes: Int
            var left_out: [String]
            var follower: String?
            var history: History?
        }

        /// A machine that publishes for itself: no DHT, and no agent unless the test starts one.
        private func machine(_ scene: Scene, _ name: String, token: String? = nil) throws -> ShoalClient {
            var shoal = ShoalClient(fixture: scene.fixture, endpoint: scene.hub.url, token: token, home: name + "-home")
            shoal.environment["SHOAL_HOME"] = scene.fixture.path(name + "-publish")
            shoal.environment["SHOAL_AGENT_DIR"] = scene.fixture.path(name + "-agent")
            shoal.environment["SHOAL_PUBLISH_CONFIG"] = scene.fixture.path(name + ".yaml")
            try Data("network:\n  dht_enabled: false\ndaemon:\n  auto_start: false\n".utf8)
                .write(to: URL(fileURLWithPath: scene.fixture.path(name + ".yaml")))
            return shoal
        }

        private func mirror(_ shoal: ShoalClient, _ arguments: String...) async throws -> Mirrored {
            let result = try await shoal.run(["mirror", "--json"] + arguments).expecting(0)
            return try JSONDecoder().decode(Mirrored.self, from: Data(result.output.utf8))
        }

        /// Pushes a model with a card, a file in a folder, and two large files.
        private func pushModel(_ scene: Scene, _ repo: String, seed: UInt64, arguments: [String] = []) async throws
            -> String
        {
            let folder = try scene.fixture.directory("model\(seed)")
            try await writeText("---\nlicense: apache-2.0\n---\n# A model\n", to: folder + "/README.md")
            try await writeText("{\"model_type\":\"llama\"}", to: folder + "/sub/config.json")
            try await SampleContent.random.write(3_000_000, seed: seed, to: folder + "/model 1.safetensors")
            try await SampleContent.random.write(2_500_000, seed: seed + 1, to: folder + "/sub/model.safetensors")
            try await scene.shoal.run(["push", repo, folder] + arguments).expecting(0)
            return folder
        }

        private func requireModel(_ source: String, _ target: String) async throws {
            for name in ["README.md", "sub/config.json", "model 1.safetensors", "sub/model.safetensors"] {
                let difference = try await difference(between: "\(source)/\(name)", and: "\(target)/\(name)")
                #expect(difference == nil, "\(name): \(difference ?? "")")
            }
        }

        @Test(
            "mirrored out of the cache, and fetched from the hub's web seed alone, signed, while nobody gives it",
            .timeLimit(.minutes(4)))
        func webSeed() async throws {
            try await withScene { scene in
                let source = try await pushModel(scene, "alice/model", seed: 900)
                let shoal = try machine(scene, "mirror")
                let first = try await mirror(shoal, "alice/model")
                #expect(first.name == "alice/model" && first.version == first.commit && first.license == "apache-2.0")
                #expect(first.web_seed == scene.hub.url + "/alice/model/resolve/" && first.received_bytes > 5_000_000)
                #expect(first.folder == shoal.cache + "/models--alice--model/snapshots/" + first.commit)
                #expect(!first.seeding && !first.unchanged && first.publisher != nil && first.left_out.isEmpty)
                let second = try await mirror(shoal, scene.hub.url + "/alice/model.git", "--branch", "main")
                #expect(second.unchanged && second.magnet == first.magnet && second.received_bytes < 100_000)

                // Nobody gives it, and the hub is only an address in the torrent.
                var other = try machine(scene, "taker")
                other.endpoint = "http://127.0.0.1:9"
                let target = scene.fixture.path("got")
                let got = try await other.run(
                    "get", first.torrent, "-o", target, "--no-seed", "--timeout", "60", "--json"
                ).expecting(0)
                try await requireModel(source, target)
                struct Got: Decodable {
                    var name: String
                    var proof: String
                }
                let document = try JSONDecoder().decode(Got.self, from: Data(got.output.utf8))
                #expect(document.name == "alice/model" && document.proof == "signed", "\(got.output)")
            }
        }

        @Test("the agent gives what was mirrored, unless --no-auto-share says no", .timeLimit(.minutes(3)))
        func giving() async throws {
            try await withScene { scene in
                _ = try await pushModel(scene, "alice/model", seed: 910)
                let shoal = try machine(scene, "mirror")
                let agent = try await RunningAgent.start(shoal)
                let quiet = try await mirror(shoal, "alice/model", "--no-auto-share", "--no-broadcast")
                #expect(!quiet.seeding)
                #expect(try await agent.ask("/v1/transfers", authorized: true).text.contains("\"seed\"") == false)
                let given = try await mirror(shoal, "alice/model")
                #expect(given.seeding && given.unchanged)
                try await poll { try await agent.ask("/v1/transfers", authorized: true).text.contains("\"seeding\"") }
                let listed = try await shoal.run("list", "--json").expecting(0).output
                #expect(listed.contains("\"mirrored\"") && listed.contains(given.commit))
                try await agent.stop()
            }
        }

        @Test("--follow has the agent mirror each new commit, and --no-follow ends that", .timeLimit(.minutes(4)))
        func following() async throws {
            try await withScene { scene in
                let source = try await pushModel(scene, "alice/model", seed: 920)
                let shoal = try machine(scene, "mirror")
                let agent = try await RunningAgent.start(shoal)
                let first = try await mirror(shoal, "alice/model", "--follow", "--interval", "1s", "--keep", "1")
                #expect(first.follower == "agent" && first.seeding)
                try await writeText("more\n", to: source + "/more.txt")
                try await scene.shoal.run("push", "alice/model", source).expecting(0)

                struct Listed: Decodable {
                    var version: String
                    var state: String
                }
                func versions() async throws -> [Listed] {
                    let text = try await shoal.run("list", "--json").expecting(0).output
                    return try JSONDecoder().decode([Listed].self, from: Data(text.utf8))
                }
                try await poll {
                    try await versions().contains { $0.version != first.version && $0.state == "seeding" }
                }
                // Of the two, one is given.
                try await poll { try await versions().first { $0.version == first.version }?.state == "not shared" }
                let ended = try await shoal.run("mirror", "alice/model", "--no-follow", "--json").expecting(0).output
                #expect(ended.contains("\"was_followed\": true") || ended.contains("\"was_followed\":true"), "\(ended)")
                #expect(try filesBelow(scene.fixture.path("mirror-publish/follow")).isEmpty)
                try await agent.stop()
            }
        }

        @Test("without an agent the command follows by itself until it is ended", .timeLimit(.minutes(4)))
        func followingAlone() async throws {
            try await withScene { scene in
                let source = try await pushModel(scene, "alice/model", seed: 930)
                let shoal = try machine(scene, "mirror")
                let process = try shoal.start("mirror", "alice/model", "--follow", "--interval", "1s")
                try await process.wait(until: "that it follows") { _ in
                    process.output.contains("until this command is ended")
                }
                try await writeText("more\n", to: source + "/more.txt")
                try await scene.shoal.run("push", "alice/model", source).expecting(0)
                try await process.wait(until: "the next commit") { _ in
                    process.output.components(separatedBy: "until this command is ended").count > 2
                }
                process.signal(SIGINT)
                _ = try await process.wait(timeout: .seconds(30))
                let list = try await shoal.run("list", "--json").expecting(0).output
                #expect(list.components(separatedBy: "alice/model").count > 2, "\(list)")
            }
        }

        @Test(
            "private repositories, missing licences and hubs that are away are refused in words",
            .timeLimit(.minutes(3)))
        func refusals() async throws {
            try await withScene { scene in
                _ = try await pushModel(scene, "alice/closed", seed: 940, arguments: ["--private"])
                try await scene.pushParts(to: "alice/bare", seed: 945)
                let owner = try machine(scene, "owner", token: scene.token)
                try await requireTrouble(owner, "not_public", "private", ["mirror", "alice/closed"])
                #expect(!exists(owner.cache + "/models--alice--closed"))
                let stranger = try machine(scene, "stranger")
                try requireRefused(try await stranger.run("mirror", "alice/closed"))
                try await requireTrouble(stranger, "no_licence", "licence", ["mirror", "alice/bare"])
                let named = try await mirror(stranger, "alice/bare", "--license", "mit")
                #expect(named.license == "mit")

                try requireRefused(try await stranger.run("mirror", "alice/bare", "--depth=-1"), code: 2)
                try requireRefused(try await stranger.run("mirror", "alice/bare", "--interval", "0s"), code: 2)
                try requireRefused(try await stranger.run("mirror", "git@host:alice/bare"))
                try requireRefused(try await stranger.run("mirror", "spaces/alice/app"))
                try requireRefused(
                    try await stranger.run("mirror", "alice/bare", "--revision", named.commit, "--follow"), code: 2)
                var alone = try machine(scene, "alone")
                alone.endpoint = "http://127.0.0.1:9"
                let away = try await alone.run("mirror", "alice/bare")
                try requireRefused(away)
                #expect(away.errors.contains("127.0.0.1:9"))
            }
        }

        @Test("--depth publishes history that git clones, --skip-lfs leaves large files out", .timeLimit(.minutes(4)))
        func history() async throws {
            try await withScene { scene in
                let source = try await pushModel(scene, "alice/model", seed: 950)
                try await writeText("more\n", to: source + "/more.txt")
                try await scene.shoal.run("push", "alice/model", source).expecting(0)
                let shoal = try machine(scene, "mirror")
                let small = try await mirror(shoal, "alice/model", "--skip-lfs", "--depth", "1")
                #expect(small.version == small.commit + "+small" && small.received_bytes < 1_000_000)
                #expect(!exists(small.folder + "/model 1.safetensors") && small.left_out.count == 1)
                #expect(try readBytes(small.folder + "/more.txt") == Array("more\n".utf8))
                let history = try #require(small.history)
                #expect(history.name == "alice/model-git")
                var git = try await GitClient(fixture: scene.fixture, token: nil)
                git.environment["GIT_LFS_SKIP_SMUDGE"] = "1"
                let clone = scene.fixture.path("clone")
                try await git.run("clone", history.folder, clone).expecting(0)
                #expect(try await git.run("rev-parse", "HEAD", in: clone).expecting(0).trimmed == small.commit)
                #expect(try await git.run("rev-list", "--count", "HEAD", in: clone).expecting(0).trimmed == "1")
                #expect(try readBytes(clone + "/more.txt") == Array("more\n".utf8))

                // What came over a torrent is a repository too.
                let taken = scene.fixture.path("taken")
                let torrent = scene.fixture.path("mirror-publish/torrents/alice/model-git/main.torrent")
                let agent = try await RunningAgent.start(shoal)
                let status = try await agent.ask("/v1/status", authorized: true)
                let port = try #require((try status.member("torrents") as? [String: Any])?["port"] as? Int)
                var other = try machine(scene, "taker")
                other.endpoint = "http://127.0.0.1:9"
                try await other.run(
                    "get", torrent, "-o", taken, "--no-seed", "--peer", "127.0.0.1:\(port)", "--timeout", "60"
                ).expecting(0)
                try await git.run("fsck", "--full", in: taken).expecting(0)
                #expect(try await git.run("rev-parse", "HEAD", in: taken).expecting(0).trimmed == small.commit)
                try await agent.stop()
            }
        }

        @Test("a mirror that was killed continues", .timeLimit(.minutes(4)))
        func killed() async throws {
            try await withScene { scene in
                let source = try await pushModel(scene, "alice/model", seed: 960)
                let shoal = try machine(scene, "mirror")
                let process = try shoal.start("mirror", "alice/model", "--limit-rate", "1M")
                try await poll { exists(shoal.cache) }
                try await Task.sleep(for: .seconds(1))
                process.signal(SIGKILL)
                _ = try await process.wait(timeout: .seconds(30))
                let done = try await mirror(shoal, "alice/model")
                try await requireModel(source, done.folder)
                #expect(try await mirror(shoal, "alice/model").unchanged)
            }
        }
    }
}

/// Waits, up to a minute, until something is so.
private func poll(
    sourceLocation: SourceLocation = #_sourceLocation, _ isSo: () async throws -> Bool
) async throws {
    for _ in 0..<600 {
        if try await isSo() { return }
        try await Task.sleep(for: .milliseconds(100))
    }
    Issue.record("it did not come about", sourceLocation: sourceLocation)
    throw TestFailure("it did not come about")
}

import Foundation
import TestSupport
import Testing

/// What a user is told when the surroundings are at fault: each its own code, sentence and hint.
extension Integration {
    @Suite struct TroubleTests {
        @Test("the hub is away, in one of several ways", .timeLimit(.minutes(2)))
        func absence() async throws {
            try await withFixture { fixture in
                var shoal = ShoalClient(fixture: fixture, endpoint: "http://127.0.0.1:9", token: nil)
                try await requireTrouble(shoal, "connection_refused", "nothing answers at http://127.0.0.1:9")
                shoal.endpoint = "http://no-such-host.invalid"
                try await requireTrouble(shoal, "host_not_found", "the name no-such-host.invalid has no address")
                let silent = try SilentServer.start(in: fixture)
                shoal.endpoint = "http://127.0.0.1:\(silent.port)"
                shoal.environment["HF_HUB_ETAG_TIMEOUT"] = "0.3"
                try await requireTrouble(shoal, "timed_out", "did not answer within 0.3 seconds")
                shoal.environment["HTTP_PROXY"] = "http://127.0.0.1:9"
                try await requireTrouble(shoal, "proxy", "nothing answers at the proxy http://127.0.0.1:9")
            }
        }

        @Test("the hub's certificate is at fault", .timeLimit(.minutes(2)))
        func certificates() async throws {
            try await withFixture { fixture in
                let server = try await TLSServer.start(in: fixture, .selfSigned)
                let shoal = ShoalClient(fixture: fixture, endpoint: "https://localhost:\(server.port)", token: nil)
                try await requireTrouble(shoal, "certificate_self_signed", "is self-signed")
            }
        }

        @Test("what answers is not a hub, or a page of the network", .timeLimit(.minutes(2)))
        func otherServers() async throws {
            try await withScene { scene in
                let proxy = try scene.proxy()
                let page: [(String, String)] = [("Content-Type", "text/html")]
                proxy.inject(Fault(times: 1, .respond(status: 200, headers: page, body: Array("<html>".utf8))))
                try await requireTrouble(scene.freshShoal("a", through: proxy), "not_a_hub", "a web page")
                proxy.heal()
                proxy.inject(Fault(times: 1, .respond(status: 511, headers: page, body: [])))
                try await requireTrouble(scene.freshShoal("b", through: proxy), "captive_portal", "a page of its own")
            }
        }

        @Test("names are wrong", .timeLimit(.minutes(2)))
        func names() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await writeText("hello\n", to: folder + "/config.json")
                try await scene.shoal.push("alice/model", folder)
                try await requireTrouble(scene.shoal, "repo_not_found", "was not found", ["pull", "alice/modle"])
                try await requireTrouble(
                    scene.shoal, "revision_not_found", "has no revision 'mian'",
                    ["pull", "alice/model", "--revision", "mian"])
                let near = try await scene.shoal.run("pull", "alice/model", "confg.json")
                #expect(near.errors.contains("hint: did you mean 'config.json'?"), "\(near.errors)")
                let revision = try await scene.shoal.run("pull", "alice/model", "--revision", "mian")
                #expect(revision.errors.contains("hint: did you mean 'main'?"), "\(revision.errors)")
                try await requireTrouble(
                    scene.shoal, "no_match", "none of the", ["pull", "alice/model", "--include", "*.gguf"])
                var reader = scene.freshShoal("reader")
                reader.token = try await scene.hub.token(user: "alice", role: "read")
                try await requireTrouble(
                    reader, "no_write_access", "the token may not write",
                    ["push", "alice/model", folder + "/config.json", "x"])
                var stranger = scene.freshShoal("stranger")
                stranger.token = "hf_" + String(repeating: "A", count: 34)
                try await requireTrouble(stranger, "bad_token", "does not accept the token")
            }
        }

        @Test(
            "a disk that fills up, before and during the transfer", .timeLimit(.minutes(2)),
            .enabled(if: UserNamespace.canMount, "\(UserNamespace.absent)"))
        func fullDisk() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleModel.write(to: folder, megabytes: 16, seed: 5)
                try await scene.shoal.push("alice/model", folder)
                let result = try await pull(scene, onDisk: "size=8m")
                try requireRefused(result)
                #expect(
                    result.output.contains(#""code":"no_space""#) && result.errors.contains("are missing"),
                    "\(result.errors)")
            }
        }

        @Test(
            "a cache that may not be written", .timeLimit(.minutes(1)),
            .enabled(if: UserNamespace.canMount, "\(UserNamespace.absent)"))
        func readOnlyCache() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await writeText("hello\n", to: folder + "/a.txt")
                try await scene.shoal.push("alice/model", folder)
                let result = try await pull(scene, onDisk: "ro")
                try requireRefused(result)
                #expect(result.output.contains(#""code":"read_only""#), "\(result.errors)")
                #expect(result.errors.contains("--cache-dir"), "\(result.errors)")
            }
        }

        /// Pulls with the cache on a disk of its own, in a mount namespace of its own.
        private func pull(_ scene: Scene, onDisk options: String) async throws -> ProcessResult {
            let folder = try scene.fixture.directory("disk")
            let command = try scene.shoal.command(["pull", "alice/model", "--json", "--cache-dir", folder])
            let script = "mount -t tmpfs -o \(options) none '\(folder)' && exec \"$@\""
            return try await scene.fixture.run(
                Command(
                    "/usr/bin/unshare", ["-rm", "sh", "-c", script, "sh", command.program] + command.arguments,
                    environment: command.environment, label: "disk"))
        }
    }
}

import Foundation
import TestSupport
import Testing

extension Integration {
    /// Torrents in the agent: real engines, on loopback, without a DHT to speak of.
    @Suite struct AgentTorrentTests {
        private let json = ["Content-Type": "application/json"]

        private func client(_ fixture: Fixture, _ name: String = "giver") throws -> ShoalClient {
            var shoal = RunningAgent.client(fixture, upstream: "http://127.0.0.1:9", home: name)
            shoal.environment["SHOAL_HOME"] = fixture.path(name + "-publish")
            shoal.environment["SHOAL_PUBLISH_CONFIG"] = fixture.path(name + ".yaml")
            try Data("network:\n  dht_enabled: false\ndaemon:\n  auto_start: false\n".utf8)
                .write(to: URL(fileURLWithPath: fixture.path(name + ".yaml")))
            return shoal
        }

        private func model(_ fixture: Fixture, seed: UInt64 = 700) async throws -> String {
            let folder = try fixture.directory("model\(seed)")
            try FileManager.default.createDirectory(atPath: folder + "/sub", withIntermediateDirectories: true)
            try await SampleContent.random.write(3_000_000, seed: seed, to: folder + "/sub/model.safetensors")
            try writeBytes(Array("{}".utf8), to: folder + "/config.json")
            return folder
        }

        private func writeBytes(_ bytes: [UInt8], to path: String) throws {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        }

        private func transfers(_ agent: RunningAgent, _ query: String = "") async throws -> [[String: Any]] {
            let reply = try await agent.ask("/v1/transfers" + query, authorized: true)
            try #require(reply.status == 200, "\(reply.text)")
            return try #require(try reply.member("transfers") as? [[String: Any]])
        }

        /// The first transfer, once it is in a phase.
        private func transfer(
            _ agent: RunningAgent, until isRight: ([String: Any]) -> Bool
        ) async throws -> [String: Any] {
            for _ in 0..<300 {
                let all = try await transfers(agent)
                if let found = all.first(where: isRight) { return found }
                try await Task.sleep(for: .milliseconds(100))
            }
            throw TestFailure("no transfer is as it should be: \(try await transfers(agent))")
        }

        @Test(
            "shared over REST, given again after a kill without a check, paused, resumed, got by another agent, cancelled",
            .timeLimit(.minutes(3)))
        func life() async throws {
            try await withFixture("torrents") { fixture in
                let shoal = try client(fixture)
                let folder = try await model(fixture)
                let first = try await RunningAgent.start(shoal)
                let shared = try await first.ask(
                    "/v1/models/share", method: "POST", headers: json,
                    body: #"{"path":"\#(folder)","name":"me/model","license":"mit"}"#, authorized: true)
                try #require(shared.status == 200, "\(shared.text)")
                let id = try #require(try shared.member("transfer_id") as? String)
                let hash = try #require(try shared.member("info_hash") as? String)
                let seed = try await transfer(first) { $0["phase"] as? String == "seeding" }
                #expect(seed["id"] as? String == id && seed["info_hash"] as? String == hash)
                first.process.signal(SIGKILL)
                _ = try await first.process.wait()

                // A check would leave its mark: the file is read by nobody.
                let second = try await RunningAgent.start(shoal)
                let again = try await transfer(second) { $0["id"] as? String == id }
                #expect(again["phase"] as? String == "seeding", "\(again)")
                let paused = try await second.ask("/v1/transfers/\(id)/pause", method: "PUT", authorized: true)
                #expect(paused.status == 200, "\(paused.text)")
                try await second.stop()

                let third = try await RunningAgent.start(shoal)
                #expect(try await transfers(third, "?status=paused").count == 1)
                #expect(
                    try await third.ask("/v1/transfers/\(id)/resume", method: "POST", authorized: true).status == 200)
                _ = try await transfer(third) { $0["phase"] as? String == "seeding" }
                let status = try await third.ask("/v1/status", authorized: true)
                let torrents = try #require(try status.member("torrents") as? [String: Any])
                let port = try #require(torrents["port"] as? Int)
                #expect(torrents["available"] as? Bool == true && torrents["active"] as? Int == 1)
                #expect(try await shoal.run("status").expecting(0).output.contains("me/model@main: seeding"))

                let taker = try await RunningAgent.start(try client(fixture, "taker"))
                let magnet = "magnet:?xt=urn:btih:\(hash)&x.pe=127.0.0.1:\(port)"
                let begun = try await taker.ask(
                    "/api/v1/models/download", method: "POST", headers: json, body: #"{"magnet":"\#(magnet)"}"#,
                    authorized: true)
                #expect(begun.status == 202, "\(begun.text)")
                let done = try await transfer(taker) { $0["status"] as? String == "completed" }
                #expect(done["model_name"] as? String == "me/model", "\(done)")
                _ = try await transfer(taker) { $0["type"] as? String == "seed" && $0["phase"] as? String == "seeding" }
                let detail = try await taker.ask("/v1/models/me%2Fmodel", authorized: true)
                let path = try #require(try detail.member("path") as? String)
                #expect(try detail.member("origin") as? String == "got")
                #expect(
                    try await difference(
                        between: folder + "/sub/model.safetensors", and: path + "/sub/model.safetensors") == nil)

                // Files below Shoal's own folder can be deleted, those of the user cannot.
                let refused = try await third.ask(
                    "/v1/models/me/model", method: "DELETE", headers: json, body: #"{"delete_files":true}"#,
                    authorized: true)
                #expect(try refused.status == 409 && refused.member("code") as? String == "not_ours")
                #expect(exists(folder + "/config.json"))
                let deleted = try await taker.ask(
                    "/v1/models/me/model", method: "DELETE", headers: json, body: #"{"delete_files":true}"#,
                    authorized: true)
                #expect(deleted.status == 200 && !exists(path), "\(deleted.text)")
                #expect(try await taker.ask("/v1/models/me/model", authorized: true).status == 404)

                #expect(try await third.ask("/v1/transfers/\(id)", method: "DELETE", authorized: true).status == 200)
                #expect(try await transfers(third, "?status=active").isEmpty)
                try await third.stop()
                try await taker.stop()
            }
        }

        @Test("a file that was changed is not given and is left as it is", .timeLimit(.minutes(2)))
        func changed() async throws {
            try await withFixture("changed") { fixture in
                let shoal = try client(fixture)
                let folder = try await model(fixture)
                try await shoal.run("share", folder, "--name", "me/model", "--license", "mit", "--no-seed").expecting(0)
                let agent = try await RunningAgent.start(shoal)
                let all = try await agent.ask(
                    "/v1/models/share", method: "POST", headers: json, body: #"{"all":true}"#, authorized: true)
                #expect(try all.member("models_shared") as? Int == 1, "\(all.text)")
                _ = try await transfer(agent) { $0["phase"] as? String == "seeding" }

                let file = folder + "/sub/model.safetensors"
                let right = try readBytes(file)
                var wrong = right
                wrong[1_000_000] ^= 1
                try writeBytes(wrong, to: file)
                #expect(try await agent.ask("/v1/registry/rescan", method: "POST", authorized: true).status == 200)
                let stopped = try await transfer(agent) { $0["status"] as? String == "failed" }
                #expect((stopped["error"] as? String)?.contains("not what was shared") == true, "\(stopped)")
                #expect(try readBytes(file) == wrong)

                try FileManager.default.removeItem(atPath: file)
                _ = try await agent.ask("/v1/registry/rescan", method: "POST", authorized: true)
                let missing = try await transfer(agent) { $0["status"] as? String == "failed" }
                #expect((missing["error"] as? String)?.contains("is missing") == true)
                try writeBytes(right, to: file)
                _ = try await agent.ask("/v1/registry/rescan", method: "POST", authorized: true)
                _ = try await transfer(agent) { $0["phase"] as? String == "seeding" }
                try await agent.stop()
            }
        }

        @Test("the routes take no nonsense, and nobody without the token", .timeLimit(.minutes(2)))
        func doors() async throws {
            try await withFixture("doors") { fixture in
                let agent = try await RunningAgent.start(try client(fixture))
                for path in [
                    "/v1/models/a/b", "/v1/transfers", "/v1/transfers/x1", "/v1/discover", "/api/v1/models",
                    "/api/v1/status",
                ] {
                    #expect(try await agent.ask(path).status == 401, "\(path)")
                    let strange = try await agent.ask(path, headers: ["Host": "evil.example"], authorized: true)
                    #expect(strange.status == 403, "\(path)")
                }
                let posts = ["/v1/models/share", "/v1/models/download", "/v1/registry/rescan", "/api/v1/models/share"]
                for path in posts {
                    #expect(try await agent.ask(path, method: "POST", headers: json, body: "{}").status == 401)
                    let other = ["Origin": "http://evil.example"].merging(json) { $1 }
                    let reply = try await agent.ask(path, method: "POST", headers: other, body: "{}", authorized: true)
                    #expect(reply.status == 403, "\(path)")
                    #expect(try await agent.ask(path, authorized: true).status == 405, "\(path)")
                }
                let cases: [(String, String, Int)] = [
                    ("/v1/models/download", "{}", 400), ("/v1/models/download", #"{"model_name":"../../etc"}"#, 400),
                    ("/v1/models/download", #"{"model_name":"a/b","output":"x"}"#, 400),
                    ("/v1/models/share", #"{"path":"relative"}"#, 400), ("/v1/models/share", #"{"what":1}"#, 400),
                    ("/v1/models/share", #"{"path":"/nowhere/at-all","name":"a/b","license":"mit"}"#, 400),
                    ("/v1/models/share", #"{"repo_url":"--help"}"#, 400),
                ]
                for (path, body, status) in cases {
                    let reply = try await agent.ask(path, method: "POST", headers: json, body: body, authorized: true)
                    #expect(reply.status == status, "\(path) \(body): \(reply.text)")
                    #expect(try reply.member("error") is String, "\(reply.text)")
                }
                let gets: [(String, Int)] = [
                    ("/v1/models/a/b", 404), ("/v1/models/..%2F..%2Fetc", 400), ("/v1/models/%ZZ/b", 400),
                    ("/v1/models/a/b?version=..", 400), ("/v1/transfers/x99", 404), ("/v1/transfers?status=odd", 400),
                    ("/v1/transfers/x99/pause", 404), ("/v1/registry/nothing", 404),
                ]
                for (path, status) in gets {
                    #expect(try await agent.ask(path, authorized: true).status == status, "\(path)")
                }
                #expect(try await agent.ask("/v1/models/a/b", method: "DELETE", authorized: true).status == 404)
                let models = try await agent.ask("/api/v1/models", authorized: true)
                #expect(try models.member("count") as? Int == 0)
                #expect(try await agent.ask("/v1/models", authorized: true).text == "[]")
                try await agent.stop()
            }
        }

        @Test("with peers switched off there are no torrents, and the status says so", .timeLimit(.minutes(1)))
        func off() async throws {
            try await withFixture("off") { fixture in
                var shoal = try client(fixture)
                shoal.environment["SHOAL_P2P"] = "0"
                let agent = try await RunningAgent.start(shoal)
                let status = try await agent.ask("/v1/status", authorized: true)
                let torrents = try #require(try status.member("torrents") as? [String: Any])
                #expect(torrents["available"] as? Bool == false && torrents["reason"] is String)
                let reply = try await agent.ask("/v1/transfers", authorized: true)
                #expect(try reply.status == 503 && reply.member("code") as? String == "no_torrents")
                #expect(try await shoal.run("status").expecting(0).output.contains("torrents    none"))
                try await agent.stop()
            }
        }
    }
}

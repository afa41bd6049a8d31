import Foundation
import TestSupport
import Testing

/// What `shoal doctor` finds and packs, and tokens for jobs without one.
extension Integration {
    @Suite struct DoctorTests {
        private static let repo = "alice/model"

        private struct Report: Decodable {
            struct Entry: Decodable {
                var name: String
                var value: String
                var source: String
            }
            struct Check: Decodable {
                var name: String
                var finding: String
                var detail: String
                var code: String?
            }
            var settings: [Entry]
            var checks: [Check]

            init(_ result: ProcessResult) throws {
                self = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
            }

            func check(_ name: String) -> Check? { checks.first { $0.name == name } }
            func source(_ name: String) -> String? { settings.first { $0.name == name }?.source }
        }

        private func push(_ scene: Scene) async throws -> String {
            let folder = try scene.fixture.directory("source")
            try await SampleContent.random.write(2 << 20, seed: 461, to: folder + "/model.bin")
            try await scene.shoal.push(Self.repo, folder)
            return folder
        }

        @Test("a healthy way is found healthy, up to the first byte, and sources are named", .timeLimit(.minutes(1)))
        func healthy() async throws {
            try await withScene { scene in
                _ = try await push(scene)
                var shoal = scene.shoal
                try await writeText(#"{"limit_upload": "9M"}"#, to: scene.fixture.path("c.json"))
                shoal.environment["SHOAL_CONFIG"] = scene.fixture.path("c.json")
                let result = try await shoal.run("doctor", Self.repo, "--json", "--limit-rate", "5M").expecting(0)
                let report = try Report(result)
                #expect(report.checks.allSatisfy { $0.finding == "ok" || $0.finding == "warning" }, "\(result.output)")
                for name in ["cache", "state", "hub", "clock", "token", "storage", "data"] {
                    #expect(report.check(name) != nil, "\(name)")
                }
                #expect(report.check("token")?.detail.hasPrefix("alice") == true)
                #expect(report.check("data")?.detail.contains("206") == true)
                #expect(report.source("endpoint") == "HF_ENDPOINT" && report.source("token") == "HF_TOKEN")
                #expect(report.source("limit rate") == "--limit-rate")
                #expect(report.source("limit upload") == "settings file" && report.source("CA file") == "default")
                #expect(!result.output.contains(scene.token))
            }
        }

        @Test("what is ill is named, with its code, and the exit code says so", .timeLimit(.minutes(1)))
        func ill() async throws {
            try await withScene { scene in
                let result = try await scene.shoal.run(
                    "doctor", "--json", "--endpoint", "http://127.0.0.1:9", "--endpoint", scene.hub.url)
                #expect(result.code == 1)
                let hubs = try Report(result).checks.filter { $0.name == "hub" }
                #expect(hubs.map(\.finding) == ["failed", "ok"] && hubs[0].code == "connection_refused")

                let library = try await Machine.build(in: scene.fixture)
                for (seconds, word) in [(7200, "ahead of"), (-7200, "behind")] {
                    let wrong = scene.shoal("clock\(seconds)", on: "clock=\(seconds),nosymlink", library: library)
                    let report = try Report(try await wrong.run("doctor", "--json"))
                    let clock = try #require(report.check("clock"))
                    #expect(clock.finding == "failed" && clock.code == "clock_wrong", "\(clock)")
                    #expect(clock.detail.contains(word), "\(clock.detail)")
                    #expect(report.check("cache")?.detail.contains("no links") == true)
                }
            }
        }

        private func unpack(_ path: String, _ scene: Scene) async throws -> String {
            let folder = try scene.fixture.directory("unpacked")
            try await scene.fixture.run(
                Command("/usr/bin/env", ["tar", "-xf", path, "-C", folder], environment: ["PATH": "/usr/bin:/bin"])
            ).expecting(0)
            return folder
        }

        private func text(_ file: String) throws -> String { String(decoding: try readBytes(file), as: UTF8.self) }

        @Test(
            "a hub that never answers: Ctrl-C, SIGTERM and the time limit leave an archive, and no process behind",
            .timeLimit(.minutes(2)), arguments: [SIGINT, SIGTERM, 0])
        func hang(_ signal: Int32) async throws {
            try await withScene { scene in
                _ = try await push(scene)
                let proxy = try scene.proxy()
                // Slow enough to be at it for minutes, which is what a user takes for a hang.
                proxy.limit(bytesPerSecond: 8 << 10)
                let shoal = scene.freshShoal("sick", through: proxy)
                let path = scene.fixture.path("report.tar")
                let target = scene.fixture.path("target")
                let limit = signal == 0 ? ["--stop-after", "0.1"] : []
                let words =
                    ["doctor", "--json", "--bundle", path] + limit + ["--", "pull", Self.repo, "--local-dir", target]
                let process = try scene.fixture.start(shoal.command(words))
                try await process.wait(until: "the command runs") { $0.errors.contains("running: shoal pull") }
                #expect(exists(path), "there is an archive before the command ends")
                if signal != 0 {
                    try await Task.sleep(for: .seconds(2))
                    process.signal(signal)
                }
                let result = try await process.wait(timeout: .seconds(40))
                #expect(signal == 0 ? [0, 1].contains(result.code) : result.code == 128 + signal, "\(result.status)")
                // One document, whatever the command printed.
                let document = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
                #expect((document?["run"] as? String)?.contains("stopped") == true, "\(result.output)")
                let folder = try await unpack(path, scene)
                #expect(try text(folder + "/run/command.txt").contains("stopped"))
                #expect(try text(folder + "/run/threads.txt").contains("wchan"))
                #expect(try text(folder + "/run/stacks.txt").contains("stack of thread "))
                #expect(try !exists(target + "/model.bin") && text(folder + "/doctor.json").contains("stopped"))
                let bytes = proxy.responseBytes
                try await Task.sleep(for: .seconds(1))
                #expect(proxy.responseBytes == bytes, "the command still runs")
            }
        }

        @Test("an interrupted examination leaves what is known so far", .timeLimit(.minutes(1)))
        func interruptedExamination() async throws {
            try await withScene { scene in
                let proxy = try scene.proxy()
                proxy.inject(Fault(prefix: "/api/", .hang))
                let path = scene.fixture.path("report.tar")
                let process = try scene.freshShoal("sick", through: proxy).start("doctor", "--json", "--bundle", path)
                try await process.wait(until: "a report is there") { _ in exists(path) }
                try await Task.sleep(for: .seconds(1))
                process.signal(SIGINT)
                let result = try await process.wait(timeout: .seconds(20))
                #expect(result.code == 130)
                let report = try Report(result)
                #expect(report.check("cache") != nil && report.check("hub")?.finding == "skipped", "\(result.output)")
                #expect(try text(try await unpack(path, scene) + "/doctor.json").contains("\"cache\""))
            }
        }

        @Test("stacks come from a debugger where there is one, and else it is said", .timeLimit(.minutes(2)))
        func debugger() async throws {
            try await withScene { scene in
                _ = try await push(scene)
                let proxy = try scene.proxy()
                proxy.limit(bytesPerSecond: 256 << 10)
                let tools = try scene.fixture.directory("tools")
                try await writeText("#!/bin/sh\necho frames of $4, asked with $1 $2\n", to: tools + "/eu-stack")
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: tools + "/eu-stack")
                for (folders, expected) in [
                    (tools, "frames of "), (scene.fixture.path("nothing"), "no eu-stack and no gdb"),
                ] {
                    var shoal = scene.freshShoal("sick-\(expected.count)", through: proxy)
                    shoal.environment["PATH"] = folders
                    let path = scene.fixture.path("report-\(expected.count).tar")
                    let result = try await shoal.run(
                        "doctor", "--json", "--bundle", path, "--", "pull", Self.repo, "--json")
                    #expect(result.code == 0)
                    _ = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
                    let folder = try await unpack(path, scene)
                    let told = try text(folder + "/run/debugger.txt")
                    #expect(told.contains(expected) && told.contains("-n 64") == (folders == tools), "\(told)")
                    #expect(try text(folder + "/run/output.txt").contains("{"))
                }
            }
        }

        @Test("a storage that is ill, or behind a socket, is judged by what it answers", .timeLimit(.minutes(1)))
        func storage() async throws {
            try await withScene { scene in
                _ = try await push(scene)
                for (status, finding) in [(503, "failed"), (401, "failed"), (404, "ok")] {
                    let proxy = try scene.proxy()
                    proxy.inject(
                        Fault(
                            method: "GET", contains: "/v1/reconstructions/000000",
                            .respond(status: status, headers: [], body: [])))
                    let result = try await scene.freshShoal("home-\(status)", through: proxy).run(
                        "doctor", Self.repo, "--json")
                    let found = try #require(try Report(result).check("storage"))
                    #expect(found.finding == finding && found.detail.contains("\(status)"), "\(found)")
                }
                var shoal = scene.freshShoal("socket")
                shoal.environment["HF_XET_CLIENT_UNIX_SOCKET_PATH"] = scene.fixture.path("no.sock")
                let result = try await shoal.run("doctor", Self.repo, "--json")
                #expect(result.code == 1)
                let found = try Report(result)
                #expect(found.check("storage")?.finding == "failed" && found.check("hub")?.finding == "ok")
            }
        }

        @Test("a report for a bug has all that helps, and no secret", .timeLimit(.minutes(2)))
        func bundle() async throws {
            try await withScene { scene in
                _ = try await push(scene)
                let proxy = try scene.proxy()
                proxy.limit(bytesPerSecond: 1 << 20)
                let shoal = scene.freshShoal("sick", through: proxy)
                let path = scene.fixture.path("report.tar")
                let target = scene.fixture.path("target")
                try await shoal.run(
                    "doctor", "--bundle", path, "--", "pull", Self.repo, "--local-dir", target, "--token", scene.token
                ).expecting(0)
                let folder = try await unpack(path, scene)
                func text(_ name: String) throws -> String {
                    String(decoding: try readBytes(folder + "/" + name), as: UTF8.self)
                }
                #expect(try text("run/command.txt").contains("--token ***"))
                #expect(try text("run/debugger.txt").count > 10)
                #expect(try text("run/command.txt").contains("exit code 0"))
                #expect(try text("run/threads.txt").contains("wchan") && text("run/threads.txt").contains("thread "))
                let stacks = try text("run/stacks.txt")
                #expect(stacks.hasPrefix("ready\n") && stacks.contains("stack of thread "), "\(stacks.prefix(500))")
                let lines = stacks.components(separatedBy: "\n")
                let threads = lines.count { $0.hasPrefix("stack of thread ") }
                // Each tells at least of the handler and of what it interrupted.
                #expect(lines.count { $0.contains("[0x") } >= 2 * threads, "\(stacks)")
                #expect(try text("run/log.txt").contains("curl"))
                #expect(try text("machine.txt").contains("system Linux"))
                #expect(try text("doctor.json").contains("\"checks\""))
                for file in try filesBelow(folder) {
                    let content = String(decoding: try readBytes(file), as: UTF8.self)
                    #expect(!content.contains(scene.token), "\(file)")
                }
                #expect(exists(target + "/model.bin"))
                try requireRefused(try await shoal.run("doctor", "--bundle", path), code: 2)
                let page = scene.hub.url + "/alice/model/tree/main"
                let wrong = try await scene.shoal.run(
                    "doctor", page, "--quiet", "--bundle", path, "--force", "--", "shoal", "pull")
                #expect(wrong.code == 2 && wrong.output == path + "\n", "\(wrong.output)")
                try requireRefused(try await shoal.run("doctor", "--", "pull", Self.repo), code: 2, hint: false)
            }
        }

        @Test("a job's identity is exchanged for a token, once, and a refusal is said", .timeLimit(.minutes(1)))
        func trustedPublisher() async throws {
            try await withScene { scene in
                let folder = try await push(scene)
                let proxy = try scene.proxy()
                let reply = #"{"access_token":"\#(scene.token)","token_type":"bearer","expires_in":3600}"#
                let json = [("Content-Type", "application/json")]
                proxy.inject(
                    Fault(
                        method: "POST", prefix: "/oauth/token",
                        .respond(status: 200, headers: json, body: Array(reply.utf8))))
                proxy.inject(
                    Fault(
                        method: "GET", prefix: "/ci/token",
                        .respond(status: 200, headers: json, body: Array(#"{"value":"id-token"}"#.utf8))))
                var shoal = scene.freshShoal("ci", through: proxy)
                shoal.token = nil
                shoal.environment = [
                    "HF_OIDC_RESOURCE": Self.repo, "GITHUB_ACTIONS": "true",
                    "ACTIONS_ID_TOKEN_REQUEST_URL": proxy.url + "/ci/token?v=1", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t",
                ]
                try await SampleContent.text.write(9_000, seed: 462, to: folder + "/new.txt")
                try await shoal.push(Self.repo, folder)
                #expect(proxy.requests.count { $0.target == "/oauth/token" } == 1)
                let asked = try #require(proxy.requests.first { $0.target.hasPrefix("/ci/token") })
                #expect(asked.target.contains("&audience=http") && asked.header("Authorization") == "Bearer t")

                for environment in [["HF_OIDC_RESOURCE": "x"], ["HF_OIDC_RESOURCE": "x", "GITHUB_ACTIONS": "true"]] {
                    shoal.environment = environment
                    let result = try await shoal.run("whoami", "--json")
                    try requireRefused(result)
                    #expect(result.output.contains(#""code":"token_exchange""#), "\(result.output)")
                }
                proxy.heal()
                shoal.environment = ["HF_OIDC_RESOURCE": "x", "HF_OIDC_ID_TOKEN": "bad"]
                let refused = try await shoal.run("whoami", "--json")
                try requireRefused(refused)
                #expect(refused.output.contains(#""code":"token_exchange""#) && !refused.errors.contains("bad\""))
            }
        }
    }
}

import Foundation
import TestSupport
import Testing

extension Integration {
    @Suite struct AgentControlTests {
        @Test("the control API answers the user and nobody else", .timeLimit(.minutes(2)))
        func doors() async throws {
            try await withScene { scene in
                let agent = try await RunningAgent.start(RunningAgent.client(scene.fixture, upstream: scene.hub.url))
                let health = try await agent.ask("/v1/health")
                #expect(try health.status == 200 && health.member("status") as? String == "ok")
                for path in ["/v1/status", "/v1/models", "/v1/events", "/v1/pulls/p1", "/v1/nothing"] {
                    let reply = try await agent.ask(path)
                    #expect(try reply.status == 401 && reply.member("code") as? String == "unauthorized", "\(path)")
                }
                for path in ["/v1/stop", "/v1/pull"] {
                    #expect(try await agent.ask(path, method: "POST", body: "{}").status == 401)
                    let wrong = ["Authorization": "Bearer \(String(repeating: "x", count: 43))"]
                    #expect(try await agent.ask(path, method: "POST", headers: wrong, body: "{}").status == 401)
                    // What changes something is no GET, which a picture in a page could send.
                    #expect(try await agent.ask(path, authorized: true).status == 405)
                }
                // Pages of other sites, and names that were bent to lead here.
                for path in ["/v1/health", "/v1/status", "/api/models/alice/model", "/"] {
                    for headers in [
                        ["Host": "evil.example:\(agent.port)"], ["Host": "127.0.0.1:1"],
                        ["Origin": "http://evil.example"],
                        ["Origin": "null"], ["Origin": "https://127.0.0.1:\(agent.port)"],
                        ["Sec-Fetch-Site": "cross-site"],
                    ] {
                        let reply = try await agent.ask(path, headers: headers, authorized: true)
                        #expect(reply.status == 403, "\(path) \(headers): \(reply.text)")
                    }
                }
                let own = ["Origin": agent.url, "Sec-Fetch-Site": "same-origin"]
                #expect(try await agent.ask("/v1/status", headers: own, authorized: true).status == 200)
                #expect(try await agent.ask("/v1/health", headers: ["Host": "localhost:\(agent.port)"]).status == 200)

                let json = ["Content-Type": "application/json"]
                let long = #"{"repo":""# + String(repeating: "x", count: 70_000) + #""}"#
                try await writeText(long, to: scene.fixture.path("long.json"))
                let cases: [(String, [String: String], Int)] = [
                    (#"{"repo":"a/b"}"#, [:], 415), ("{", json, 400), (#"{"repo":"a/b","nothing":1}"#, json, 400),
                    ("@" + scene.fixture.path("long.json"), json, 413),
                ]
                for (body, headers, status) in cases {
                    let reply = try await agent.ask(
                        "/v1/pull", method: "POST", headers: headers, body: body, authorized: true)
                    #expect(reply.status == status, "\(body.prefix(40)): \(reply.text)")
                }
                try await agent.stop()
                #expect(!exists(agent.folder + "/agent.json"))
                let token = try agent.token
                #expect(!agent.process.output.contains(token) && !agent.process.errors.contains(token))
            }
        }

        @Test("pulls by the API: a snapshot with patterns, failures, events to the end", .timeLimit(.minutes(2)))
        func pulls() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(3_000_000, seed: 900, to: folder + "/model.safetensors")
                try await writeText("{}", to: folder + "/config.json")
                try await writeText("no", to: folder + "/left.txt")
                try await scene.shoal.push("alice/model", folder)
                let shoal = RunningAgent.client(scene.fixture, upstream: scene.hub.url, token: scene.token)
                let agent = try await RunningAgent.start(shoal)
                let json = ["Content-Type": "application/json"]

                let begun = try await agent.ask(
                    "/v1/pull", method: "POST", headers: json,
                    body: #"{"repo":"alice/model","include":["*.safetensors","*.json"]}"#, authorized: true)
                #expect(begun.status == 202)
                let id = try #require(try begun.member("id") as? String)
                #expect(begun.headers["location"] == "/v1/pulls/\(id)")
                let events = try await agent.ask("/v1/events?pull=\(id)", authorized: true)
                let last = try #require(events.text.split(separator: "\n").last { $0.hasPrefix("data: ") })
                let document = try #require(
                    try JSONSerialization.jsonObject(with: Data(last.dropFirst(6).utf8)) as? [String: Any])
                #expect(document["state"] as? String == "done", "\(events.text)")
                let result = try #require(document["result"] as? [String: Any])
                let path = try #require(result["path"] as? String)
                #expect((result["files"] as? [Any])?.count == 2 && !exists(path + "/left.txt"))
                #expect(
                    try await difference(between: folder + "/model.safetensors", and: path + "/model.safetensors")
                        == nil)
                #expect(events.headers["content-type"]?.hasPrefix("text/event-stream") == true)

                let failed = try await agent.ask(
                    "/v1/pull", method: "POST", headers: json, body: #"{"repo":"alice/none","token":false}"#,
                    authorized: true)
                let second = try #require(try failed.member("id") as? String)
                _ = try await agent.ask("/v1/events?pull=\(second)", authorized: true)
                let state = try await agent.ask("/v1/pulls/\(second)", authorized: true)
                #expect(try state.member("state") as? String == "failed")
                let error = try #require(try state.member("error") as? [String: Any])
                #expect(error["code"] as? String == "repo_not_found" && error["message"] is String, "\(error)")

                let models =
                    try JSONSerialization.jsonObject(
                        with: Data(try await agent.ask("/v1/models", authorized: true).body)) as? [[String: Any]]
                #expect(models?.first?["name"] as? String == "alice/model" && models?.first?["files"] as? Int == 2)
                let status = try await agent.ask("/v1/status", authorized: true)
                #expect(try status.member("bt_port") as? Int == agent.peerPort)
                #expect(try status.member("upstream") as? String == scene.hub.url)
                #expect((try status.member("pulls") as? [Any])?.count == 2)
                try await agent.stop()
            }
        }

        @Test(
            "pulls by the API keep to the rules: what goes to nobody far away is told to no tracker",
            .timeLimit(.minutes(2)))
        func rules() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                let shoal = RunningAgent.client(scene.fixture, upstream: scene.hub.url, token: scene.token)
                let agent = try await RunningAgent.start(
                    shoal, ["--rule", "*=never,alice/near=lan,alice/open=public", "--tracker", scene.hub.url])
                for (number, name) in ["model", "near", "open"].enumerated() {
                    try await SampleContent.random.write(
                        3_000_000, seed: 910 + UInt64(number), to: folder + "/model.safetensors")
                    try await scene.shoal.push("alice/\(name)", folder)
                    let begun = try await agent.ask(
                        "/v1/pull", method: "POST", headers: ["Content-Type": "application/json"],
                        body: #"{"repo":"alice/\#(name)"}"#, authorized: true)
                    let id = try #require(try begun.member("id") as? String)
                    let events = try await agent.ask("/v1/events?pull=\(id)", authorized: true)
                    #expect(events.text.contains(#""state":"done""#), "\(events.text)")
                    if name != "open" { #expect(try await announces(at: scene.hub.url, scene.fixture) == 0, "\(name)") }
                }
                try await eventually("announce") { try await announces(at: scene.hub.url, scene.fixture) > 0 }
                try await agent.stop()
            }
        }

        private func announces(at tracker: String, _ fixture: Fixture) async throws -> Int {
            let page = try await fixture.run(Command("/usr/bin/curl", ["-sS", tracker + "/metrics"], label: "metrics"))
            let line = page.output.split(separator: "\n").first { $0.hasPrefix("shoal_tracker_announces_total") }
            return try #require(line?.split(separator: " ").last.flatMap { Int($0) })
        }

        @Test("start, status and stop", .timeLimit(.minutes(2)))
        func background() async throws {
            try await withScene { scene in
                let shoal = RunningAgent.client(scene.fixture, upstream: scene.hub.url)
                let none = try await shoal.run("status")
                #expect(none.code == 1 && none.errors.contains("no agent is running"))
                #expect(try await shoal.run("stop").expecting(0).output.contains("no agent was running"))

                let options = ["--http-port", "0", "--listen", "127.0.0.1:0", "--no-lan"]
                let wrong = try await shoal.run(["start", "--http-port", "99999"])
                #expect(wrong.code == 2)
                let started = try await shoal.run(["start", "--json"] + options).expecting(0)
                let document = try #require(
                    try JSONSerialization.jsonObject(with: Data(started.output.utf8)) as? [String: Any])
                let pid = try #require(document["pid"] as? Int)
                scene.fixture.onCleanup { kill(pid_t(pid), SIGKILL) }
                #expect(document["started"] as? Bool == true)

                let again = try await shoal.run(["start", "--json"] + options).expecting(0)
                let same = try #require(
                    try JSONSerialization.jsonObject(with: Data(again.output.utf8)) as? [String: Any])
                #expect(same["started"] as? Bool == false && same["pid"] as? Int == pid)
                #expect(again.errors.contains("keeps its own options"))
                let foreground = try await shoal.run(["serve"] + options)
                #expect(foreground.code == 1 && foreground.errors.contains("already running"))

                let status = try await shoal.run("status", "--json").expecting(0)
                let told = try #require(
                    try JSONSerialization.jsonObject(with: Data(status.output.utf8)) as? [String: Any])
                #expect(told["pid"] as? Int == pid && told["upstream"] as? String == scene.hub.url)
                #expect(try await shoal.run("status").expecting(0).output.contains("dashboard"))

                #expect(try await shoal.run("stop").expecting(0).output.contains("has ended"))
                #expect(try await shoal.run("status").code == 1)

                // A port that is taken is told by the command, in the agent's own words.
                let taken = try await shoal.run([
                    "start", "--http-port", "\(scene.hub.port)", "--no-lan", "--listen", "127.0.0.1:0",
                ])
                #expect(
                    taken.code == 1 && taken.errors.contains("cannot answer on port \(scene.hub.port)"),
                    "\(taken.errors)")
            }
        }

        @Test(
            "a damaged token, agent.json or settings file is named, and the agent can be ended", .timeLimit(.minutes(2))
        )
        func damaged() async throws {
            try await withScene { scene in
                var shoal = RunningAgent.client(scene.fixture, upstream: scene.hub.url)
                let options = ["--http-port", "0", "--listen", "127.0.0.1:0", "--no-lan"]
                let folder = try #require(shoal.environment["SHOAL_AGENT_DIR"])
                for (file, text, code) in [
                    ("token", String(repeating: "x", count: 43) + "\n", "agent_token"),
                    ("token", "wrong\n", "agent_token"), ("agent.json", "xx", "agent_silent"),
                ] {
                    let started = try await shoal.run(["start", "--json"] + options).expecting(0)
                    let document = try #require(
                        try JSONSerialization.jsonObject(with: Data(started.output.utf8)) as? [String: Any])
                    let pid = try #require(document["pid"] as? Int)
                    scene.fixture.onCleanup { kill(pid_t(pid), SIGKILL) }
                    try await writeText(text, to: folder + "/" + file)
                    for words in [["status"], ["start"] + options] {
                        let result = try await shoal.run(words + ["--json"])
                        #expect(result.code == 1 && result.output.contains(code), "\(words): \(result.output)")
                        #expect(result.errors.contains("PID \(pid)"), "\(words): \(result.errors)")
                    }
                    #expect(try await shoal.run("stop").expecting(0).output.contains("has ended"))
                }
                let config = scene.fixture.path("config.json")
                try await writeText("{", to: config)
                shoal.environment["SHOAL_CONFIG"] = config
                for words in [["status"], ["stop"], ["start"], ["list"]] {
                    let result = try await shoal.run(words)
                    #expect(result.code == 1 && result.errors.contains(config), "\(words): \(result.errors)")
                }
            }
        }

        @Test("an agent that was killed is no hindrance, and one agent may be another's hub", .timeLimit(.minutes(2)))
        func killed() async throws {
            try await withScene { scene in
                let shoal = RunningAgent.client(scene.fixture, upstream: scene.hub.url)
                let first = try await RunningAgent.start(shoal)
                let token = try first.token
                first.process.signal(SIGKILL)
                _ = try await first.process.wait()
                #expect(exists(first.folder + "/agent.json"))
                #expect(try await shoal.run("status").code == 1)
                let second = try await RunningAgent.start(shoal)
                #expect(try second.token == token)

                // Agents may stand behind each other.
                let third = try await RunningAgent.start(
                    RunningAgent.client(scene.fixture, upstream: second.url, home: "third"))
                #expect(try await third.ask("/api/models/alice/none").status == 401)
                let stopped = try await second.ask("/v1/stop", method: "POST", authorized: true)
                #expect(try stopped.member("status") as? String == "shutting down")
                try await second.process.wait(timeout: .seconds(20)).expecting(0)
                try await third.stop()
            }
        }

        @Test("with peers switched off the agent is a hub all the same", .timeLimit(.minutes(1)))
        func withoutPeers() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(2_000_000, seed: 930, to: folder + "/model.safetensors")
                try await scene.shoal.push("alice/model", folder)
                var shoal = RunningAgent.client(scene.fixture, upstream: scene.hub.url)
                shoal.environment["SHOAL_P2P"] = "0"
                let agent = try await RunningAgent.start(shoal)
                #expect(agent.peerPort == nil)
                let status = try await agent.ask("/v1/status", authorized: true)
                #expect(try status.member("bt_port") as? Int == 0)
                let python = PythonClient(
                    fixture: scene.fixture, endpoint: agent.url, token: scene.token, home: "reader")
                let snapshot = try await python.call("snapshot_download", ["repo_id": "alice/model"])
                try await requireSame(folder, snapshot)
                try await agent.stop()
            }
        }

        @Test("a service of systemd is written, begun and taken back", .timeLimit(.minutes(1)))
        func service() async throws {
            #if os(Linux)
                try await withFixture("service") { fixture in
                    var shoal = RunningAgent.client(fixture, upstream: "http://127.0.0.1:9")
                    let tools = try fixture.directory("tools")
                    let record = fixture.path("systemctl.txt")
                    try await writeText("#!/bin/sh\necho \"$@\" >> '\(record)'\n", to: tools + "/systemctl")
                    try FileManager.default.setAttributes(
                        [.posixPermissions: 0o755], ofItemAtPath: tools + "/systemctl")
                    shoal.environment["PATH"] = tools + ":/usr/bin:/bin"
                    shoal.environment["XDG_CONFIG_HOME"] = fixture.path("config")
                    let unit = fixture.path("config/systemd/user/shoal-agent.service")

                    let switches = [
                        "SHOAL_P2P": "0", "SHOAL_SEED_RULES": "*=never", "SHOAL_LIMIT_UPLOAD": "1M",
                        "SHOAL_HOME": fixture.path("place"), "https_proxy": "http://127.0.0.1:1",
                    ]
                    shoal.environment.merge(switches) { $1 }

                    let secret = try await shoal.run("start", "--install", "--token", "hf_secret")
                    #expect(secret.code == 2 && !exists(unit))
                    _ = try await shoal.run(
                        "start", "--install", "--http-port", "0", "--rule", "a/100%\"x=lan"
                    ).expecting(0)
                    let text = String(decoding: try readBytes(unit), as: UTF8.self)
                    let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("ExecStart=") })
                    #expect(line.contains("shoal-server\" \"serve\" \"--http-port\" \"0\" \"--rule\""), "\(line)")
                    #expect(line.hasSuffix("\"a/100%%\\\"x=lan\""), "\(line)")
                    #expect(text.contains("Environment=\"HF_HOME=\(shoal.home)\"") && !text.contains("HF_TOKEN="))
                    for (name, value) in switches {
                        #expect(text.contains("Environment=\"\(name)=\(value)\"\n"), "\(name)")
                    }
                    #expect(text.contains("\nWorkingDirectory=-/"))
                    #expect(
                        try FileManager.default.attributesOfItem(atPath: unit)[.posixPermissions] as? Int == 0o600)
                    let calls = String(decoding: try readBytes(record), as: UTF8.self)
                    #expect(calls == "--user daemon-reload\n--user enable --now shoal-agent\n")

                    _ = try await shoal.run("start", "--uninstall").expecting(0)
                    #expect(!exists(unit))
                    #expect(
                        String(decoding: try readBytes(record), as: UTF8.self).contains("disable --now shoal-agent"))
                    #expect(try await shoal.run("start", "--uninstall").expecting(0).output.contains("no service"))
                }
            #endif
        }
    }
}

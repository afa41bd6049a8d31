import Foundation
import TestSupport
import Testing

/// Unmodified clients of Hugging Face on the agent as their hub.
extension Integration {
    @Suite struct LocalHubTests {
        /// A hub behind a proxy that sees what is asked of it, and an agent in front of that.
        private struct Place {
            let scene: Scene
            let proxy: FaultProxy
            let shoal: ShoalClient
            let agent: RunningAgent

            func python(_ home: String, token: String? = nil) -> PythonClient {
                PythonClient(fixture: scene.fixture, endpoint: agent.url, token: token ?? scene.token, home: home)
            }
        }

        private func withPlace(
            _ name: String = #function, hub: [String] = [], agent: [String] = [], _ body: (Place) async throws -> Void
        ) async throws {
            try await withScene(name, hub: hub) { scene in
                let proxy = try scene.proxy()
                let shoal = RunningAgent.client(scene.fixture, upstream: proxy.url)
                let running = try await RunningAgent.start(shoal, agent)
                try await body(Place(scene: scene, proxy: proxy, shoal: shoal, agent: running))
                #expect(!running.process.errors.contains("Fatal"), "\(running.process.errors)")
                try await running.stop()
            }
        }

        private func push(
            _ scene: Scene, to repo: String, seed: UInt64, bytes: Int = 5_000_000, private isPrivate: Bool = false
        ) async throws -> String {
            let folder = try scene.fixture.directory("source\(seed)")
            try await SampleContent.random.write(bytes, seed: seed, to: folder + "/model.safetensors")
            try await writeText(#"{"seed":\#(seed)}"#, to: folder + "/config.json")
            try await writeText("deep", to: folder + "/a/b c/d.txt")
            try await scene.shoal.run(["push", repo, folder] + (isPrivate ? ["--private"] : [])).expecting(0)
            return folder
        }

        private let xetTraffic = ["xet-read-token", "reconstructions"]

        @Test(
            "snapshot_download and hf_hub_download get what the hub has, and know nothing of Xet",
            .timeLimit(.minutes(3)), arguments: PythonLine.allCases)
        func downloads(_ line: PythonLine) async throws {
            try await withPlace { place in
                let folder = try await push(place.scene, to: "alice/model", seed: 1000)
                var python = place.python("reader")
                python.line = line
                let snapshot = try await python.call("snapshot_download", ["repo_id": "alice/model"])
                try await requireSame(folder, snapshot)
                let one = try await python.call(
                    "hf_hub_download", ["repo_id": "alice/model", "filename": "a/b c/d.txt", "revision": "main"])
                #expect(try String(contentsOfFile: one, encoding: .utf8) == "deep")
                // The client asked the agent alone, for plain bytes: it has no chunk cache, and the tree it keeps has no Xet.
                let trees = try filesBelow(python.cache).filter { $0.contains("/trees/") }
                for tree in trees {
                    #expect(!String(decoding: try readBytes(tree), as: UTF8.self).contains("xet_hash"))
                }
                #expect(!exists(python.home + "/xet/chunk-cache"))
                let asked = place.proxy.requests.filter { request in
                    request.header("user-agent")?.contains("hf_xet") == true
                }
                #expect(asked.isEmpty, "\(asked.map(\.target))")
                // The agent itself asked with the caller's token.
                #expect(place.proxy.requests.contains { $0.target.contains("xet-read-token") })
                // Gone from the hub, it would still be listed: the client's own cache is complete.
                let again = try await python.call("snapshot_download", ["repo_id": "alice/model"])
                #expect(again == snapshot)
            }
        }

        @Test("answers are the hub's, without Xet, with the agent's address", .timeLimit(.minutes(2)))
        func answers() async throws {
            try await withPlace { place in
                _ = try await push(place.scene, to: "alice/model", seed: 1010)
                let agent = place.agent
                let bearer = ["Authorization": "Bearer \(place.scene.token)"]
                let head = try await agent.ask(
                    "/alice/model/resolve/main/model.safetensors", method: "HEAD", headers: bearer)
                #expect(head.status == 200 && head.headers["content-length"] == "5000000")
                #expect(head.headers["x-linked-size"] == "5000000" && head.headers["etag"]?.count == 66)
                #expect(
                    head.headers["x-linked-etag"] == head.headers["etag"] && head.headers["x-repo-commit"]?.count == 40)
                #expect(head.headers["accept-ranges"] == "bytes")
                #expect(!head.headers.keys.contains { $0.hasPrefix("x-xet") || $0 == "link" }, "\(head.headers)")
                let tree = try await agent.ask("/api/models/alice/model/tree/main?recursive=true", headers: bearer)
                #expect(tree.status == 200 && tree.text.contains("model.safetensors") && !tree.text.contains("xetHash"))
                let info = try await agent.ask("/api/models/alice/model/revision/main?blobs=true", headers: bearer)
                #expect(info.status == 200 && !info.text.contains("xetHash") && info.text.contains("siblings"))
                let commit = try #require(head.headers["x-repo-commit"])
                #expect(
                    try await agent.ask("/api/models/alice/model/xet-read-token/\(commit)", headers: bearer).status
                        == 404)
                // Refusals are the hub's own.
                let missing = try await agent.ask("/alice/model/resolve/main/none", headers: bearer)
                #expect(missing.status == 404 && missing.headers["x-error-code"] == "EntryNotFound")
                let python = place.python("asker")
                let refs = try await python.call("list_repo_refs", ["repo_id": "alice/model"])
                #expect(refs.contains("main"))
                let paths = try await python.call(
                    "get_paths_info", ["repo_id": "alice/model", "paths": ["config.json", "model.safetensors"]])
                #expect(
                    paths.contains("model.safetensors") && paths.contains("xet_hash=None")
                        && !paths.contains("xet_hash='"))
            }
        }

        @Test(
            "what is pushed through the agent is at the hub, and addresses lead back to the agent",
            .timeLimit(.minutes(2)), arguments: PythonLine.allCases)
        func uploads(_ line: PythonLine) async throws {
            try await withPlace { place in
                var python = place.python("writer")
                python.line = line
                let made = try await python.call("create_repo", ["repo_id": "alice/pushed"])
                #expect(made == place.agent.url + "/alice/pushed")
                let folder = try place.scene.fixture.directory("pushed")
                try await SampleContent.random.write(3_000_000, seed: 1095, to: folder + "/model.bin")
                try await writeText("{}", to: folder + "/config.json")
                for usesXet in [true, false] {
                    python.usesXet = usesXet
                    try await SampleContent.random.write(
                        2_000_000, seed: usesXet ? 1096 : 1097, to: folder + "/xet-\(usesXet).bin")
                    let told = try await python.call(
                        "upload_folder", ["repo_id": "alice/pushed", "folder_path": folder])
                    #expect(told.contains(place.agent.url + "/alice/pushed"), "\(told)")
                }
                let snapshot = try await place.scene.freshShoal("reader").pull("alice/pushed")
                try await requireSame(folder, snapshot)
            }
        }

        @Test(
            "of files that clients do not fetch by plain HTTP the way to the storage is told", .timeLimit(.minutes(1)))
        func giants() async throws {
            try await withPlace { place in
                _ = try await push(place.scene, to: "alice/model", seed: 1098)
                let bearer = ["Authorization": "Bearer \(place.scene.token)"]
                let path = "/alice/model/resolve/main/model.safetensors"
                let small = try await place.agent.ask(path, method: "HEAD", headers: bearer)
                let commit = try #require(small.headers["x-repo-commit"])
                let token = "/api/models/alice/model/xet-read-token/\(commit)"
                #expect(small.headers["x-xet-hash"] == nil)
                #expect(try await place.agent.ask(token, headers: bearer).status == 404)
                let hash = String(repeating: "ab", count: 32)
                place.proxy.inject(
                    Fault(
                        contains: "/resolve/",
                        .respond(
                            status: 302,
                            headers: [
                                ("X-Repo-Commit", commit), ("X-Linked-Size", "60000000000"), ("X-Xet-Hash", hash),
                                ("X-Linked-ETag", "\"\(hash)\""), ("Location", "http://127.0.0.1:1/x"),
                            ], body: [])))
                let giant = try await place.agent.ask(path, method: "HEAD", headers: bearer)
                #expect(giant.status == 200 && giant.headers["content-length"] == "60000000000")
                #expect(giant.headers["x-xet-hash"] == hash)
                #expect(giant.headers["link"] == "<\(place.agent.url)\(token)>; rel=\"xet-auth\"")
                let granted = try await place.agent.ask(token, headers: bearer)
                #expect(granted.status == 200 && granted.headers["x-xet-access-token"] != nil)
                let other = token.dropLast(40) + String(repeating: "0", count: 40)
                #expect(try await place.agent.ask(String(other), headers: bearer).status == 404)
            }
        }

        @Test(
            "ranges: one, open, from the end, beyond it, with a condition", .timeLimit(.minutes(2)),
            arguments: TrustMode.allCases)
        func ranges(_ mode: TrustMode) async throws {
            try await withPlace(hub: mode.hubArguments) { place in
                let folder = try await push(place.scene, to: "alice/model", seed: 1020, bytes: 40_000_000)
                let bytes = try readBytes(folder + "/model.safetensors")
                let path = "/alice/model/resolve/main/model.safetensors"
                func part(_ range: String, _ more: [String: String] = [:]) async throws -> RunningAgent.Reply {
                    try await place.agent.ask(
                        path,
                        headers: ["Authorization": "Bearer \(place.scene.token)", "Range": range].merging(more) { $1 })
                }
                // A small part does not bring all of the file.
                place.proxy.forget()
                let header = try await part("bytes=0-7")
                #expect(header.status == 206 && header.body == Array(bytes[..<8]))
                #expect(header.headers["content-range"] == "bytes 0-7/40000000")
                #expect(place.proxy.responseBytes < 20_000_000)
                for (range, expected) in [
                    ("bytes=1000000-1999999", 1_000_000..<2_000_000), ("bytes=39999990-", 39_999_990..<40_000_000),
                    ("bytes=-5", 39_999_995..<40_000_000), ("bytes=20000000-39999999", 20_000_000..<40_000_000),
                    ("bytes=3-99999999", 3..<40_000_000),
                ] {
                    let reply = try await part(range)
                    #expect(reply.status == 206 && reply.isWhole && reply.body == Array(bytes[expected]), "\(range)")
                }
                let beyond = try await part("bytes=40000000-")
                #expect(beyond.status == 416 && beyond.headers["content-range"] == "bytes */40000000")
                let changed = try await part("bytes=5-9", ["If-Range": "\"other\""])
                #expect(changed.status == 200 && changed.body.count == 40_000_000)
                let same = try await part("bytes=5-9", ["If-Range": header.headers["etag"] ?? ""])
                #expect(same.status == 206 && same.body.count == 5)
            }
        }

        @Test("a client that was cut off goes on, and the agent fetches nothing twice", .timeLimit(.minutes(2)))
        func resume() async throws {
            try await withPlace { place in
                let folder = try await push(place.scene, to: "alice/model", seed: 1030, bytes: 48_000_000)
                // The client's connections to the agent pass a proxy that cuts one.
                let between = try FaultProxy.start(in: place.scene.fixture, upstream: place.agent.port)
                between.inject(Fault(method: "GET", contains: "/resolve/", times: 1, .truncate(after: 20_000_000)))
                let target = place.scene.fixture.path("out.bin")
                place.proxy.forget()
                for (index, more) in [[], ["-C", "-"]].enumerated() {
                    let result = try await place.scene.fixture.run(
                        Command(
                            "/usr/bin/curl",
                            [
                                "-sS", "-f", "-o", target, "-H", "Authorization: Bearer \(place.scene.token)",
                                "-H", "Host: 127.0.0.1:\(place.agent.port)",
                            ] + more
                                + [between.url + "/alice/model/resolve/main/model.safetensors"], label: "curl"))
                    #expect((result.code == 0) == (index == 1), "\(result.errors)")
                }
                #expect(try await difference(between: folder + "/model.safetensors", and: target) == nil)
                #expect(place.proxy.responseBytes < 52_000_000, "\(place.proxy.responseBytes)")
            }
        }

        @Test(
            "bytes that are wrong at the source never make a complete file", .timeLimit(.minutes(3)),
            arguments: TrustMode.allCases)
        func corrupt(_ mode: TrustMode) async throws {
            try await withPlace(hub: mode.hubArguments) { place in
                let folder = try await push(place.scene, to: "alice/model", seed: 1040, bytes: 9_000_000)
                let xorb = try #require(try place.scene.hub.xorbFiles().first)
                try flipByte(at: 4_000_000, in: xorb)
                let reply = try await place.agent.ask(
                    "/alice/model/resolve/main/model.safetensors",
                    headers: ["Authorization": "Bearer \(place.scene.token)"])
                #expect(!reply.isWhole && reply.body.count < 9_000_000)
                var python = place.python("reader")
                python.environment["HF_HUB_DOWNLOAD_TIMEOUT"] = "5"
                let failed = try await python.script(
                    "call.py", ["snapshot_download", #"{"repo_id":"alice/model"}"#], timeout: .seconds(120))
                #expect(failed.code == 1, "\(failed.output)")
                let blobs = try filesBelow(python.cache).filter {
                    $0.contains("/blobs/") && !$0.hasSuffix(".incomplete") && (try? fileSize($0)) == 9_000_000
                }
                #expect(blobs.isEmpty)
                // Whoever has a part of wrong bytes is sent all of it.
                try flipByte(at: 4_000_000, in: xorb)
                if mode == .provisional {
                    let rest = try await place.agent.ask(
                        "/alice/model/resolve/main/model.safetensors",
                        headers: ["Authorization": "Bearer \(place.scene.token)", "Range": "bytes=8000000-"])
                    #expect(rest.status == 200 && rest.body.count == 9_000_000)
                }
                let snapshot = try await python.call("snapshot_download", ["repo_id": "alice/model"])
                try await requireSame(folder, snapshot)
            }
        }

        @Test("private files go to those alone who may read them, also while the hub is away", .timeLimit(.minutes(3)))
        func privacy() async throws {
            try await withPlace { place in
                let open = try await push(place.scene, to: "alice/model", seed: 1050)
                let hidden = try await push(place.scene, to: "alice/hidden", seed: 1060, private: true)
                let stranger = try await place.scene.hub.token(user: "mallory")
                // The agent's cache has both.
                var user = place.shoal
                user.token = place.scene.token
                _ = try await user.pull("alice/model")
                _ = try await user.pull("alice/hidden")
                func refused(_ python: PythonClient, _ repo: String) async throws {
                    let result = try await python.script("call.py", ["snapshot_download", #"{"repo_id":"\#(repo)"}"#])
                    #expect(result.code == 1, "\(repo): \(result.output)")
                    #expect(try filesBelow(python.cache).allSatisfy { !$0.hasSuffix("model.safetensors") })
                }
                var nobody = place.python("nobody")
                nobody.token = nil
                try await refused(nobody, "alice/hidden")
                try await refused(place.python("mallory", token: stranger), "alice/hidden")
                try await requireSame(
                    hidden, try await place.python("alice").call("snapshot_download", ["repo_id": "alice/hidden"]))

                try await place.scene.hub.stop()
                place.proxy.heal()
                // What everybody may read is served to everybody, by another client with an empty cache.
                var fresh = place.python("fresh")
                fresh.token = nil
                try await requireSame(open, try await fresh.call("snapshot_download", ["repo_id": "alice/model"]))
                let part = try await place.agent.ask(
                    "/alice/model/resolve/main/model.safetensors", headers: ["Range": "bytes=100-199"])
                #expect(part.status == 206)
                let expected = Array(try readBytes(open + "/model.safetensors")[100..<200])
                #expect(part.body == expected)
                // The hidden one only to the token that has read it here before.
                try await requireSame(
                    hidden, try await place.python("alice-two").call("snapshot_download", ["repo_id": "alice/hidden"]))
                try await refused(place.python("mallory-two", token: stranger), "alice/hidden")
                var still = place.python("nobody-two")
                still.token = nil
                try await refused(still, "alice/hidden")
                let direct = try await place.agent.ask("/alice/hidden/resolve/main/model.safetensors")
                #expect(direct.status == 504 && direct.body.count < 1000, "\(direct.text)")
                let status = try await place.agent.ask("/v1/status", authorized: true)
                #expect(try status.member("upstream_reachable") as? Bool == false)
            }
        }

        @Test("a damaged file of the cache is not passed on", .timeLimit(.minutes(2)))
        func damagedCache() async throws {
            try await withPlace { place in
                let folder = try await push(place.scene, to: "alice/model", seed: 1070)
                var user = place.shoal
                user.token = place.scene.token
                let snapshot = try await user.pull("alice/model")
                let blob = resolvingLinks(snapshot + "/model.safetensors")
                let whole = try await place.agent.ask(
                    "/alice/model/resolve/main/model.safetensors",
                    headers: ["Authorization": "Bearer \(place.scene.token)"])
                let bytes = try readBytes(folder + "/model.safetensors")
                #expect(whole.isWhole && whole.body == bytes)
                try flipByte(at: 2_500_000, in: blob)
                let spoiled = try await place.agent.ask(
                    "/alice/model/resolve/main/model.safetensors",
                    headers: ["Authorization": "Bearer \(place.scene.token)"])
                #expect(!spoiled.isWhole)
                // From now on the hub's own bytes are taken, and all of them by whoever has a part.
                let rest = try await place.agent.ask(
                    "/alice/model/resolve/main/model.safetensors",
                    headers: ["Authorization": "Bearer \(place.scene.token)", "Range": "bytes=4000000-"])
                #expect(rest.status == 200 && rest.isWhole)
                #expect(rest.body == bytes)
            }
        }

        @Test("a program's files come from a peer that has them", .timeLimit(.minutes(3)))
        func peers() async throws {
            try await withScene { scene in
                let folder = try await push(scene, to: "alice/model", seed: 1080, bytes: 24_000_000)
                let giver = RunningAgent.client(scene.fixture, upstream: scene.hub.url, home: "giver")
                var user = giver
                user.token = scene.token
                _ = try await user.pull("alice/model")
                let seeding = try await RunningAgent.start(giver)
                try await seeding.process.wait(until: "a file that can be given") { _ in
                    seeding.process.output.contains("1 files (")
                }
                let proxy = try scene.proxy()
                let taking = try await RunningAgent.start(
                    RunningAgent.client(scene.fixture, upstream: proxy.url, home: "taker"),
                    ["--peer", "127.0.0.1:\(try #require(seeding.peerPort))"])
                proxy.inject(Fault(prefix: "/data/", .trickle(bytesPerSecond: 200_000)))
                let python = PythonClient(
                    fixture: scene.fixture, endpoint: taking.url, token: scene.token, home: "reader")
                let snapshot = try await python.call("snapshot_download", ["repo_id": "alice/model"])
                try await requireSame(folder, snapshot)
                let status = try await taking.ask("/v1/status", authorized: true)
                let bytes = try #require(try status.member("bytes") as? [String: Any])
                let fromPeers = try #require(bytes["from_peers"] as? Int)
                #expect(fromPeers > 12_000_000, "\(bytes)")
                let given = try await seeding.ask("/v1/status", authorized: true)
                let sums = try #require(try given.member("bytes") as? [String: Any])
                #expect(try #require(sums["to_peers"] as? Int) > 12_000_000)
                try await taking.stop()
                try await seeding.stop()
            }
        }

        @Test("what does not come by Xet comes too, checked by its hash", .timeLimit(.minutes(2)))
        func plain() async throws {
            try await withPlace { place in
                let folder = try await push(place.scene, to: "alice/model", seed: 1090, bytes: 2_000_000)
                place.proxy.inject(Fault(contains: "xet-read-token", .respond(status: 404, headers: [], body: [])))
                let reply = try await place.agent.ask(
                    "/alice/model/resolve/main/config.json", headers: ["Authorization": "Bearer \(place.scene.token)"])
                let bytes = try readBytes(folder + "/config.json")
                #expect(reply.status == 200 && reply.body == bytes)
                place.proxy.inject(Fault(method: "GET", contains: "config.json", .flipByte(at: 3)))
                let wrong = try await place.agent.ask(
                    "/alice/model/resolve/main/config.json", headers: ["Authorization": "Bearer \(place.scene.token)"])
                #expect(!wrong.isWhole)
            }
        }
    }
}

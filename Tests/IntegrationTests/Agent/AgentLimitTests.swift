import Foundation
import TestSupport
import Testing

/// How fast an agent may be, by settings and the clock.
extension Integration {
    @Suite(.serialized) struct AgentLimitTests {
        /// An agent that gives 6 MB at what its settings file says, and how long a peer takes to get them.
        private func time(_ scene: Scene, settings: String, expecting upload: Int?, home: String) async throws
            -> Duration
        {
            var shoal = RunningAgent.client(scene.fixture, upstream: scene.hub.url, token: scene.token, home: "giver")
            _ = try await shoal.pull("alice/model")
            let file = scene.fixture.path(home + ".json")
            try await writeText(settings, to: file)
            shoal.environment["SHOAL_CONFIG"] = file
            let agent = try await RunningAgent.start(shoal)
            try await agent.process.wait(until: "a file that can be given") { _ in
                agent.process.output.contains("2 files (")
            }
            let limits = try #require(
                try await agent.ask("/v1/status", authorized: true).member("limits") as? [String: Any])
            #expect(limits["upload"] as? Int == upload && limits["download"] is NSNull, "\(limits)")
            let status = try await shoal.run("status").expecting(0)
            #expect(status.output.contains("limits") == (upload != nil), "\(status.output)")
            let start = ContinuousClock.now
            let taker = scene.freshShoal(home)
            _ = try await taker.pull(
                "alice/model", "--include", "*.safetensors", "--peer", "127.0.0.1:\(try #require(agent.peerPort))",
                "--p2p-only")
            let time = ContinuousClock.now - start
            try await agent.stop()
            return time
        }

        @Test("an agent gives no faster than its schedule says now", .timeLimit(.minutes(2)))
        func upload() async throws {
            try await withScene { scene in
                _ = try await scene.pushParts(to: "alice/model", seed: 1200)
                let slow = try await time(
                    scene, settings: #"{"limit_upload": ["0", "00:00-24:00=2M"]}"#, expecting: 2 << 20, home: "slow")
                #expect(slow > .milliseconds(2500), "\(slow)")
                // The same limit on no day that is today.
                let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
                var utc = Calendar(identifier: .gregorian)
                utc.timeZone = .gmt
                let today = (utc.component(.weekday, from: Date()) + 5) % 7
                let other = days[(today + 3) % 7]
                let fast = try await time(
                    scene, settings: #"{"limit_upload": "0,\#(other)=2M"}"#, expecting: nil, home: "fast")
                #expect(fast < slow, "\(fast), \(slow)")
            }
        }

        @Test("what an agent fetches keeps to its limit, what it has goes to programs at once", .timeLimit(.minutes(2)))
        func download() async throws {
            try await withScene { scene in
                let folder = try await scene.pushParts(to: "alice/model", seed: 1205)
                var shoal = RunningAgent.client(scene.fixture, upstream: scene.hub.url)
                shoal.environment["SHOAL_LIMIT_RATE"] = "0,00:00-24:00=1M"
                let agent = try await RunningAgent.start(shoal)
                let path = "/alice/model/resolve/main/part0.safetensors"
                let expected = try readBytes(folder + "/part0.safetensors")
                var times: [Duration] = []
                for _ in 0..<2 {
                    let start = ContinuousClock.now
                    let reply = try await agent.ask(path)
                    times.append(.now - start)
                    #expect(reply.isWhole && reply.body == expected)
                }
                #expect(times[0] > .milliseconds(2500) && times[1] < times[0] / 2, "\(times)")
                try await agent.stop()
            }
        }

        @Test("several caches are given, and the doctor names where settings come from", .timeLimit(.minutes(2)))
        func caches() async throws {
            try await withScene { scene in
                _ = try await scene.pushParts(to: "alice/one", seed: 1210)
                _ = try await scene.pushParts(to: "alice/two", seed: 1220)
                var shoal = RunningAgent.client(scene.fixture, upstream: scene.hub.url, token: scene.token)
                let (one, two) = (scene.fixture.path("cache one"), scene.fixture.path("cache-two"))
                _ = try await shoal.pull("alice/one", "--cache-dir", one)
                _ = try await shoal.pull("alice/two", "--cache-dir", two)
                let (own, site) = (scene.fixture.path("own.json"), scene.fixture.path("site.json"))
                try await writeText(#"{"seed_caches": ["\#(one)", "\#(two)"]}"#, to: own)
                try await writeText(
                    #"{"limit_upload": "9M,22:00-07:00=9M", "seed_rules": "alice/two=never"}"#, to: site)
                shoal.environment["SHOAL_CONFIG"] = own
                shoal.environment["SHOAL_SITE_CONFIG"] = site
                let doctor = try await shoal.run("doctor", "--json")
                struct Report: Decodable {
                    struct Entry: Decodable {
                        var name: String
                        var value: String
                        var source: String
                    }
                    var settings: [Entry]
                }
                let report = try JSONDecoder().decode(Report.self, from: Data(doctor.output.utf8))
                func entry(_ name: String) -> Report.Entry? { report.settings.first { $0.name == name } }
                #expect(entry("seed caches")?.source == "settings file")
                #expect(entry("seed caches")?.value == "\(one),\(two)")
                #expect(entry("limit upload")?.source == "machine's file")
                #expect(entry("limit upload")?.value.hasPrefix("9437184 bytes/s") == true)
                #expect(entry("machine's file")?.value == site)
                let agent = try await RunningAgent.start(shoal)
                try await agent.process.wait(until: "files that can be given") { _ in
                    agent.process.output.contains("2 files (")
                }
                let models = try await agent.ask("/v1/models", authorized: true)
                let list = try #require(try JSONSerialization.jsonObject(with: Data(models.body)) as? [[String: Any]])
                let seeded = Dictionary(
                    uniqueKeysWithValues: list.map { ($0["name"] as? String ?? "", $0["seeded_files"] as? Int ?? -1) })
                #expect(seeded == ["alice/one": 2, "alice/two": 0], "\(models.text)")
                try await agent.stop()
            }
        }
    }
}

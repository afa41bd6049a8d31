import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A wire that spoils, cuts, stalls and refuses: what arrives is right or is refused, and nothing waits for ever.
extension Integration {
    @Suite struct WireFaultTests {
        private static let repo = "alice/model"
        private static let size = 6 << 20

        /// One Xet file behind a proxy, and a client whose patience with silence is two seconds.
        private func prepare(_ scene: Scene) async throws -> (folder: String, proxy: FaultProxy) {
            let folder = try scene.fixture.directory("source")
            try await SampleContent.random.write(Self.size, seed: 401, to: folder + "/model.bin")
            try await SampleContent.text.write(40_000, seed: 402, to: folder + "/notes.txt")
            try await scene.shoal.push(Self.repo, folder)
            return (folder, try scene.proxy())
        }

        private func impatient(_ scene: Scene, _ home: String, _ proxy: FaultProxy) -> ShoalClient {
            var shoal = scene.freshShoal(home, through: proxy)
            shoal.environment["HF_HUB_DOWNLOAD_TIMEOUT"] = "2"
            return shoal
        }

        /// What a reply may suffer, by a name for reports.
        private static let effects: [(name: String, effect: Fault.Effect)] = [
            ("flipped", .flipByte(at: 50_000)), ("truncated", .truncate(after: 70_000)),
            ("duplicated", .duplicate(100_000..<150_000)), ("reordered", .reorder(at: 100_000, length: 30_000)),
            ("200 to a range", .ignoreRange), ("too short a length", .announce(1_000)),
            ("too long a length", .announce(50 << 20)), ("reset", .reset(after: 200_000)),
            ("stalled", .stall(after: 300_000)), ("never answered", .hang),
            ("a web page", .respond(status: 200, headers: [("Content-Type", "text/html")], body: Array("<html>".utf8))),
        ]

        @Test("what goes wrong once is made good", .timeLimit(.minutes(4)), arguments: TrustMode.allCases)
        func once(_ mode: TrustMode) async throws {
            try await withScene(hub: mode.hubArguments) { scene in
                let (folder, proxy) = try await prepare(scene)
                for (number, fault) in Self.effects.enumerated() {
                    proxy.heal()
                    proxy.forget()
                    proxy.inject(Fault(method: "GET", prefix: "/data/xorbs/", times: 1, fault.effect))
                    proxy.inject(
                        Fault(method: "GET", prefix: "/alice/model/resolve/", contains: "notes", times: 1, fault.effect)
                    )
                    let clock = ContinuousClock.now
                    let result = try await impatient(scene, "home-\(number)", proxy).run("pull", Self.repo)
                    let time = ContinuousClock.now - clock
                    try #require(proxy.requests.contains { $0.isFaulted }, "\(fault.name)")
                    try #require(result.code == 0, "\(fault.name): \(result.errors)")
                    try await requireSame(folder, result.lastLine)
                    #expect(time < .seconds(20), "\(fault.name) took \(time)")
                }
            }
        }

        @Test("what stays wrong is refused in finite time", .timeLimit(.minutes(4)))
        func always() async throws {
            try await withScene { scene in
                let (_, proxy) = try await prepare(scene)
                for name in ["duplicated", "reordered", "too short a length", "too long a length", "a web page"] {
                    let effect = try #require(Self.effects.first { $0.name == name }).effect
                    proxy.heal()
                    proxy.inject(Fault(method: "GET", prefix: "/data/xorbs/", effect))
                    proxy.inject(Fault(method: "GET", prefix: "/alice/model/resolve/", effect))
                    let shoal = impatient(scene, "never-\(name.count)-\(name.prefix(3))", proxy)
                    let clock = ContinuousClock.now
                    let result = try await shoal.run("pull", Self.repo)
                    if result.code == 0 {
                        // A short file has no byte at the place of the fault, and comes by another route.
                        Issue.record("\(name) was accepted: \(result.output)")
                    }
                    try requireRefused(result)
                    // The notes are shorter than where some of the faults begin.
                    try requireNothingVisible(cache: shoal.cache, except: ["notes.txt"])
                    #expect(ContinuousClock.now - clock < .seconds(40), "\(name)")
                }
            }
        }

        @Test(
            "a connection that falls silent is left within seconds, also with the usual patience",
            .timeLimit(.minutes(2)))
        func silence() async throws {
            try await withScene { scene in
                let (folder, proxy) = try await prepare(scene)
                proxy.inject(Fault(method: "GET", prefix: "/data/xorbs/", times: 1, .stall(after: 1 << 20)))
                let clock = ContinuousClock.now
                try await requireSame(folder, try await scene.freshShoal("calm", through: proxy).pull(Self.repo))
                let time = ContinuousClock.now - clock
                #expect(time > .seconds(8) && time < .seconds(25), "\(time)")
            }
        }

        @Test(
            "reading a file without pulling it survives silence and an address that has expired",
            .timeLimit(.minutes(1)))
        func reading() async throws {
            try await withScene { scene in
                let (folder, proxy) = try await prepare(scene)
                let shoal = impatient(scene, "reader", proxy)
                for effect in [Fault.Effect.stall(after: 10_000), .hang] {
                    proxy.inject(Fault(method: "GET", prefix: "/alice/model/resolve/", times: 1, effect))
                    let result = try await shoal.run("cat", Self.repo, "notes.txt").expecting(0)
                    #expect(Array(result.output.utf8) == (try readBytes(folder + "/notes.txt")))
                    try #require(proxy.requests.contains { $0.isFaulted })
                    #expect(result.duration < .seconds(20), "\(result.duration)")
                    proxy.forget()
                }
                let expired = Fault.Effect.respond(status: 403, headers: [], body: [])
                proxy.inject(Fault(method: "GET", prefix: "/data/xorbs/", times: 1, expired))
                let result = try await shoal.run("cat", Self.repo, "model.bin", "--range", "0-7").expecting(0)
                #expect(result.errors.isEmpty, "\(result.errors)")
                let after = proxy.requests.drop { !$0.isFaulted }.dropFirst()
                let next = after.first { $0.target.hasPrefix("/data/") || $0.target.contains("/reconstructions/") }
                #expect(next?.target.contains("/reconstructions/") == true, "asked again: \(next?.target ?? "")")
            }
        }

        @Test("a push does without an answer that only saves work", .timeLimit(.minutes(2)))
        func pathsInfo() async throws {
            try await withScene { scene in
                let (folder, proxy) = try await prepare(scene)
                let shoal = impatient(scene, "pusher", proxy)
                try await shoal.push(Self.repo, folder)
                for (name, effect) in Self.effects where ["never answered", "a web page", "truncated"].contains(name) {
                    try #require(utimes(folder + "/model.bin", nil) == 0)
                    let cut = if case .truncate = effect { Fault.Effect.truncate(after: 10) } else { effect }
                    proxy.inject(Fault(method: "POST", contains: "/paths-info/", cut))
                    let result = try await shoal.push(Self.repo, folder)
                    try #require(proxy.requests.contains { $0.isFaulted }, "\(name)")
                    #expect(result.errors.contains("error") == false, "\(name): \(result.errors)")
                    #expect(result.duration < .seconds(30), "\(name) took \(result.duration)")
                    proxy.heal()
                    proxy.forget()
                }
                try await requireSame(folder, try await scene.freshShoal("fresh").pull(Self.repo))
            }
        }

        @Test("resets in bursts cost no byte twice", .timeLimit(.minutes(2)))
        func bursts() async throws {
            try await withScene { scene in
                let (folder, proxy) = try await prepare(scene)
                // What was read before a reset may be lost with it, so each may be one try that brings nothing.
                for (number, lengths) in [[900_000, 10, 1_500_000], [400_000, 0]].enumerated() {
                    proxy.forget()
                    for length in lengths {
                        proxy.inject(Fault(method: "GET", prefix: "/data/xorbs/", times: 1, .reset(after: length)))
                    }
                    if number == 1 { proxy.inject(Fault(method: "GET", prefix: "/cas/", times: 1, .reset(after: 10))) }
                    let shoal = scene.freshShoal("burst-\(number)", through: proxy)
                    try await requireSame(folder, try await shoal.pull(Self.repo))
                    #expect(proxy.requests.count { $0.isFaulted } == 3)
                    // What a reset throws away is in flight: a batch and a socket's buffers for each.
                    #expect(proxy.responseBytes < Self.size + 3 * (5 << 19), "\(proxy.responseBytes)")
                }
            }
        }

        @Test("a slow edge among several is dropped", .timeLimit(.minutes(2)))
        func slowEdge() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                for number in 0..<8 {
                    try await SampleContent.random.write(
                        12 << 20, seed: UInt64(410 + number), to: folder + "/part-\(number).bin")
                }
                try await scene.shoal.push(Self.repo, folder)
                let proxy = try scene.proxy()
                // The first connection leads to an edge that would need eight minutes.
                proxy.inject(Fault(method: "GET", prefix: "/data/xorbs/", times: 1, .trickle(bytesPerSecond: 24 << 10)))
                let clock = ContinuousClock.now
                let shoal = scene.freshShoal("edge", through: proxy)
                let log = scene.fixture.path("edge.log")
                let result = try await shoal.run("pull", Self.repo, "--log-file", log)
                try await requireSame(folder, try result.expecting(0).lastLine)
                let time = ContinuousClock.now - clock
                #expect(time < .seconds(30), "\(time)")
                #expect(String(decoding: try readBytes(log), as: UTF8.self).contains("much slower than others"))
            }
        }

        @Test("refusals that pass are waited for, with and without a time", .timeLimit(.minutes(3)))
        func statuses() async throws {
            try await withScene { scene in
                let (folder, proxy) = try await prepare(scene)
                for status in [408, 425, 429, 500, 502, 503, 504] {
                    proxy.heal()
                    for prefix in ["/api/models/alice/model/tree", "/cas/", "/data/xorbs/", "/alice/model/resolve/"] {
                        proxy.inject(
                            Fault(
                                method: "GET", prefix: prefix, times: 1, .respond(status: status, headers: [], body: [])
                            ))
                    }
                    let result = try await scene.freshShoal("s-\(status)", through: proxy).run("pull", Self.repo)
                    try #require(result.code == 0, "\(status): \(result.errors)")
                    try await requireSame(folder, result.lastLine)
                }
            }
        }

        @Test(
            "nobody asks before the time that a refusal names", .timeLimit(.minutes(2)),
            arguments: [("Retry-After", "3"), ("RateLimit", "\"data\";r=0;t=2")])
        func requestedPause(header: String, value: String) async throws {
            try await withScene { scene in
                let (folder, proxy) = try await prepare(scene)
                let refusal = Fault.Effect.respond(status: 429, headers: [(header, value)], body: [])
                proxy.inject(Fault(method: "GET", prefix: "/data/xorbs/", times: 1, refusal))
                try await requireSame(folder, try await scene.freshShoal("paced", through: proxy).pull(Self.repo))
                let data = proxy.requests.filter { $0.target.hasPrefix("/data/xorbs/") }
                let refused = try #require(data.first { $0.isFaulted })
                let early = data.filter { $0.time > refused.time && $0.time < refused.time + .milliseconds(2_900) }
                #expect(early.isEmpty, "\(early.count) requests after the refusal")
            }
        }

        @Test("a token and signed addresses that expire midway are renewed", .timeLimit(.minutes(2)))
        func expiry() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(24 << 20, seed: 420, to: folder + "/model.bin")
                try await scene.shoal.push(Self.repo, folder)
                let proxy = try scene.proxy()
                proxy.limit(bytesPerSecond: 12 << 20)
                let process = try scene.freshShoal("expiry", through: proxy).start("pull", Self.repo)
                try await process.wait(until: "some bytes") { _ in proxy.responseBytes > 4 << 20 }
                proxy.inject(
                    Fault(method: "GET", prefix: "/data/xorbs/", times: 2, .respond(status: 403, headers: [], body: []))
                )
                proxy.inject(Fault(method: "GET", prefix: "/data/xorbs/", times: 1, .reset(after: 100_000)))
                proxy.inject(Fault(prefix: "/cas/", times: 1, .respond(status: 401, headers: [], body: [])))
                try await requireSame(folder, try await process.wait().expecting(0).lastLine)
                #expect(proxy.responseBytes < 30 << 20)
            }
        }

        @Test("a hub that vanishes for a while is waited for, and nothing comes twice", .timeLimit(.minutes(2)))
        func vanishing() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(24 << 20, seed: 421, to: folder + "/model.bin")
                try await scene.shoal.push(Self.repo, folder)
                let proxy = try scene.proxy()
                proxy.limit(bytesPerSecond: 8 << 20)
                let process = try scene.freshShoal("vanish", through: proxy).start("pull", Self.repo)
                try await process.wait(until: "some bytes") { _ in proxy.responseBytes > 8 << 20 }
                try await scene.hub.kill()
                try await Task.sleep(for: .seconds(2))
                try await scene.hub.restart()
                proxy.limit(bytesPerSecond: nil)
                try await requireSame(folder, try await process.wait().expecting(0).lastLine)
                #expect(proxy.responseBytes < 36 << 20, "\(proxy.responseBytes >> 20) of 24 MiB")
            }
        }

        @Test("redirects that lead in a circle end", .timeLimit(.minutes(1)))
        func circle() async throws {
            try await withScene { scene in
                let (_, proxy) = try await prepare(scene)
                proxy.inject(Fault(method: "GET", prefix: "/api/models/", .redirect(to: proxy.url)))
                let result = try await scene.freshShoal("circle", through: proxy).run("pull", Self.repo, "--json")
                try requireRefused(result)
                #expect(result.output.contains(#""code":"not_a_hub""#) && result.errors.contains("endless redirects"))
                #expect(proxy.requests.count < 80)
            }
        }
    }
}

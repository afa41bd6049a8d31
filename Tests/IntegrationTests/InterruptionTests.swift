import Foundation
import TestSupport
import Testing

/// Kills at random instants. A seed is printed; with it a run repeats its instants. `SHOAL_SOAK_KILLS` sets their number.
extension Integration {
    @Suite struct InterruptionTests {
        private static let kills =
            ProcessInfo.processInfo.environment["SHOAL_SOAK_KILLS"].flatMap { Int($0) } ?? 20
        /// What a kill may cost: the bytes on their way, in sockets and buffers. It is 1 to 2 MiB; a pull that kept nothing
        /// would lose about 20.
        private static let window = 6 << 20

        @Test(
            "SIGKILLs of pull, each continued, then completion with the right bytes", .timeLimit(.minutes(40)),
            arguments: TrustMode.allCases)
        func killedPull(_ mode: TrustMode) async throws {
            var generator = SplitMix64(seed: announcedSeed())
            try await withScene(hub: mode.hubArguments) { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleModel.write(to: folder, megabytes: 48, seed: 91)
                try await scene.shoal.push("alice/model", folder)
                let proxy = try scene.proxy()
                proxy.limit(bytesPerSecond: 60 << 20)

                var kills = 0
                var round = 0
                var killsOfRound = 0
                while kills < Self.kills {
                    let shoal = scene.freshShoal("home-\(round)", through: proxy)
                    let process = try shoal.start("pull", "alice/model")
                    try await Task.sleep(for: .milliseconds(Int.random(in: 5...900, using: &generator)))
                    process.signal(SIGKILL)
                    let result = try await process.wait()
                    if result.status == .killed(signal: SIGKILL) {
                        kills += 1
                        killsOfRound += 1
                        try await requireVisibleAreRight(shoal.cache, folder)
                    } else {
                        // It was faster than the kill: what it says it has must be right. Start over with an empty cache.
                        try await requireSame(folder, try result.expecting(0).lastLine)
                        requireCheap(killsOfRound, proxy)
                        round += 1
                        killsOfRound = 0
                    }
                }
                proxy.limit(bytesPerSecond: nil)
                let snapshot = try await scene.freshShoal("home-\(round)", through: proxy).pull("alice/model")
                try await requireSame(folder, snapshot)
                requireCheap(killsOfRound, proxy)
            }
        }

        /// Requires that so many kills of a pull of 48 MiB have cost no more than what was on its way.
        private func requireCheap(_ kills: Int, _ proxy: FaultProxy) {
            print("\(proxy.responseBytes >> 20) MiB came for 48, with \(kills) kills")
            #expect(proxy.responseBytes < 48 << 20 + kills * Self.window, "\(kills) kills")
            proxy.forget()
        }

        @Test("SIGKILLs of push, each continued, then the right bytes at the hub", .timeLimit(.minutes(40)))
        func killedPush() async throws {
            var generator = SplitMix64(seed: announcedSeed())
            try await withScene { scene in
                var round = 0
                var kills = 0
                while kills < Self.kills {
                    let folder = try scene.fixture.directory("source")
                    let repo = "alice/killed-\(round)"
                    try await SampleContent.random.write(64 << 20, seed: generator.next(), to: folder + "/model.bin")
                    try await SampleContent.text.write(9_000, seed: generator.next(), to: folder + "/notes.txt")
                    let shoal = scene.freshShoal("pusher-\(round)")
                    var isDone = false
                    var killsOfRound = 0
                    while !isDone {
                        let process = try shoal.start("push", repo, folder, "--json")
                        if killsOfRound < 8, kills < Self.kills {
                            try await Task.sleep(for: .milliseconds(Int.random(in: 20...700, using: &generator)))
                            process.signal(SIGKILL)
                        }
                        let result = try await process.wait()
                        if result.status == .killed(signal: SIGKILL) {
                            kills += 1
                            killsOfRound += 1
                        } else {
                            try result.expecting(0)
                            isDone = true
                        }
                    }
                    try await requireSame(folder, try await scene.freshShoal("reader-\(round)").pull(repo))
                    round += 1
                }
            }
        }

        @Test("a killed pull continues where it was", .timeLimit(.minutes(2)), arguments: TrustMode.allCases)
        func continuation(_ mode: TrustMode) async throws {
            try await withScene(hub: mode.hubArguments) { scene in
                let (folder, proxy, shoal) = try await slowPull(scene, megabytes: 48)
                let process = try shoal.start("pull", "alice/model")
                try await process.wait(until: "half of the bytes sent") { _ in proxy.responseBytes > 24 << 20 }
                process.signal(SIGKILL)
                _ = try await process.wait()

                proxy.forget()
                proxy.limit(bytesPerSecond: nil)
                try await requireSame(folder, try await shoal.pull("alice/model"))
                #expect(
                    proxy.responseBytes < 40 << 20,
                    "\(proxy.responseBytes >> 20) of 48 MiB again although half had arrived before the kill")
            }
        }

        @Test("SIGINT ends pull at once, with 130, and keeps what arrived", .timeLimit(.minutes(2)))
        func interruptedPull() async throws {
            try await withScene { scene in
                let (folder, proxy, shoal) = try await slowPull(scene, megabytes: 48)
                let process = try shoal.start("pull", "alice/model")
                try await process.wait(until: "half of the bytes sent") { _ in proxy.responseBytes > 24 << 20 }
                let instant = ContinuousClock.now
                process.signal(SIGINT)
                let result = try await process.wait(timeout: .seconds(20))
                let delay = ContinuousClock.now - instant
                try result.expecting(130)
                #expect(delay < .milliseconds(500), "took \(delay)")
                try requireNothingVisible(cache: shoal.cache)
                #expect(try filesBelow(shoal.cache).contains { $0.hasSuffix(".shoal.incomplete") })

                proxy.forget()
                proxy.limit(bytesPerSecond: nil)
                try await requireSame(folder, try await shoal.pull("alice/model"))
                #expect(proxy.responseBytes < 40 << 20)
            }
        }

        @Test("SIGINT ends push at once, with 130, and nothing is committed", .timeLimit(.minutes(2)))
        func interruptedPush() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(64 << 20, seed: 93, to: folder + "/model.bin")
                let proxy = try scene.proxy()
                let shoal = scene.freshShoal("push", through: proxy)
                proxy.inject(Fault(method: "PUT", prefix: "/", .hang))
                proxy.inject(Fault(method: "POST", prefix: "/cas/", contains: "xorb", .hang))
                let process = try shoal.start("push", "alice/model", folder)
                try await process.wait(until: "upload that hangs") { _ in proxy.requests.contains { $0.isFaulted } }
                let instant = ContinuousClock.now
                process.signal(SIGINT)
                let result = try await process.wait(timeout: .seconds(20)).expecting(130)
                #expect(ContinuousClock.now - instant < .milliseconds(500))
                #expect(result.errors.contains("it begins anew"), "\(result.errors)")

                proxy.heal()
                try await shoal.push("alice/model", folder)
                try await requireSame(folder, try await scene.freshShoal("fresh").pull("alice/model"))
            }
        }

        @Test("twenty SIGKILLs of the hub during pushes lose no acknowledged commit", .timeLimit(.minutes(8)))
        func killedHub() async throws {
            var generator = SplitMix64(seed: announcedSeed())
            try await withScene { scene in
                for round in 0..<20 {
                    let folder = try scene.fixture.directory("source-\(round)")
                    try await SampleContent.random.write(6 << 20, seed: generator.next(), to: folder + "/model.bin")
                    try await SampleContent.weights.write(
                        4 << 20, seed: generator.next(), to: folder + "/w.safetensors")
                    try await SampleContent.text.write(5_000, seed: generator.next(), to: folder + "/notes.txt")
                    let repo = "alice/round-\(round)"
                    let process = try scene.shoal.start("push", repo, folder)
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0...400, using: &generator)))
                    try await scene.hub.kill()
                    try await scene.hub.restart()
                    let result = try await process.wait(timeout: .seconds(120))
                    if result.code == 0 {
                        // Acknowledged: it must be there, before anything is pushed again.
                        try await requireSame(folder, try await scene.freshShoal("ack-\(round)").pull(repo))
                    } else {
                        try requireRefused(result)
                        try await scene.shoal.push(repo, folder)
                    }
                }
                // Every one of them, after all the kills, by both clients.
                for round in 0..<20 {
                    let folder = scene.fixture.path("source-\(round)")
                    let pulled = try await scene.freshShoal("last-\(round)").pull("alice/round-\(round)")
                    try await requireSame(folder, pulled)
                }
                let python = try await scene.python.call("snapshot_download", ["repo_id": "alice/round-19"])
                try await requireSame(scene.fixture.path("source-19"), python)
            }
        }

        @Test("SIGKILLs of the hub while Python pushes: its re-run completes", .timeLimit(.minutes(5)))
        func killedHubUnderPython() async throws {
            var generator = SplitMix64(seed: announcedSeed())
            try await withScene { scene in
                for round in 0..<4 {
                    let folder = try scene.fixture.directory("source-\(round)")
                    try await SampleContent.random.write(8 << 20, seed: generator.next(), to: folder + "/model.bin")
                    try await SampleContent.text.write(5_000, seed: generator.next(), to: folder + "/notes.txt")
                    let repo = "alice/py-\(round)"
                    let instant = Int.random(in: 600...2_500, using: &generator)
                    async let first = scene.python.hf("upload", repo, folder)
                    try await Task.sleep(for: .milliseconds(instant))
                    try await scene.hub.kill()
                    try await scene.hub.restart()
                    if try await first.code != 0 {
                        try await scene.python.hf("upload", repo, folder).expecting(0)
                    }
                    try await requireSame(folder, try await scene.freshShoal("pull-\(round)").pull(repo))
                }
            }
        }

        /// A pushed file, and a client that gets it slowly.
        private func slowPull(_ scene: Scene, megabytes: Int) async throws -> (String, FaultProxy, ShoalClient) {
            let folder = try scene.fixture.directory("source")
            try await SampleContent.random.write(megabytes << 20, seed: 92, to: folder + "/model.bin")
            try await scene.shoal.push("alice/model", folder)
            let proxy = try scene.proxy()
            proxy.limit(bytesPerSecond: 24 << 20)
            return (folder, proxy, scene.freshShoal("slow", through: proxy))
        }

        /// Whatever a killed pull left in a snapshot folder has the right bytes.
        private func requireVisibleAreRight(_ cache: String, _ folder: String) async throws {
            for path in try filesBelow(cache) where path.contains("/snapshots/") && !path.hasSuffix("/.gitattributes") {
                guard let snapshots = path.range(of: "/snapshots/") else { continue }
                let name = path[snapshots.upperBound...].drop { $0 != "/" }
                let found = try await difference(between: folder + name, and: path)
                try #require(found == nil, "\(name) became visible with wrong bytes: \(found ?? "")")
            }
        }
    }
}

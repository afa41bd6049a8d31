import Foundation
import Synchronization
import TestSupport
import Testing

/// Kills of the hub at random instants, under pushes and collections without any grace. A seed is printed; with it a
/// run repeats its choices. `SHOAL_SOAK_ROUNDS` sets the number of kills.
extension Integration {
    @Suite struct HubCrashTests {
        private static let rounds =
            ProcessInfo.processInfo.environment["SHOAL_SOAK_ROUNDS"].flatMap { Int($0) } ?? 12
        private static let workers = 2

        private final class Flag: Sendable {
            private let value = Mutex(false)

            var isSet: Bool { value.withLock { $0 } }

            func set() { value.withLock { $0 = true } }
        }

        /// One repository: what its last acknowledged push held, and what a push held that may have come through.
        private struct Repo: Sendable {
            var name: String
            var acknowledged: String?
            var attempted: String?
        }

        @Test("no kill of the hub loses an acknowledged commit", .timeLimit(.minutes(90)))
        func kills() async throws {
            var generator = SplitMix64(seed: announcedSeed())
            try await withScene { scene in
                var repos = (0..<Self.workers).map { Repo(name: "alice/w\($0)") }
                for round in 0..<Self.rounds {
                    let isOver = Flag()
                    var pushes: [(Int, RunningProcess)] = []
                    for worker in repos.indices {
                        let folder = try await makeFolder(scene, "r\(round)-w\(worker)", using: &generator)
                        repos[worker].attempted = folder
                        let shoal = scene.freshShoal("pusher-\(worker)")
                        pushes.append((worker, try shoal.start("push", repos[worker].name, folder)))
                    }
                    let delay = Int.random(in: 30...1500, using: &generator)
                    let seed = generator.next()
                    async let collecting: Void = collect(scene, until: isOver, seed: seed)
                    try await Task.sleep(for: .milliseconds(delay))
                    try await scene.hub.kill()
                    try await scene.hub.restart()
                    for (worker, push) in pushes where try await settled(push) {
                        repos[worker].acknowledged = repos[worker].attempted
                        repos[worker].attempted = nil
                    }
                    isOver.set()
                    try await collecting
                    for worker in repos.indices { try await check(&repos[worker], scene, round) }
                    let fsck = try await scene.hubCommand("fsck", "--json")
                    try #require(try problems(fsck).isSubset(of: ["unknown_object"]), "\(fsck.output)")
                }
                // Calm: everything that no commit needs goes.
                try await scene.hubCommand("gc", "--grace", "0").expecting(0)
                let deep = try await scene.hubCommand("fsck", "--deep", "--json")
                try #require(try problems(deep).isSubset(of: ["unknown_object"]), "\(deep.output)")
                #expect(repos.allSatisfy { $0.acknowledged != nil }, "no push ever came through")
            }
        }

        /// Three files of a few contents, so that pushes share xorbs with one another.
        private func makeFolder(
            _ scene: Scene, _ name: String, using generator: inout SplitMix64,
        ) async throws -> String {
            let folder = try scene.fixture.directory("pushed/" + name)
            for file in 0..<3 {
                let choice = UInt64.random(in: 0..<5, using: &generator)
                try await SampleContent.random.write(
                    (1 << 20) + Int(choice) * 300_000, seed: 800 + choice, to: "\(folder)/f\(file).bin")
            }
            try await writeText("round \(name)\n", to: folder + "/note.txt")
            return folder
        }

        /// Collects again and again, and is killed now and then.
        private func collect(_ scene: Scene, until isOver: Flag, seed: UInt64) async throws {
            var generator = SplitMix64(seed: seed)
            while !isOver.isSet, !Task.isCancelled {
                let process = try scene.shoal.start("hub", "gc", "--data", scene.hub.data, "--grace", "0")
                if Int.random(in: 0..<4, using: &generator) == 0 {
                    try await Task.sleep(for: .milliseconds(Int.random(in: 1...60, using: &generator)))
                    process.signal(SIGKILL)
                }
                _ = try await process.wait()
            }
        }

        /// Whether a push says that it has succeeded; one that takes long after the kill is killed too.
        private func settled(_ push: RunningProcess) async throws -> Bool {
            let deadline = ContinuousClock.now + .seconds(25)
            while push.isRunning, .now < deadline { try await Task.sleep(for: .milliseconds(20)) }
            if push.isRunning { push.signal(SIGKILL) }
            return try await push.wait().code == 0
        }

        private func check(_ repo: inout Repo, _ scene: Scene, _ round: Int) async throws {
            guard repo.acknowledged != nil || repo.attempted != nil else { return }
            let home = "check-\(round)"
            defer { try? FileManager.default.removeItem(atPath: scene.fixture.path(home)) }
            let pulled = try await scene.freshShoal(home).run("pull", repo.name)
            guard let acknowledged = repo.acknowledged else {
                // Nothing was promised yet: there may be no repository, an empty one, or what was attempted.
                if pulled.code == 0, let attempted = repo.attempted, try await isSame(attempted, pulled.lastLine) {
                    repo.acknowledged = attempted
                }
                repo.attempted = nil
                return
            }
            try pulled.expecting(0)
            if let attempted = repo.attempted, try await isSame(attempted, pulled.lastLine) {
                repo.acknowledged = attempted
            } else {
                try await requireSame(acknowledged, pulled.lastLine)
            }
            repo.attempted = nil
        }

        private func isSame(_ folder: String, _ snapshot: String) async throws -> Bool {
            try await differences(betweenFolder: folder, and: snapshot)
                .allSatisfy { $0 == "unexpected: .gitattributes" }
        }

        private func problems(_ fsck: ProcessResult) throws -> Set<String> {
            let document = try JSONSerialization.jsonObject(with: Data(fsck.output.utf8)) as? [String: Any]
            let problems = try #require(document?["problems"] as? [[String: Any]], "\(fsck.errors)")
            return Set(problems.compactMap { $0["kind"] as? String })
        }
    }
}

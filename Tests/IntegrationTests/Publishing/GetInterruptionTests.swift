import Foundation
import TestSupport
import Testing

extension Integration {
    /// `shoal get` that is ended in the middle.
    @Suite struct GetInterruptionTests {
        /// A giver, and a taker that receives a megabyte per second.
        private func withSlowGet(
            _ name: String, _ body: (PublishNode, [String], String, String) async throws -> Void
        ) async throws {
            try await withFixture(name) { fixture in
                let giver = try PublishNode(fixture, "giver")
                let folder = try fixture.directory("model")
                try await PublishSample.write(to: folder, seed: 80, size: 8_000_000)
                let shared = try await giver.share(folder, "--name", "ann/model", "--piece-length", "64K")
                let (agent, address) = try await giver.startAgent()
                let taker = try PublishNode(fixture, "taker", network: "download_rate_limit: 1M")
                let target = fixture.path("out")
                let words = [
                    "get", shared.torrent, "--peer", address, "-o", target, "--no-seed", "--timeout", "20", "--json",
                ]
                try await body(taker, words, folder, target)
                try await agent.stop()
            }
        }

        /// Bytes of disk that files in the hidden folder take.
        private func stored(_ target: String) -> Int {
            let files = (try? filesBelow(target + "/.shoal-get")) ?? []
            return files.filter { $0.contains("/files/") }.reduce(0) { sum, path in
                var facts = stat()
                return stat(path, &facts) == 0 ? sum + Int(facts.st_blocks) * 512 : sum
            }
        }

        private func finish(_ node: PublishNode, _ words: [String], _ folder: String, _ target: String) async throws {
            var taker = node
            try taker.configure()
            let result = try await taker.shoal.run(words, timeout: .seconds(60)).expecting(0)
            let got = try JSONDecoder().decode(PublishNode.Got.self, from: Data(result.output.utf8))
            #expect(got.complete && got.statistics.resumed_bytes > 500_000, "\(got.statistics)")
            try await PublishNode.requireModel(folder, at: target)
            #expect(!exists(target + "/.shoal-get"))
        }

        @Test(
            "kill -9: nothing is visible before all is verified, and the same command continues",
            .timeLimit(.minutes(2)))
        func killed() async throws {
            try await withSlowGet("get-killed") { taker, words, folder, target in
                let process = try taker.fixture.start(taker.shoal.command(words))
                // What the engine knows is kept every few seconds.
                try await process.wait(until: "resume data of some megabytes") { _ in
                    let names = (try? filesBelow(target + "/.shoal-get")) ?? []
                    return names.contains { $0.hasSuffix("/resume") } && stored(target) > 2_500_000
                }
                #expect(try PublishNode.visible(in: target).isEmpty)
                process.signal(SIGKILL)
                _ = try await process.wait()
                #expect(try PublishNode.visible(in: target).isEmpty)
                try await finish(taker, words, folder, target)
            }
        }

        @Test("Ctrl-C ends it at once with 130 and keeps what came", .timeLimit(.minutes(2)))
        func interrupted() async throws {
            try await withSlowGet("get-interrupted") { taker, words, folder, target in
                let process = try taker.fixture.start(taker.shoal.command(words))
                try await process.wait(until: "some megabytes") { _ in stored(target) > 2_500_000 }
                process.signal(SIGINT)
                let result = try await process.wait(timeout: .seconds(20))
                #expect(result.code == 130 && result.errors.contains("run the same command again"), "\(result.errors)")
                #expect(try PublishNode.visible(in: target).isEmpty)
                try await finish(taker, words, folder, target)
            }
        }

        @Test("--limit-rate holds for what peers send", .timeLimit(.minutes(2)))
        func limited() async throws {
            try await withFixture("get-limited") { fixture in
                let giver = try PublishNode(fixture, "giver")
                let folder = try fixture.directory("model")
                try await PublishSample.write(to: folder, seed: 90, size: 5_000_000)
                let shared = try await giver.share(folder, "--name", "ann/model")
                let (agent, address) = try await giver.startAgent()
                let taker = try PublishNode(fixture, "taker")
                let begin = ContinuousClock.now
                _ = try await taker.get(
                    shared.torrent, "--peer", address, "-o", fixture.path("out"), "--limit-rate", "1M", "--no-seed")
                // A second's worth may pass at once.
                #expect(ContinuousClock.now - begin > .seconds(3))
                try await agent.stop()
            }
        }
    }
}

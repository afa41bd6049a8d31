import Foundation
import TestSupport
import Testing

/// What remains of a cache after `rm` and `prune`, and what Python leaves of a copy.
extension Integration {
    @Suite struct CacheDeletionTests {
        private func client(_ fixture: Fixture) -> (ShoalClient, PythonClient) {
            let endpoint = "http://127.0.0.1:9"
            return (
                ShoalClient(fixture: fixture, endpoint: endpoint, token: nil, home: "home"),
                PythonClient(fixture: fixture, endpoint: endpoint, token: nil, home: "home")
            )
        }

        /// Runs the same words on two copies of a cache and compares what is left.
        private func compare(
            _ cache: RandomCache, _ arguments: [String], in fixture: Fixture, mark: String
        ) async throws {
            let (shoal, python) = client(fixture)
            let (ours, theirs) = (fixture.path("ours-\(mark)"), fixture.path("theirs-\(mark)"))
            try await copyTree(cache.root, to: ours, in: fixture)
            try await copyTree(cache.root, to: theirs, in: fixture)
            let before = try cacheTree(ours)
            let planned = try await shoal.run(["cache"] + arguments + ["--cache-dir", ours, "--dry-run", "--json"])
                .expecting(0)
            #expect(try cacheTree(ours) == before, "a dry run changed the cache: \(arguments)")
            let result = try await shoal.run(["cache"] + arguments + ["--cache-dir", ours, "--yes", "--json"])
                .expecting(0)
            let python1 = try await python.hf(["cache"] + arguments + ["--cache-dir", theirs, "--yes"]).expecting(0)
            #expect(try cacheTree(ours) == cacheTree(theirs), "\(arguments)\n\(result.output)\n\(python1.output)")

            let plan = try #require(try JSONSerialization.jsonObject(with: Data(planned.output.utf8)) as? NSDictionary)
            let done = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? NSDictionary)
            #expect(plan["freed"] as? Int == done["freed"] as? Int, "\(plan) \(done)")
        }

        @Test("prune leaves what Python leaves", .timeLimit(.minutes(3)), arguments: 0..<6)
        func prune(_ round: UInt64) async throws {
            let seed = announcedSeed() &+ round
            try await withFixture { fixture in
                let cache = try RandomCache(root: fixture.path("cache"), seed: seed, hasDamage: round % 2 == 0)
                try await compare(cache, ["prune"], in: fixture, mark: "prune")
            }
        }

        @Test("rm leaves what Python leaves: repositories, revisions, files", .timeLimit(.minutes(4)), arguments: 0..<3)
        func remove(_ round: UInt64) async throws {
            let seed = announcedSeed() &+ round
            try await withFixture { fixture in
                let cache = try RandomCache(root: fixture.path("cache"), seed: seed, hasDamage: round % 2 == 0)
                let repo = cache.repos[Int(round) % cache.repos.count]
                let last = cache.repos[cache.repos.count - 1]
                let plural = repo.id.split(separator: "/", maxSplits: 1)
                let uri = "hf://\(plural[0])s/\(plural[1])"
                var cases: [[String]] = [
                    [repo.id], [repo.id.uppercased(), "model/not/there"], [repo.commits[0]],
                    [repo.commits[0].uppercased(), last.id], ["model/not/there"],
                    [repo.commits[0], String(repeating: "0", count: 40)],
                ]
                if repo.id.split(separator: "/").count == 3, !repo.id.hasPrefix("kernel/") {
                    cases += [[uri], [uri + "/model.bin"], [uri + "/sub/deep/x.txt", uri + "/none.txt"]]
                }
                for (index, targets) in cases.enumerated() {
                    try await compare(cache, ["rm"] + targets, in: fixture, mark: "rm\(index)")
                }
            }
        }

        @Test("addresses that cannot be removed are refused by both", .timeLimit(.minutes(1)))
        func refusals() async throws {
            try await withFixture { fixture in
                let (shoal, python) = client(fixture)
                let cache = try RandomCache(root: fixture.path("cache"), seed: 5, hasDamage: false)
                let before = try cacheTree(cache.root)
                for targets in [
                    ["hf://ns/name@main"], ["hf://ns/name@main/x.txt"], ["hf://ns/name/x.txt", "model/ns/name"],
                ] {
                    let words = ["cache", "rm", "--cache-dir", cache.root, "--yes"] + targets
                    try requireRefused(try await shoal.run(words))
                    #expect(try await python.hf(words).code == 1)
                }
                // Where nobody can be asked, nothing is deleted.
                let words = ["cache", "rm", "--cache-dir", cache.root, "--json", cache.repos[0].id]
                try requireRefused(try await shoal.run(words))
                #expect(try await python.hf(words).code == 1)
                #expect(try cacheTree(cache.root) == before)
            }
        }

        @Test("what another process downloads is left alone", .timeLimit(.minutes(1)))
        func inUse() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(12 << 20, seed: 5, to: folder + "/model.bin")
                try await scene.shoal.push("alice/model", folder)
                let proxy = try scene.proxy()
                proxy.limit(bytesPerSecond: 2 << 20)
                let shoal = scene.freshShoal("busy", through: proxy)
                let pull = try shoal.start("pull", "alice/model")
                let partial = shoal.cache + "/models--alice--model/blobs"
                try await pull.wait(until: "partial file") { _ in
                    ((try? filesBelow(partial)) ?? []).contains { $0.hasSuffix(".shoal.incomplete") }
                }
                let pruned = try await shoal.run("cache", "prune", "--yes").expecting(0)
                #expect(pruned.errors.contains("warning: kept: "), "\(pruned.output) \(pruned.errors)")
                try requireRefused(try await shoal.run("cache", "rm", "--yes", "model/alice/model"))
                proxy.limit(bytesPerSecond: nil)
                let snapshot = try await pull.wait().expecting(0).lastLine
                try await requireSame(folder, snapshot)
                _ = try await shoal.run("cache", "rm", "--yes", "model/alice/model").expecting(0)
                #expect(!exists(shoal.cache + "/models--alice--model"))
            }
        }

        @Test("prune removes what an interrupted pull has left, its journal too", .timeLimit(.minutes(1)))
        func ownLeftovers() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(12 << 20, seed: 6, to: folder + "/model.bin")
                try await scene.shoal.push("alice/model", folder)
                let proxy = try scene.proxy()
                proxy.limit(bytesPerSecond: 2 << 20)
                let shoal = scene.freshShoal("killed", through: proxy)
                let pull = try shoal.start("pull", "alice/model")
                let repo = shoal.cache + "/models--alice--model"
                try await pull.wait(until: "journal") { _ in
                    ((try? filesBelow(repo + "/.shoal")) ?? []).contains { $0.hasSuffix(".journal") }
                }
                pull.signal(SIGKILL)
                _ = try await pull.wait()
                _ = try await shoal.run("cache", "prune", "--yes").expecting(0)
                let left = try filesBelow(repo).filter { $0.contains("incomplete") || $0.contains(".journal") }
                #expect(left.isEmpty, "\(left)")
                proxy.limit(bytesPerSecond: nil)
                try await requireSame(folder, try await shoal.pull("alice/model"))
            }
        }
    }
}

import Foundation
import TestSupport
import Testing

/// What the cache commands make of a cache, and what Python makes of the same one.
extension Integration {
    @Suite struct CacheListTests {
        private func client(_ fixture: Fixture) -> (ShoalClient, PythonClient) {
            // Nobody listens there: these commands need no hub.
            let endpoint = "http://127.0.0.1:9"
            return (
                ShoalClient(fixture: fixture, endpoint: endpoint, token: nil, home: "home"),
                PythonClient(fixture: fixture, endpoint: endpoint, token: nil, home: "home")
            )
        }

        private func list(_ shoal: ShoalClient, _ arguments: [String]) async throws -> (
            rows: [NSDictionary], errors: String
        ) {
            let result = try await shoal.run(["cache", "ls", "--json"] + arguments).expecting(0)
            let parsed = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
            return (try #require(parsed as? [NSDictionary]), result.errors)
        }

        @Test("lists what Python finds, in random caches", .timeLimit(.minutes(2)), arguments: 0..<8)
        func listing(_ round: UInt64) async throws {
            let seed = announcedSeed() &+ round
            try await withFixture { fixture in
                let (shoal, python) = client(fixture)
                let cache = try RandomCache(root: fixture.path("cache"), seed: seed, hasDamage: round % 2 == 0)
                let scanned = try await python.script("scan_cache.py", [cache.root]).expecting(0).output
                let expected = try #require(
                    try JSONSerialization.jsonObject(with: Data(scanned.utf8)) as? [String: Any])
                let repos = try await list(shoal, ["--cache-dir", cache.root, "--show-warnings"])
                #expect(NSArray(array: repos.rows) == expected["repos"] as? NSArray, "seed \(seed)")
                let revisions = try await list(shoal, ["--cache-dir", cache.root, "--revisions"])
                #expect(NSArray(array: revisions.rows) == expected["revisions"] as? NSArray, "seed \(seed)")
                let warnings = repos.errors.split(separator: "\n").count { $0.hasPrefix("warning: ") }
                #expect(warnings == expected["warnings"] as? Int, "seed \(seed): \(repos.errors)")

                // What the words of the table and its last line say.
                let table = try await shoal.run("cache", "ls", "--cache-dir", cache.root).expecting(0)
                let total = try #require(expected["size"] as? UInt64)
                #expect(cache.repos.isEmpty || table.output.contains(sizeText(total)), "\(total): \(table.output)")
                let strays = try #require(expected["incomplete"] as? [String])
                #expect(table.errors.contains("incomplete download") == !strays.isEmpty)
            }
        }

        /// Three digits and a unit, as the table shows sizes.
        private func sizeText(_ bytes: UInt64) -> String {
            if bytes < 1000 { return "\(bytes) B" }
            let value = Double(bytes) / (bytes < 1_000_000 ? 1000 : 1_000_000)
            let digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
            return String(format: "%.\(digits)f", value) + (bytes < 1_000_000 ? " kB" : " MB")
        }

        @Test("filters, orders and limits select what hf selects", .timeLimit(.minutes(3)))
        func selection() async throws {
            try await withFixture { fixture in
                let (shoal, python) = client(fixture)
                let cache = try RandomCache(root: fixture.path("cache"), seed: 4711, hasDamage: false)
                for (index, repo) in cache.repos.enumerated() {
                    // Ages that no clock tick can move across the bounds below.
                    let past = Date(timeIntervalSinceNow: -86_400 * (Double(index) * 3 + 0.5))
                    for path in try filesBelow(cache.root + "/" + repo.folder) {
                        try? FileManager.default.setAttributes([.modificationDate: past], ofItemAtPath: path)
                    }
                }
                let cases: [[String]] = [
                    ["--filter", "size>20KB"], ["-f", "size<=30k"], ["--filter", "size != 0"], ["-f", "type=model"],
                    ["-f", "type = DATASET"], ["-f", "refs=main"], ["-f", "refs=REFS/PR/1", "--revisions"],
                    ["-f", "modified>2d"], ["-f", "modified<1w", "-f", "size>1"], ["-f", "accessed<1mo"],
                    ["--sort", "size"], ["--sort", "size:asc"], ["--sort", "name:desc"], ["--sort", "modified"],
                    ["--sort", "name", "--limit", "2"], ["--revisions", "--sort", "size:desc", "--limit", "3"],
                    ["--limit", "0"], ["--revisions", "-f", "size>=10KB", "--sort", "modified:asc"],
                ]
                for arguments in cases {
                    let words = ["cache", "ls", "--cache-dir", cache.root, "--quiet"] + arguments
                    let ours = try await shoal.run(words).expecting(0)
                    let theirs = try await python.hf(words).expecting(0)
                    #expect(ours.output == theirs.output, "\(arguments)")
                }
                for arguments in [
                    ["--filter", "size>big"], ["--filter", "colour=red"], ["-f", "type>model"], ["-f", "size"],
                    ["--sort", "colour"], ["--sort", "size:up"], ["--limit", "-1"], ["-f", "refs!=main"],
                ] {
                    let words = ["cache", "ls", "--cache-dir", cache.root] + arguments
                    try requireRefused(try await shoal.run(words), code: 2)
                    let theirs = try await python.hf(words)
                    #expect(theirs.code == 2, "\(arguments)")
                }
            }
        }

        @Test("a cache that is not there is an error", .timeLimit(.minutes(1)))
        func noCache() async throws {
            try await withFixture { fixture in
                let (shoal, python) = client(fixture)
                for verb in ["ls", "prune"] {
                    try requireRefused(try await shoal.run("cache", verb, "--cache-dir", fixture.path("none")))
                    #expect(try await python.hf("cache", verb, "--cache-dir", fixture.path("none")).code == 1)
                }
            }
        }
    }
}

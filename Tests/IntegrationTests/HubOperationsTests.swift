import Foundation
import TestSupport
import Testing

extension Integration {
    @Suite struct HubOperationsTests {
        @Test(
            "the Python client waits out a rate limit, and the log tells of it without tokens", .timeLimit(.minutes(2)))
        func rateLimit() async throws {
            try await withFixture { fixture in
                let log = fixture.path("access.log")
                let hub = try await RunningHub.start(
                    in: fixture,
                    arguments: [
                        "--rate-limit", "api=10", "--rate-limit", "window=12", "--access-log", log, "--json",
                    ])
                let token = try await hub.token(user: "alice")
                let python = PythonClient(fixture: fixture, endpoint: hub.url, token: token)
                try await python.call("create_repo", ["repo_id": "alice/model"])
                var lines: [[String: Any]] = []
                for _ in 0..<30 where !lines.contains(where: { $0["status"] as? Int == 429 }) {
                    let files = try await python.call("list_repo_files", ["repo_id": "alice/model"])
                    #expect(files.contains(".gitattributes"))
                    lines = try Self.lines(of: log)
                }
                #expect(lines.contains { $0["status"] as? Int == 429 && $0["path"] as? String != nil })
                #expect(lines.contains { $0["user"] as? String == "alice" && $0["status"] as? Int == 200 })
                let text = try String(contentsOfFile: log, encoding: .utf8)
                #expect(!text.contains(token) && !text.contains("hf_"))
                try await hub.stop()
            }
        }

        private static func lines(of path: String) throws -> [[String: Any]] {
            try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap {
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
        }

        @Test("a hub that is told to stop finishes the download under way", .timeLimit(.minutes(1)))
        func drain() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                let path = folder + "/weights.bin"
                try await SampleContent.random.write(24 << 20, seed: 91, to: path)
                try await scene.shoal.push("alice/model", folder)
                let copy = scene.fixture.path("copy")
                let curl = Command(
                    "/usr/bin/curl",
                    [
                        "-sS", "-f", "--limit-rate", "8M", "-o", copy,
                        scene.hub.url + "/alice/model/resolve/main/weights.bin",
                    ], label: "curl")
                async let download = scene.fixture.run(curl, timeout: .seconds(30))
                while (try? fileSize(copy)) ?? 0 < 1 << 20 { try await Task.sleep(for: .milliseconds(20)) }
                try await scene.hub.stop()
                try await download.expecting(0)
                #expect(try await difference(between: path, and: copy) == nil)
            }
        }
    }
}

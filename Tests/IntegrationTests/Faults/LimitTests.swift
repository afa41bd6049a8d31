import Foundation
import TestSupport
import Testing

/// Limits of speed, and what a run writes down about itself.
extension Integration {
    @Suite struct LimitTests {
        private static let repo = "alice/model"

        @Test("downloads and uploads keep to their rates, and a wrong rate is usage", .timeLimit(.minutes(2)))
        func rates() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(8 << 20, seed: 451, to: folder + "/a.bin")
                try await SampleContent.random.write(4 << 20, seed: 452, to: folder + "/b.bin")
                let proxy = try scene.proxy()
                let pushed = try await scene.freshShoal("up", through: proxy).run(
                    "push", Self.repo, folder, "--limit-upload", "4M"
                ).expecting(0)
                #expect(pushed.duration > .milliseconds(2_700), "\(pushed.duration)")

                let pulled = try await scene.freshShoal("down", through: proxy).run(
                    "pull", Self.repo, "--limit-rate", "4M"
                ).expecting(0)
                try await requireSame(folder, pulled.lastLine)
                #expect(pulled.duration > .milliseconds(2_700), "\(pulled.duration)")

                // So slow that each connection waits for a long time, and none is taken for dead.
                var crawling = scene.freshShoal("crawl", through: proxy)
                crawling.environment["SHOAL_LIMIT_RATE"] = "900K"
                crawling.environment["HF_HUB_DOWNLOAD_TIMEOUT"] = "3"
                proxy.forget()
                let slow = try await crawling.run("pull", Self.repo).expecting(0)
                try await requireSame(folder, slow.lastLine)
                #expect(slow.duration > .seconds(11), "\(slow.duration)")
                #expect(proxy.responseBytes < 13 << 20, "\(proxy.responseBytes)")

                for wrong in ["fast", "-1", "10X", ""] {
                    let result = try await scene.shoal.run("pull", Self.repo, "--limit-rate=\(wrong)")
                    try requireRefused(result, code: 2, hint: true)
                }
            }
        }

        @Test("a log says what happened, as text or JSON, and has no secret", .timeLimit(.minutes(2)))
        func logs() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(2 << 20, seed: 453, to: folder + "/model.bin")
                let (text, json) = (scene.fixture.path("run.log"), scene.fixture.path("run.jsonl"))
                try await scene.shoal.push(Self.repo, folder, "--log-file", text, "--log-level", "trace")
                var shoal = scene.freshShoal("json")
                shoal.environment["SHOAL_LOG_FILE"] = json
                shoal.environment["SHOAL_LOG"] = "debug"
                let pulled = try await shoal.run(
                    "pull", Self.repo, "--log-format", "json", "--progress", "none"
                ).expecting(0)
                #expect(pulled.errors.isEmpty, "the log belongs into its file: \(pulled.errors)")
                struct Line: Decodable {
                    var time: String
                    var level: String
                    var message: String
                }
                let lines = String(decoding: try readBytes(json), as: UTF8.self).split(separator: "\n")
                #expect(lines.count > 3)
                for line in lines {
                    let event = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
                    #expect(
                        event.time.hasSuffix("Z") && ["debug", "info"].contains(event.level) && !event.message.isEmpty)
                }
                let all = String(decoding: try readBytes(text), as: UTF8.self) + lines.joined(separator: "\n")
                #expect(all.contains("curl") && all.contains("<hidden>"))
                #expect(!all.contains(scene.token))
                #expect(!all.contains("signature=") && !all.contains("sig="))

                try requireRefused(try await shoal.run("ls", Self.repo, "--log-level", "loud"), code: 2)
                let nowhere = try await shoal.run("ls", Self.repo, "--log-file", "/proc/none/x", "--json")
                try requireRefused(nowhere)
                #expect(nowhere.output.contains(#""code":"log_file""#))
            }
        }

        @Test("the numbers of a run, done or failed", .timeLimit(.minutes(1)))
        func metrics() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(2 << 20, seed: 454, to: folder + "/model.bin")
                try await scene.shoal.push(Self.repo, folder)
                struct Numbers: Decodable {
                    struct Host: Decodable {
                        var requests: Int
                        var statuses: [String: Int]
                        var failures: [String: Int]
                    }
                    var outcome: String
                    var seconds: Double
                    var peak_bytes: Int
                    var requests: Int
                    var network_bytes: Int
                    var received_bytes: Int
                    var verified_chunks: Int
                    var files: Int
                    var hosts: [String: Host]
                }
                let path = scene.fixture.path("numbers.json")
                func numbers() throws -> Numbers {
                    try JSONDecoder().decode(Numbers.self, from: Data(try readBytes(path)))
                }
                try await scene.freshShoal("fresh").run("pull", Self.repo, "--metrics", path).expecting(0)
                let done = try numbers()
                #expect(done.outcome == "done" && done.received_bytes >= 2 << 20 && done.peak_bytes > 1 << 20)
                let host = try #require(done.hosts[scene.hub.url])
                #expect(host.requests >= 4 && host.statuses["206"] == 1, "\(host)")
                #expect(done.requests == done.hosts.values.reduce(0) { $0 + $1.requests } && done.files == 2)
                try requireRefused(try await scene.shoal.run("ls", "alice/none", "--metrics", path))
                #expect(try numbers().outcome == "repo_not_found" && numbers().network_bytes == 0)
                try await scene.freshShoal("reader").run("cat", Self.repo, "model.bin", "--metrics", path).expecting(0)
                #expect(try numbers().received_bytes >= 2 << 20 && numbers().verified_chunks > 1)
                try await SampleContent.random.write(200_000, seed: 455, to: folder + "/more.bin")
                try await scene.shoal.run("push", Self.repo, folder, "--metrics", path).expecting(0)
                #expect(try numbers().files == 1)

                let proxy = try scene.proxy()
                proxy.limit(bytesPerSecond: 256 << 10)
                let process = try scene.freshShoal("interrupted", through: proxy).start(
                    "pull", Self.repo, "--metrics", path)
                try await process.wait(until: "some bytes") { _ in proxy.responseBytes > 768 << 10 }
                process.signal(SIGINT)
                try await process.wait(timeout: .seconds(20)).expecting(130)
                let cut = try numbers()
                let came = cut.received_bytes
                #expect(cut.outcome == "interrupted" && cut.network_bytes == came)
                #expect(came > 100 << 10 && came < 2 << 20, "\(came)")
                #expect(cut.hosts[proxy.url] != nil, "\(cut.hosts)")
            }
        }

        @Test("settings come from a file, and a wrong file is said", .timeLimit(.minutes(1)))
        func settingsFile() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await writeText("hello\n", to: folder + "/a.txt")
                var shoal = scene.shoal
                let path = scene.fixture.path("config.json")
                shoal.environment["SHOAL_CONFIG"] = path
                shoal.environment["HF_ENDPOINT"] = ""
                let settings =
                    #"{"endpoint": ["http://127.0.0.1:9", "\#(scene.hub.url)"], "limit_rate": "50M", "offline": false}"#
                try await writeText(settings, to: path)
                try await shoal.push(Self.repo, folder)
                for (text, words) in [
                    (#"{"limit_rat": "1M"}"#, "did you mean 'limit_rate'"), ("[1]", path + ":1:1"),
                    (#"{"endpoint": {"a": 1}}"#, "'a' in 'endpoint' takes a text"),
                ] {
                    try await writeText(text, to: path)
                    let result = try await shoal.run("ls", Self.repo, "--json")
                    try requireRefused(result)
                    #expect(
                        result.output.contains(#""code":"bad_config""#) && result.errors.contains(words),
                        "\(result.errors)")
                }
            }
        }
    }
}

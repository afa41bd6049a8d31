import Foundation
import TestSupport
import Testing

extension Integration {
    @Suite struct AgentDashboardTests {
        @Test("the page is made of its own parts alone, and allows nothing else", .timeLimit(.minutes(1)))
        func policy() async throws {
            try await withScene { scene in
                let agent = try await RunningAgent.start(RunningAgent.client(scene.fixture, upstream: scene.hub.url))
                let token = try agent.token
                for path in ["/", "/dashboard.css", "/dashboard.js"] {
                    let part = try await agent.ask(path)
                    #expect(part.status == 200)
                    let policy = try #require(part.headers["content-security-policy"])
                    #expect(policy.hasPrefix("default-src 'none'; script-src 'self'") && !policy.contains("unsafe"))
                    #expect(part.headers["x-content-type-options"] == "nosniff")
                    #expect(!part.text.contains(token))
                    // The one address in it is a name, not a place.
                    let addresses = part.text.matches(of: /https?:\/\/[^"\s]*/).map { String($0.output) }
                    #expect(Set(addresses).subtracting(["http://www.w3.org/2000/svg"]).isEmpty, "\(addresses)")
                    #expect(!part.text.contains("innerHTML") && !part.text.contains("style=\""))
                    #expect(try await agent.ask(path, method: "POST").status == 405)
                }
                try await agent.stop()
            }
        }

        @Test(
            "the page shows transfers, models, sources and peers in a browser",
            .enabled(if: Chromium.program != nil, "\(Chromium.skipped)"), .timeLimit(.minutes(3)))
        func page() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(6_000_000, seed: 1100, to: folder + "/model.safetensors")
                try await writeText("{}", to: folder + "/config.json")
                try await scene.shoal.push("alice/model", folder)
                let shoal = RunningAgent.client(scene.fixture, upstream: scene.hub.url, token: scene.token)
                _ = try await shoal.pull("alice/model", "config.json")
                let agent = try await RunningAgent.start(shoal)
                let python = PythonClient(
                    fixture: scene.fixture, endpoint: agent.url, token: scene.token, home: "reader")
                try await python.call("snapshot_download", ["repo_id": "alice/model"])

                let browser = Chromium(fixture: scene.fixture)
                let token = try agent.token
                let closed = try await browser.document(agent.url + "/", settling: 2000)
                #expect(closed.contains("id=\"token\"") && !closed.contains("data-ready"))
                let open = try await browser.document(agent.url + "/#token=\(token)", settling: 4000)
                #expect(open.contains("data-ready=\"true\""), "\(open)")
                #expect(open.contains("alice/model/model.safetensors") && open.contains("state-done"))
                #expect(open.contains("from the hub") && open.contains("5.72 MiB"))
                #expect(open.contains("No peer is connected") && open.contains(scene.hub.url))
                #expect(open.contains("<td class=\"name\">alice/model</td>"))
                #expect(!open.contains(token))
                let picture = scene.fixture.path("dashboard.png")
                try await browser.screenshot(
                    agent.url + "/#token=\(token)", width: 1180, to: picture, settling: 4000)
                #expect(try fileSize(picture) > 20_000)
                if let keep = ProcessInfo.processInfo.environment["SHOAL_KEEP_PICTURES"] {
                    try? FileManager.default.copyItem(atPath: picture, toPath: keep + "/dashboard.png")
                }
                try await agent.stop()
            }
        }
    }
}

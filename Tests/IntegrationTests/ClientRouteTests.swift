import TestSupport
import Testing

extension Integration {
    /// What the unmodified Python client asks of a hub beside uploads and downloads.
    @Suite struct ClientRouteTests {
        @Test(
            "the routes of huggingface_hub", .timeLimit(.minutes(3)),
            arguments: ["refs", "lifecycle", "commits", "discussions", "gated", "catalogue", "filesystem"],
            [true, false])
        func scenario(_ name: String, usesXet: Bool) async throws {
            try await withScene("routes-\(name)-\(usesXet)") { scene in
                var python = scene.python
                if !usesXet { python.environment["HF_HUB_DISABLE_XET"] = "1" }
                python.environment["BOB_TOKEN"] = try await scene.hub.token(user: "bob")
                let result = try await python.script("hub_routes.py", [name])
                #expect(result.code == 0, "\(result.errors)\n\(scene.hub.log)")
                #expect(result.trimmed == "ok")
            }
        }

        @Test("the commands of hf on repositories", .timeLimit(.minutes(3)))
        func commands() async throws {
            try await withScene { scene in
                let lines = [
                    "auth whoami", "repos create alice/m", "repos create alice/m --exist-ok",
                    "repos branch create alice/m dev", "repos tag create alice/m v1 -m first", "repos tag list alice/m",
                    "upload alice/m NOTE note.txt --revision dev", "models list --search m", "models info alice/m",
                    "models list alice/m -R --revision dev", "repos list", "repos settings alice/m --gated auto",
                    "repos settings alice/m --gated false --private", "repos duplicate alice/m alice/copy",
                    "discussions create alice/m --title Question --body How", "discussions comment alice/m 1 --body So",
                    "upload alice/m NOTE note.txt --create-pr", "discussions list alice/m",
                    "discussions list alice/m --kind pull_request", "discussions info alice/m 2",
                    "discussions diff alice/m 2", "discussions merge alice/m 2 --yes",
                    "discussions close alice/m 1 --yes",
                    "discussions reopen alice/m 1 --yes", "discussions rename alice/m 1 Answer",
                    "repos delete-files alice/m note.txt", "repos move alice/m alice/moved", "download alice/m",
                    "repos branch delete alice/m dev", "repos tag delete alice/m v1 --yes",
                    "datasets list", "spaces list", "repos delete alice/moved --yes",
                ]
                let note = scene.fixture.path("note.txt")
                try await writeText("A note.\n", to: note)
                for line in lines {
                    let words = line.split(separator: " ").map { $0 == "NOTE" ? note : String($0) }
                    let result = try await scene.python.hf(words)
                    #expect(result.code == 0, "hf \(line): \(result.output)\n\(result.errors)")
                }
                #expect(try await scene.python.hf("models", "info", "alice/moved").code == 1)
            }
        }
    }
}

import Foundation
import TestSupport
import Testing

/// A hub whose disk is full, in a file system of its own.
extension Integration {
    @Suite struct DiskFullTests {
        @Test(
            "an upload that does not fit is refused, harms nothing, and there is room for a smaller one",
            .enabled(if: UserNamespace.canMount, "\(UserNamespace.absent)"), .timeLimit(.minutes(2)))
        func full() async throws {
            try await withFixture { fixture in
                let data = try fixture.directory("data")
                let tokenPath = fixture.path("token")
                let script = """
                    mount -t tmpfs -o size=24m tmpfs "$1" \
                    && "$2" hub token add --data "$1" --user alice --role write > "$3" \
                    && exec "$2" hub serve --data "$1" --port 0
                    """
                let command = Command(
                    "/usr/bin/unshare",
                    ["-Urm", "/bin/sh", "-c", script, "sh", data, try BuiltPrograms.shoal(), tokenPath],
                    environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": fixture.path("hub-home")],
                    label: "full-hub")
                let hub = try fixture.start(command)
                let mark = "listening on "
                try await hub.wait(until: "line that says it listens") { $0.output.contains(mark) }
                let line = try #require(hub.output.split(separator: "\n").first { $0.contains(mark) })
                let url = String(line.split(separator: " ").last ?? "")
                let token = String(decoding: try readBytes(tokenPath), as: UTF8.self)
                    .trimmingCharacters(in: .whitespacesAndNewlines)
                let shoal = ShoalClient(fixture: fixture, endpoint: url, token: token)
                let (small, large) = (try fixture.directory("small"), try fixture.directory("large"))
                try await SampleContent.random.write(4 << 20, seed: 721, to: small + "/first.bin")
                try await shoal.push("alice/small", small)

                try await SampleContent.random.write(40 << 20, seed: 722, to: large + "/large.bin")
                let refused = try await shoal.run("push", "alice/large", large)
                print("push to a full hub: \(refused.errors.suffix(400))")
                try requireRefused(refused)
                #expect(!refused.errors.contains("internal"))
                #expect(refused.errors.contains("507") || refused.errors.contains("full"))

                let fresh = ShoalClient(fixture: fixture, endpoint: url, token: token, home: "fresh")
                try await requireSame(small, try await fresh.pull("alice/small"))
                try await SampleContent.random.write(2 << 20, seed: 723, to: small + "/second.bin")
                try await shoal.push("alice/small", small)
                try await requireSame(small, try await fresh.pull("alice/small"))
                hub.signal(SIGTERM)
                _ = try await hub.wait()
            }
        }
    }
}

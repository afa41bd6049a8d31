import Foundation
import TestSupport
import Testing

extension Integration {
    /// Users, organisations and tokens by the commands of the hub.
    @Suite struct AccountTests {
        private static func hub(_ scene: Scene, _ arguments: String...) async throws -> ProcessResult {
            let place = ["--data", scene.hub.data]
            return try await scene.shoal.run(["hub"] + arguments.prefix(2) + place + arguments.dropFirst(2))
        }

        @Test("a team shares a namespace, and a token for one repository opens no other", .timeLimit(.minutes(1)))
        func team() async throws {
            try await withScene { scene in
                _ = try await Self.hub(scene, "user", "add", "dora", "--fullname", "Dora D.").expecting(0)
                _ = try await Self.hub(scene, "org", "add", "team").expecting(0)
                _ = try await Self.hub(scene, "org", "join", "team", "alice", "--role", "write").expecting(0)
                _ = try await Self.hub(scene, "org", "join", "team", "dora", "--role", "read").expecting(0)

                let folder = try scene.fixture.directory("source")
                try await SampleFolder.write(Array(SampleFolder.small.prefix(5)), to: folder, seed: 211)
                try await scene.shoal.push("team/model", folder, "--private")
                try await scene.shoal.push("team/other", folder, "--private")

                var dora = scene.freshShoal("dora")
                dora.token = try await scene.hub.token(user: "dora")
                try await requireSame(folder, try await dora.pull("team/model"))
                try requireRefused(try await dora.run("push", "team/model", folder + "/one.bin", "new.bin"))

                var limited = scene.freshShoal("limited")
                limited.token = try await Self.hub(
                    scene, "token", "add", "--user", "alice", "--role", "fine-grained", "--allow", "read:team/model",
                    "--name", "deploy"
                ).expecting(0).trimmed
                try await requireSame(folder, try await limited.pull("team/model"))
                try requireRefused(try await limited.run("pull", "team/other"))
                try requireRefused(try await limited.run("push", "team/model", folder + "/one.bin", "new.bin"))

                let listed = try await Self.hub(scene, "token", "list", "--user", "alice", "--json").expecting(0)
                let tokens = try #require(
                    try JSONSerialization.jsonObject(with: Data(listed.output.utf8)) as? [[String: Any]])
                #expect(
                    tokens.contains { $0["name"] as? String == "deploy" && $0["role"] as? String == "fine-grained" })
                #expect(!listed.output.contains(limited.token ?? "none"))
                _ = try await Self.hub(scene, "token", "remove", "--user", "alice", "deploy").expecting(0)
                try requireRefused(try await scene.freshShoal("late").with(limited.token).run("pull", "team/model"))

                let orgs = try await Self.hub(scene, "org", "list").expecting(0)
                #expect(orgs.output.contains("alice:write dora:read"))
                _ = try await Self.hub(scene, "org", "leave", "team", "dora").expecting(0)
                try requireRefused(try await scene.freshShoal("gone").with(dora.token).run("pull", "team/model"))
            }
        }

        @Test("what cannot be done is said with a hint", .timeLimit(.minutes(1)))
        func refusals() async throws {
            try await withScene { scene in
                try requireRefused(try await Self.hub(scene, "user", "add", "alice"))
                try requireRefused(try await Self.hub(scene, "user", "add", "api"))
                try requireRefused(try await Self.hub(scene, "user", "remove", "nobody"))
                try requireRefused(try await Self.hub(scene, "org", "join", "nothing", "alice", "--role", "read"))
                try requireRefused(try await Self.hub(scene, "token", "remove", "--user", "alice", "nothing"))
                _ = try await Self.hub(scene, "token", "add", "--user", "alice", "--role", "fine-grained").expecting(2)
                let folder = try scene.fixture.directory("source")
                try await writeText("hello\n", to: folder + "/a.txt")
                try await scene.shoal.push("alice/model", folder)
                try requireRefused(try await Self.hub(scene, "user", "remove", "alice"))
                #expect(try await Self.hub(scene, "token", "add", "--user", "x", "--role", "king").code == 2)
            }
        }
    }
}

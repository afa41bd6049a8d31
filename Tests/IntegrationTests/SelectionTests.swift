import Foundation
import TestSupport
import Testing

extension Integration {
    @Suite struct SelectionTests {
        @Test("patterns, files, revisions and PATH_IN_REPO select what they say", .timeLimit(.minutes(2)))
        func selection() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleFolder.write(SampleFolder.small, to: folder, seed: 61)
                try await scene.shoal.push("alice/model", folder, "--exclude", "*.bin", "--commit-message", "no bins")

                let first = try await scene.shoal.pull("alice/model")
                let names = try filesBelow(first).map { String($0.dropFirst(first.count + 1)) }
                #expect(!names.contains { $0.hasSuffix(".bin") })
                #expect(names.contains("deep/er/still/notes.txt"))
                let commit = String(first.split(separator: "/").last ?? "")
                #expect(commit.count == 40 && commit.allSatisfy(\.isHexDigit))

                try await scene.shoal.push("alice/model", folder + "/one.bin", "bins/one.bin")
                let file = try await scene.freshShoal("single").pull("alice/model", "bins/one.bin")
                #expect(try await difference(between: folder + "/one.bin", and: file) == nil)

                let included = try await scene.freshShoal("include").pull("alice/model", "--include", "*.json")
                let kept = try filesBelow(included).map { String($0.dropFirst(included.count + 1)) }
                #expect(kept == ["config/generation.json"])

                let old = try await scene.freshShoal("old").pull("alice/model", "--revision", commit)
                #expect(!exists(old + "/bins/one.bin"))

                let none = try await scene.freshShoal("none").run("pull", "alice/model", "--include", "*.nothing")
                try requireRefused(none)
            }
        }

        @Test("ls, info and whoami tell what is there", .timeLimit(.minutes(1)))
        func listing() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleFolder.write(SampleFolder.small, to: folder, seed: 62)
                try await scene.shoal.push("alice/model", folder)

                let listing = try await scene.shoal.run("ls", "alice/model", "-R").expecting(0)
                for file in SampleFolder.small {
                    #expect(listing.output.contains(file.name), "ls does not name \(file.name)")
                }
                let info = try await scene.shoal.run("info", "alice/model", "--json").expecting(0)
                #expect(info.output.contains("alice/model"))
                let who = try await scene.shoal.run("whoami").expecting(0)
                #expect(who.trimmed.contains("alice"))
            }
        }

        @Test("login stores the token where Python finds it, logout removes it", .timeLimit(.minutes(1)))
        func login() async throws {
            try await withScene { scene in
                var shoal = scene.freshShoal("login-home")
                shoal.token = nil
                try await shoal.run("login", "--token", scene.token).expecting(0)
                #expect(try await shoal.run("whoami").expecting(0).trimmed.contains("alice"))
                var python = scene.freshPython("login-home")
                python.token = nil
                #expect(try await python.call("whoami", [:]).contains("alice"))
                #expect(String(decoding: try readBytes(shoal.home + "/token"), as: UTF8.self) == scene.token)

                try await shoal.run("logout").expecting(0)
                #expect(!exists(shoal.home + "/token"))
                try requireRefused(try await shoal.run("whoami"))

                let bad = "hf_" + String(repeating: "x", count: 34)
                try requireRefused(try await shoal.run("login", "--token", bad))
                #expect(!exists(shoal.home + "/token"))
            }
        }

        @Test("login gives the token to git's helpers when asked to, logout takes it away", .timeLimit(.minutes(1)))
        func gitCredential() async throws {
            try await withScene { scene in
                var shoal = scene.freshShoal("git-home")
                shoal.token = nil
                let (config, store) = (scene.fixture.path("gitconfig"), scene.fixture.path("credentials"))
                shoal.environment["GIT_CONFIG_GLOBAL"] = config
                try Data("[credential]\nhelper = store --file=\(store)\n".utf8).write(to: URL(filePath: config))
                try await shoal.run("login", "--token", scene.token).expecting(0)
                #expect(!exists(store))
                try await shoal.run("login", "--token", scene.token, "--add-to-git-credential").expecting(0)
                #expect(String(decoding: try readBytes(store), as: UTF8.self).contains("hf_user:\(scene.token)@"))
                try await shoal.run("logout").expecting(0)
                #expect(try readBytes(store).isEmpty)
            }
        }
    }
}

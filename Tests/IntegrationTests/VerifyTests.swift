import Foundation
import TestSupport
import Testing

/// `cache verify`: the verdicts of Python's, offline, and repairs that fetch only what is damaged.
extension Integration {
    @Suite struct VerifyTests {
        private static let repo = "alice/model"

        private func verify(_ shoal: ShoalClient, _ arguments: [String]) async throws -> (
            code: Int32?, report: NSDictionary
        ) {
            let result = try await shoal.run(["cache", "verify", Self.repo, "--json"] + arguments)
            let parsed = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? NSDictionary
            return (result.code, try #require(parsed, "\(result.errors)"))
        }

        private func paths(_ report: NSDictionary, _ key: String) -> [String] {
            if let names = report[key] as? [String] { return names }
            return (report[key] as? [NSDictionary])?.compactMap { $0["path"] as? String } ?? []
        }

        private func fetched(_ report: NSDictionary) -> Int {
            (report["repaired"] as? [NSDictionary])?.reduce(0) { $0 + ($1["fetched_bytes"] as? Int ?? 0) } ?? 0
        }

        /// Makes a file that may be read-only writable and turns one of its bits.
        private func damage(_ path: String, at offset: Int) throws {
            let real = resolvingLinks(path)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: real)
            try flipByte(at: offset, in: real)
        }

        @Test("finds what hf finds, with the hub and without", .timeLimit(.minutes(2)))
        func verdicts() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleFolder.write(SampleFolder.small, to: folder, seed: 41)
                try await scene.shoal.push(Self.repo, folder)
                let snapshot = try await scene.shoal.pull(Self.repo)
                let python = scene.freshPython(scene.shoal.home)
                let good = try await verify(scene.shoal, [])
                #expect(good.code == 0)
                let files = try filesBelow(snapshot).count
                #expect(good.report["checked"] as? Int == files)

                for path in ["README.md", "data/100k.bin", "tokenizer.model"] {
                    try damage(snapshot + "/" + path, at: 300)
                }
                try FileManager.default.removeItem(atPath: snapshot + "/one.bin")
                try await writeText("extra", to: snapshot + "/sub/extra.txt")
                let strict = ["--fail-on-missing-files", "--fail-on-extra-files"]
                for arguments in [[], [strict[0]], [strict[1]], strict] {
                    let theirs = try await python.hf(["cache", "verify", Self.repo] + arguments)
                    let ours = try await verify(scene.shoal, arguments)
                    #expect(ours.code == theirs.code && ours.code == 1, "\(theirs.output) \(theirs.errors)")
                    for path in paths(ours.report, "mismatches") {
                        #expect(theirs.output.contains("- \(path): expected"))
                    }
                    let counted = theirs.output.split(separator: "\n").count { $0.contains(": expected ") }
                    #expect(paths(ours.report, "mismatches").count == counted)
                }
                let all = try await verify(scene.shoal, strict)
                #expect(paths(all.report, "mismatches") == ["README.md", "data/100k.bin", "tokenizer.model"])
                #expect(paths(all.report, "missing") == ["one.bin"])
                #expect(paths(all.report, "extra") == ["sub/extra.txt"])

                try await scene.hub.stop()
                let offline = try await verify(scene.shoal, strict)
                #expect(offline.code == 1 && offline.report == all.report)
                try requireRefused(try await scene.shoal.run("cache", "verify", Self.repo, "--repair"))
                try requireRefused(try await scene.shoal.run("cache", "verify", "alice/other"))
                try requireRefused(try await scene.shoal.run("cache", "verify", Self.repo, "--revision", "v9"))
            }
        }

        @Test("a damaged byte of 100 MB costs a few chunks", .timeLimit(.minutes(2)))
        func oneByte() async throws {
            try await withScene { scene in
                let proxy = try scene.proxy()
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(100 << 20, seed: 42, to: folder + "/model.bin")
                try await writeText("hello", to: folder + "/config.json")
                try await scene.shoal.push(Self.repo, folder)
                try await scene.shoal.push("alice/twin", folder)
                let shoal = scene.freshShoal("cache", through: proxy)
                let snapshot = try await shoal.pull(Self.repo)
                let twin = try await shoal.pull("alice/twin")
                try damage(snapshot + "/model.bin", at: 77_000_000)
                // Somebody who has the damaged file open keeps it, whole.
                let reader = try FileHandle(forReadingFrom: URL(fileURLWithPath: snapshot + "/model.bin"))
                proxy.forget()
                let result = try await verify(shoal, ["--repair"])
                #expect(result.code == 0)
                #expect(paths(result.report, "repaired") == ["model.bin"])
                #expect(fetched(result.report) > 0 && fetched(result.report) < 512 << 10, "\(result.report)")
                #expect(proxy.responseBytes < 1 << 20, "\(proxy.responseBytes)")
                #expect(try reader.seekToEnd() == 100 << 20)
                try await requireSame(folder, snapshot)
                // The twin shares the content, and is right again too.
                try await requireSame(folder, twin)
                let link = try FileManager.default.destinationOfSymbolicLink(atPath: snapshot + "/model.bin")
                #expect(link.hasPrefix("../../blobs/"))
                #expect(try await scene.freshPython(shoal.home).hf("cache", "verify", Self.repo).code == 0)

                // A file cut short, and a small one.
                let real = resolvingLinks(snapshot + "/model.bin")
                try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: real)
                #expect(truncate(real, 90 << 20) == 0)
                try damage(snapshot + "/config.json", at: 1)
                let again = try await verify(shoal, ["--repair"])
                #expect(again.code == 0 && paths(again.report, "repaired") == ["config.json", "model.bin"])
                #expect(fetched(again.report) < 12 << 20)
                try await requireSame(folder, snapshot)
                #expect(
                    try filesBelow(shoal.cache).allSatisfy { !$0.contains("incomplete") && !$0.hasSuffix(".journal") })
            }
        }

        @Test(
            "repairs without manifests, shared storage or links, and in a plain folder", .timeLimit(.minutes(2)),
            arguments: TrustMode.allCases)
        func repairs(_ mode: TrustMode) async throws {
            try await withScene(hub: mode.hubArguments) { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(8 << 20, seed: 43, to: folder + "/model.bin")
                try await writeText("hello", to: folder + "/sub/config.json")
                try await scene.shoal.push(Self.repo, folder)
                for variable in ["", "HF_HUB_DISABLE_SHARED_BLOBS", "HF_HUB_DISABLE_SYMLINKS", "HF_HUB_DISABLE_XET"] {
                    var shoal = scene.freshShoal("cache-\(variable)")
                    if !variable.isEmpty { shoal.environment[variable] = "1" }
                    let snapshot = try await shoal.pull(Self.repo)
                    try damage(snapshot + "/model.bin", at: 5_000_000)
                    try damage(snapshot + "/sub/config.json", at: 2)
                    #expect(try await verify(shoal, []).code == 1)
                    let result = try await verify(shoal, ["--repair"])
                    #expect(
                        result.code == 0 && paths(result.report, "repaired").count == 2, "\(variable) \(result.report)")
                    if variable != "HF_HUB_DISABLE_XET" {
                        // A pull keeps the list of chunks also where the hub has none to give.
                        #expect(fetched(result.report) < 1 << 20, "\(variable) \(result.report)")
                    }
                    try await requireSame(folder, snapshot)
                    #expect(try await verify(shoal, []).code == 0)
                    #expect(try await shoal.run("cache", "ls", "--show-warnings").expecting(0).errors.isEmpty)
                }
                // A blob that is gone, its links left behind.
                let shoal = scene.freshShoal("cache-")
                let snapshot = try await shoal.pull(Self.repo)
                try FileManager.default.removeItem(atPath: resolvingLinks(snapshot + "/sub/config.json"))
                #expect(try await verify(shoal, ["--repair", "--fail-on-missing-files"]).code == 0)
                try await requireSame(folder, snapshot)

                let plain = scene.fixture.path("plain")
                _ = try await shoal.pull(Self.repo, "--local-dir", plain)
                try damage(plain + "/model.bin", at: 5_000_000)
                try await writeText("mine", to: plain + "/notes.txt")
                let broken = try await verify(shoal, ["--local-dir", plain])
                #expect(broken.code == 1 && paths(broken.report, "extra") == ["notes.txt"])
                #expect(try await verify(shoal, ["--local-dir", plain, "--repair"]).code == 0)
                #expect(try await difference(between: folder + "/model.bin", and: plain + "/model.bin") == nil)
                try await scene.hub.stop()
                #expect(try await verify(shoal, ["--local-dir", plain]).code == 0)
            }
        }
    }
}

import Foundation
import TestSupport
import Testing

extension Integration {
    /// Torrents and manifests that mean harm: a clear error each, and nothing written outside the destination.
    @Suite struct HostileTorrentTests {
        private func torrent(
            _ fixture: Fixture, _ name: String, _ paths: [[String]], of folder: String? = nil
        ) async throws -> String {
            let output = fixture.path(name + ".torrent")
            let json = String(decoding: try JSONEncoder().encode(paths), as: UTF8.self)
            let command = Command(
                try BuiltPrograms.python(),
                [try BuiltPrograms.script("make_torrent.py"), output, "model", json] + [folder].compactMap(\.self),
                environment: ["PATH": "/usr/bin:/bin"], label: "make-torrent")
            try await fixture.run(command).expecting(0)
            return output
        }

        @Test("paths that lead elsewhere, and names that are one on some systems", .timeLimit(.minutes(1)))
        func names() async throws {
            try await withFixture("hostile-names") { fixture in
                let node = try PublishNode(fixture, "node")
                let cases: [(name: String, paths: [[String]], code: String)] = [
                    ("dots", [["..", "..", "evil.txt"]], "unsafe_path"), ("slash", [["a/../../b"]], "unsafe_path"),
                    ("absolute", [["/etc/x"]], "unsafe_path"),
                    ("case", [["README.md"], ["readme.MD"]], "name_collision"),
                    ("twice", [["x"], ["x"]], "name_collision"), ("inside", [["a"], ["a", "b"]], "name_collision"),
                ]
                for (name, paths, code) in cases {
                    let path = try await torrent(fixture, name, paths)
                    try await node.refuses(code, ["get", path, "-o", fixture.path("out/deep"), "--timeout", "5"])
                }
                #expect(!exists(fixture.path("out")) && !exists(fixture.path("evil.txt")))
                // The same maker's torrent of an ordinary name is read: the names were the reason.
                let plain = try await torrent(fixture, "plain", [["a.txt"]])
                try await node.refuses("timed_out", ["get", plain, "-o", fixture.path("plain"), "--timeout", "2"])
            }
        }

        @Test("a torrent that was cut short, or is none", .timeLimit(.minutes(1)))
        func damaged() async throws {
            try await withFixture("hostile-damaged") { fixture in
                let node = try PublishNode(fixture, "node")
                let folder = try fixture.directory("model")
                try await PublishSample.write(to: folder, seed: 140, size: 300_000)
                let shared = try await node.share(folder, "--name", "ann/model", "--no-seed")
                let bytes = try readBytes(shared.torrent)
                for length in [0, 1, 100, bytes.count / 2, bytes.count - 1] {
                    let path = fixture.path("cut\(length).torrent")
                    try await writeBytes(Array(bytes.prefix(length)), to: path)
                    try await node.refuses("malformed", ["get", path, "-o", fixture.path("out"), "--timeout", "2"])
                }
                let bytesOfBomb = [UInt8](repeating: UInt8(ascii: "l"), count: 1 << 20)
                try await writeBytes(bytesOfBomb, to: fixture.path("bomb.torrent"))
                let bomb = try await node.shoal.run("get", fixture.path("bomb.torrent"), "-o", fixture.path("out"))
                try requireRefused(bomb, hint: false)
                #expect(!exists(fixture.path("out")))
            }
        }

        @Test(
            "a manifest that was changed after it was signed, and one that names other files", .timeLimit(.minutes(2)))
        func manifests() async throws {
            try await withFixture("hostile-manifest") { fixture in
                let giver = try PublishNode(fixture, "giver")
                let folder = try fixture.directory("root/model")
                try await SampleContent.random.write(100_000, seed: 150, to: folder + "/model.gguf")
                _ = try await giver.share(folder, "--name", "ann/model", "--no-seed")
                let papers = giver.publishFolder + "/registry/ann/model/main/manifest"
                let manifest = String(decoding: try readBytes(papers + ".json"), as: UTF8.self)
                try await writeBytes(try readBytes(papers + ".sig"), to: folder + "/shoal-manifest.sig")
                let server = try await WebSeedServer.start(in: fixture, root: fixture.path("root"))
                let names = [["model.gguf"], ["shoal-manifest.json"], ["shoal-manifest.sig"]]
                let taker = try PublishNode(fixture, "taker")
                func words(_ torrent: String, _ target: String) -> [String] {
                    ["get", torrent, "--web-seed", server.url, "-o", fixture.path(target), "--timeout", "10"]
                }

                try await writeText(
                    manifest.replacingOccurrences(of: "\"mit\"", with: "\"cc0\""), to: folder + "/shoal-manifest.json")
                let changed = try await torrent(fixture, "changed", names, of: folder)
                try await taker.refuses("wrong_signature", words(changed, "changed"))

                // The signed manifest, with other content than it speaks of.
                try await writeText(manifest, to: folder + "/shoal-manifest.json")
                try flipByte(at: 50_000, in: folder + "/model.gguf")
                let other = try await torrent(fixture, "other", names, of: folder)
                try await taker.refuses("wrong_content", words(other, "other"))
                for target in ["changed", "other"] {
                    #expect(try PublishNode.visible(in: fixture.path(target)).isEmpty)
                    // What was refused for good is not kept for another run.
                    #expect(!exists(fixture.path(target) + "/.shoal-get"))
                }
                #expect(try await taker.shoal.run("list", "--json").expecting(0).trimmed == "[]")

                // And all as it should be.
                try flipByte(at: 50_000, in: folder + "/model.gguf")
                let right = try await torrent(fixture, "right", names, of: folder)
                let got = try await taker.get(right, "--web-seed", server.url, "-o", fixture.path("right"))
                #expect(got.proof == "signed" && got.name == "ann/model")
                #expect(try readBytes(fixture.path("right/model.gguf")) == readBytes(folder + "/model.gguf"))
            }
        }
    }
}

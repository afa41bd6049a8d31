import Foundation
import TestSupport
import Testing

extension Integration {
    /// `shoal get` from peers, with real engines on loopback.
    @Suite struct GetTests {
        @Test("there is one option --version, the model's", .timeLimit(.minutes(1)))
        func version() async throws {
            try await withFixture("get-version") { fixture in
                let node = try PublishNode(fixture, "node")
                let help = try await node.shoal.run("get", "--help").expecting(0).output
                #expect(help.contains("--version") && !help.contains("Show the version"), "\(help)")
            }
        }

        @Test(
            "hybrid, v2 and v1: by magnet link, .torrent and info-hash, the same tree with sub-directories",
            .timeLimit(.minutes(3)), arguments: ["hybrid", "v2", "v1"])
        func subjects(format: String) async throws {
            try await withFixture("get-\(format)") { fixture in
                let giver = try PublishNode(fixture, "giver")
                let folder = try fixture.directory("model")
                try await PublishSample.write(to: folder, seed: 40)
                let shared = try await giver.share(folder, "--name", "ann/model", "--format", format)
                #expect((shared.info_hash_v1 != nil) == (format != "v2"))
                #expect((shared.info_hash_v2 != nil) == (format != "v1"))
                let (agent, address) = try await giver.startAgent()
                for (number, subject) in shared.subjects.enumerated() {
                    let taker = try PublishNode(fixture, "taker\(number)")
                    let target = fixture.path("out\(number)")
                    let got = try await taker.get(subject, "--peer", address, "-o", target, "--no-seed")
                    #expect(got.name == "ann/model" && got.path == target && got.complete && got.proof == "signed")
                    #expect(got.publisher?.key == shared.publisher && got.publisher?.trust == "unknown")
                    #expect(got.statistics.peer_bytes > 2_500_000 && got.statistics.web_bytes == 0, "\(got)")
                    #expect(got.files.allSatisfy { $0.outcome == "transferred" } && got.names.count == 5)
                    try await PublishNode.requireModel(folder, at: target)
                    #expect(!exists(target + "/.shoal-get"))
                }
                try await agent.stop()
            }
        }

        @Test("a model of one file, and a second version beside the first", .timeLimit(.minutes(2)))
        func versions() async throws {
            try await withFixture("get-versions") { fixture in
                let giver = try PublishNode(fixture, "giver")
                let folder = try fixture.directory("one")
                try await SampleContent.random.write(900_000, seed: 50, to: folder + "/model.gguf")
                let first = try await giver.share(folder + "/model.gguf", "--name", "ann/one")
                let (agent, address) = try await giver.startAgent()
                let taker = try PublishNode(fixture, "taker")
                let got = try await taker.get(first.magnet, "--peer", address)
                #expect(got.names == ["model.gguf"] && got.version == "main")
                #expect(got.path == taker.publishFolder + "/models/ann/one")
                try await PublishNode.requireModel(folder, at: got.path)

                let other = try fixture.directory("two")
                try await SampleContent.random.write(900_000, seed: 50, to: other + "/model.gguf")
                try await SampleContent.random.write(70_000, seed: 51, to: other + "/more.bin")
                let second = try await giver.share(other, "--name", "ann/one", "--version", "2.0")
                #expect(second.info_hash_v2 != first.info_hash_v2)
                let newer = try await taker.get(second.magnet, "--peer", address)
                #expect(newer.version == "2.0" && newer.path == taker.publishFolder + "/models/ann/one@2.0")
                // The large file is there already, in the first version.
                #expect(newer.statistics.local_bytes > 500_000, "\(newer.statistics)")
                try await PublishNode.requireModel(other, at: newer.path)
                try await PublishNode.requireModel(folder, at: got.path)
                let list = try await taker.shoal.run("list").expecting(0).output
                #expect(list.contains("2.0") && list.contains("main"), "\(list)")

                let again = try await taker.get("ann/one@2.0", "--peer", address)
                #expect(again.files.allSatisfy { $0.outcome == "already_present" }, "\(again.files)")
                try await agent.stop()
            }
        }

        @Test("patterns choose files, and a later get brings the rest", .timeLimit(.minutes(2)))
        func selection() async throws {
            try await withFixture("get-selection") { fixture in
                let giver = try PublishNode(fixture, "giver")
                let folder = try fixture.directory("model")
                try await PublishSample.write(to: folder, seed: 60)
                let shared = try await giver.share(folder, "--name", "ann/model")
                let (agent, address) = try await giver.startAgent()
                let taker = try PublishNode(fixture, "taker")
                let target = fixture.path("out")
                let part = try await taker.get(
                    shared.magnet, "--peer", address, "-o", target, "--include", "*.onnx", "*.json", "--exclude", "x*")
                #expect(part.names == ["config.json", "onnx/model.onnx"] && !part.complete)
                #expect(try PublishNode.visible(in: target).filter { !PublishNode.papers.contains($0) } == part.names)
                // Only what is whole is a model that others can have.
                #expect(try await taker.shoal.run("list", "--json").expecting(0).trimmed == "[]")
                try await taker.refuses(
                    "no_match",
                    ["get", shared.magnet, "--peer", address, "-o", target, "--include", "zzz*", "--timeout", "20"])

                let rest = try await taker.get(shared.torrent, "--peer", address, "-o", target)
                #expect(rest.complete)
                let were = rest.files.filter { $0.outcome == "already_present" }.map(\.path)
                #expect(Set(part.names).isSubset(of: were) && !were.contains("model.safetensors"), "\(were)")
                try await PublishNode.requireModel(folder, at: target)
                try await agent.stop()
            }
        }

        @Test(
            "A goes away: C gets it from B, which got it with --seed, and not with --no-seed", .timeLimit(.minutes(2)))
        func chain() async throws {
            try await withFixture("get-chain") { fixture in
                let first = try PublishNode(fixture, "a")
                let folder = try fixture.directory("model")
                try await PublishSample.write(to: folder, seed: 70)
                let shared = try await first.share(folder, "--name", "ann/model")
                let (giver, address) = try await first.startAgent()
                let second = try PublishNode(fixture, "b")
                let (middle, middleAddress) = try await second.startAgent()
                let third = try PublishNode(fixture, "c")
                let kept = try await second.get(shared.torrent, "--peer", address, "--no-seed")
                #expect(!kept.seeding)
                try await third.refuses(
                    "timed_out",
                    ["get", shared.magnet, "--peer", middleAddress, "-o", fixture.path("c"), "--timeout", "3"])
                let given = try await second.get(shared.torrent, "--peer", address, "--seed")
                #expect(given.seeding && given.files.allSatisfy { $0.outcome == "already_present" })
                try await giver.stop()

                let last = try await third.get(shared.magnet, "--peer", middleAddress, "-o", fixture.path("c"))
                #expect(last.publisher?.key == shared.publisher && last.proof == "signed")
                try await PublishNode.requireModel(folder, at: fixture.path("c"))
                try await middle.stop()
            }
        }

        @Test("--no-verify and nonsense are refused before anything is asked for", .timeLimit(.minutes(1)))
        func usage() async throws {
            try await withFixture("get-usage") { fixture in
                let node = try PublishNode(fixture, "node")
                let result = try await node.shoal.run("get", "ann/model", "--no-verify")
                try requireRefused(result, code: 2)
                #expect(result.errors.contains("--no-verify is refused"))
                for words in [
                    ["ann/model", "--peer", "nonsense"], ["ann/model", "--timeout", "0"],
                    ["ann/model", "--tracker", "ftp://x"], ["ann/model", "-o", ""],
                ] {
                    try requireRefused(try await node.shoal.run(["get"] + words), code: 2)
                }
                try await node.refuses("bad_name", ["get", "no such thing"])
                try await node.refuses("local_file", ["get", fixture.path("absent.torrent")])
                try await node.refuses("not_found", ["get", "ann/model"])
                var off = node
                off.shoal.environment["SHOAL_P2P"] = "0"
                try requireRefused(try await off.shoal.run("get", "ann/model"))
            }
        }
    }
}

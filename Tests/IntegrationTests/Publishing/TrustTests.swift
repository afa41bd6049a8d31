import Foundation
import TestSupport
import Testing

extension Integration {
    /// Whose models are whose: trust on first use, changes of keys, keys that were withdrawn.
    @Suite struct TrustTests {
        private struct Listed: Decodable {
            struct Pin: Decodable {
                var namespace: String
                var key: String
                var origin: String
                var withdrawn: Bool
            }

            struct Key: Decodable {
                var key: String
            }

            var pins: [Pin]
            var followed: [Key]
            var withdrawn: [Key]
        }

        private func list(_ node: PublishNode) async throws -> Listed {
            let result = try await node.shoal.run("trust", "list", "--json").expecting(0)
            return try JSONDecoder().decode(Listed.self, from: Data(result.output.utf8))
        }

        private func model(_ fixture: Fixture, seed: UInt64 = 130) async throws -> String {
            let folder = try fixture.directory("model\(seed)")
            try await SampleContent.random.write(100_000, seed: seed, to: folder + "/model.gguf")
            return folder
        }

        private func words(_ shared: PublishNode.Shared, _ address: String) -> [String] {
            ["get", shared.torrent, "--peer", address, "--no-seed", "--timeout", "20"]
        }

        @Test(
            "the first publisher of a namespace is remembered, another one and an unsigned model are refused",
            .timeLimit(.minutes(2)))
        func firstUse() async throws {
            try await withFixture("trust-first") { fixture in
                let folder = try await model(fixture)
                let (owner, stranger) = (try PublishNode(fixture, "owner"), try PublishNode(fixture, "stranger"))
                let one = try await owner.share(folder, "--name", "org/one")
                let unsigned = try await owner.share(folder, "--name", "org/unsigned", "--no-sign")
                let two = try await stranger.share(folder, "--name", "org/two")
                let (ownerKey, strangerKey) = (try #require(one.publisher), try #require(two.publisher))
                let (first, address) = try await owner.startAgent()
                let (second, strange) = try await stranger.startAgent()

                let taker = try PublishNode(fixture, "taker")
                #expect(try await taker.get(one.torrent, "--peer", address).publisher?.trust == "unknown")
                var book = try await list(taker)
                #expect(book.pins.map(\.namespace) == ["org"] && book.pins.first?.key == ownerKey)
                #expect(book.pins.first?.origin == "first-use")

                let said = try await taker.refuses("pin_conflict", words(two, strange))
                #expect(said.contains("shoal trust add org \(strangerKey)"), "\(said)")
                try await taker.refuses("pin_conflict", words(unsigned, address))
                let models = taker.publishFolder + "/models"
                #expect(try PublishNode.visible(in: models).allSatisfy { $0.hasPrefix("org/one/") })

                try await taker.refuses("pin_conflict", ["trust", "add", "org", strangerKey])
                try await taker.shoal.run("trust", "add", "org", strangerKey, "--replace").expecting(0)
                #expect(try await taker.get(two.torrent, "--peer", strange).publisher?.trust == "trusted")
                try await taker.refuses("pin_conflict", words(one, address))
                try await taker.shoal.run("trust", "rm", "org").expecting(0)
                try await taker.shoal.run("trust", "add", ownerKey).expecting(0)
                book = try await list(taker)
                #expect(book.pins.isEmpty && book.followed.map(\.key) == [ownerKey])

                try requireRefused(try await taker.shoal.run("trust", "add", "org", "xyz"), code: 2)
                try await taker.refuses("unknown_publisher", ["trust", "rm", "nobody"])
                try await first.stop()
                try await second.stop()
            }
        }

        @Test("a key that was rotated goes on working, and one that was withdrawn does not", .timeLimit(.minutes(2)))
        func rotation() async throws {
            try await withFixture("trust-rotation") { fixture in
                struct Rotated: Decodable {
                    var old: String
                    var new: String
                    var statement: String
                }
                let folder = try await model(fixture)
                let owner = try PublishNode(fixture, "owner")
                let one = try await owner.share(folder, "--name", "org/one")
                let (agent, address) = try await owner.startAgent()
                let taker = try PublishNode(fixture, "taker")
                _ = try await taker.get(one.torrent, "--peer", address, "--no-seed")

                try requireRefused(try await owner.shoal.run("trust", "rotate", "--json"))
                let told = try await owner.shoal.run("trust", "rotate", "--yes", "--json").expecting(0)
                let rotated = try JSONDecoder().decode(Rotated.self, from: Data(told.output.utf8))
                #expect(rotated.old == one.publisher && rotated.new != rotated.old)
                let two = try await owner.share(
                    try await model(fixture, seed: 131), "--name", "org/one", "--version", "2")
                #expect(two.publisher == rotated.new)
                try await taker.refuses("pin_conflict", words(two, address))

                // A statement that was changed on its way moves nothing.
                let middle = rotated.statement.index(rotated.statement.startIndex, offsetBy: 200)
                var forged = rotated.statement
                forged.replaceSubrange(middle...middle, with: forged[middle] == "a" ? "b" : "a")
                #expect(try await taker.shoal.run("trust", "rotate", forged).code == 1)
                try await writeText(rotated.statement + "\n", to: fixture.path("statement"))
                try await taker.shoal.run("trust", "rotate", fixture.path("statement")).expecting(0)
                #expect(try await list(taker).pins.first?.key == rotated.new)
                #expect(try await list(taker).pins.first?.origin == "rotated")
                let got = try await taker.get(two.torrent, "--peer", address, "--no-seed")
                #expect(got.publisher?.key == rotated.new && got.publisher?.trust == "trusted")
                // What the old key had signed was signed anew, for those who have never heard of that.
                let three = try PublishNode(fixture, "later")
                try await three.shoal.run("trust", "add", "org", rotated.new).expecting(0)
                let again = try await three.get(one.torrent, "--peer", address, "--no-seed")
                #expect(again.publisher?.key == rotated.new && again.publisher?.trust == "trusted")

                try await taker.shoal.run("trust", "rm", rotated.new, "--revoke").expecting(0)
                #expect(try await list(taker).withdrawn.map(\.key) == [rotated.new])
                let other = try await owner.share(folder, "--name", "org/other")
                try await taker.refuses("revoked", words(other, address))
                try await taker.shoal.run("trust", "rm", rotated.new).expecting(0)
                #expect(try await taker.get(other.torrent, "--peer", address).publisher?.trust == "trusted")
                try await agent.stop()
            }
        }
    }
}

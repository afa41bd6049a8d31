import Foundation
import TestSupport
import Testing

extension Integration {
    /// `shoal get` from web servers, alone and beside peers.
    @Suite struct WebSeedTests {
        /// A model whose torrent names a web server that has its files.
        private func publish(
            _ fixture: Fixture, _ conduct: WebSeedServer.Conduct, _ arguments: [String] = []
        ) async throws -> (giver: PublishNode, shared: PublishNode.Shared, server: WebSeedServer, folder: String) {
            let giver = try PublishNode(fixture, "giver")
            let folder = try fixture.directory("model")
            try await PublishSample.write(to: folder, seed: 100)
            let root = try fixture.directory("root")
            try FileManager.default.copyItem(atPath: folder, toPath: root + "/model")
            let server = try await WebSeedServer.start(in: fixture, root: root, conduct)
            let result = try await giver.shoal.run(
                ["share", folder, "--name", "ann/model", "--license", "mit", "--web-seed", server.url, "--json"]
                    + arguments
            ).expecting(0)
            let shared = try JSONDecoder().decode(PublishNode.Shared.self, from: Data(result.output.utf8))
            let papers = giver.publishFolder + "/registry/ann/model/main/manifest"
            for ending in ["json", "sig"] {
                try FileManager.default.copyItem(
                    atPath: "\(papers).\(ending)", toPath: "\(root)/model/shoal-manifest.\(ending)")
            }
            return (giver, shared, server, folder)
        }

        @Test("a server that has the files is enough", .timeLimit(.minutes(1)))
        func alone() async throws {
            try await withFixture("web-alone") { fixture in
                let (_, shared, server, folder) = try await publish(fixture, .good, ["--no-seed"])
                let taker = try PublishNode(fixture, "taker")
                let target = fixture.path("out")
                let got = try await taker.get(shared.torrent, "-o", target)
                #expect(got.proof == "signed" && got.complete)
                #expect(got.statistics.peer_bytes == 0 && got.statistics.resumed_bytes == 0, "\(got.statistics)")
                // The torrent itself has the manifest and its signature.
                let papers = got.files.reduce(0) { $0 + (PublishNode.papers.contains($1.path) ? $1.size : 0) }
                #expect(got.statistics.local_bytes == papers, "\(got.statistics)")
                #expect(got.statistics.web_bytes == got.files.reduce(-papers) { $0 + $1.size }, "\(got.statistics)")
                try await PublishNode.requireModel(folder, at: target)
                // Nothing is fetched twice.
                let large = server.asked.filter { $0.hasPrefix("/model/model.safetensors ") }
                #expect(large.count == 1, "\(server.asked)")
            }
        }

        @Test("a server that breaks off every second reply is enough", .timeLimit(.minutes(1)))
        func half() async throws {
            try await withFixture("web-half") { fixture in
                let (_, shared, _, folder) = try await publish(fixture, .half, ["--no-seed"])
                let taker = try PublishNode(fixture, "taker")
                let got = try await taker.get(shared.torrent, "-o", fixture.path("out"))
                #expect(got.complete && got.statistics.peer_bytes == 0)
                try await PublishNode.requireModel(folder, at: fixture.path("out"))
            }
        }

        @Test(
            "beside a good peer, a server may be good, break off or lie", .timeLimit(.minutes(2)),
            arguments: [WebSeedServer.Conduct.good, .half, .lies])
        func beside(conduct: WebSeedServer.Conduct) async throws {
            try await withFixture("web-beside") { fixture in
                let (giver, shared, server, folder) = try await publish(fixture, conduct)
                let (agent, address) = try await giver.startAgent()
                let taker = try PublishNode(fixture, "taker", network: "download_rate_limit: 1M")
                let got = try await taker.get(shared.torrent, "--peer", address, "-o", fixture.path("out"))
                #expect(got.complete && got.proof == "signed")
                #expect(!server.asked.isEmpty)
                if conduct == .lies {
                    #expect(got.statistics.web_bytes == 0 && got.statistics.peer_bytes > 2_500_000, "\(got.statistics)")
                }
                try await PublishNode.requireModel(folder, at: fixture.path("out"))
                try await agent.stop()
            }
        }

        @Test("a server that lies, alone, is given up with its reason, and nothing is visible", .timeLimit(.minutes(1)))
        func lies() async throws {
            try await withFixture("web-lies") { fixture in
                let (_, shared, _, _) = try await publish(fixture, .lies, ["--no-seed"])
                let taker = try PublishNode(fixture, "taker")
                let said = try await taker.refuses(
                    "timed_out", ["get", shared.torrent, "-o", fixture.path("out"), "--timeout", "4"])
                #expect(said.contains("it sends wrong bytes"), "\(said)")
                #expect(try PublishNode.visible(in: fixture.path("out")).isEmpty)
                #expect(try await taker.shoal.run("list", "--json").expecting(0).trimmed == "[]")
            }
        }
    }
}

import Foundation
import TestSupport
import Testing

extension Integration {
    /// Many small files, which travel together.
    @Suite struct SmallFilesTests {
        private static let count = 300

        private func push(_ scene: Scene) async throws -> String {
            let folder = try scene.fixture.directory("source")
            var random = SplitMix64(seed: announcedSeed())
            for index in 0..<Self.count {
                let size = index % 50 == 0 ? 130_000 : Int.random(in: 1...9000, using: &random)
                let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
                try Data(bytes).write(to: URL(fileURLWithPath: Self.name(index, in: folder)))
            }
            try await scene.shoal.push("alice/many", folder)
            return folder
        }

        private static func name(_ index: Int, in folder: String) -> String { "\(folder)/part-\(index).bin" }

        private func requireAll(of folder: String, in snapshot: String) async throws {
            for index in 0..<Self.count {
                let found = try await difference(
                    between: Self.name(index, in: folder), and: Self.name(index, in: snapshot))
                #expect(found == nil, "file \(index)")
            }
        }

        @Test("hundreds of small files cost a few requests, and Python finds them", .timeLimit(.minutes(2)))
        func together() async throws {
            try await withScene { scene in
                let folder = try await push(scene)
                let proxy = try scene.proxy()
                let pull = try await scene.freshShoal("reader", through: proxy).run("pull", "alice/many").expecting(0)
                try await requireAll(of: folder, in: pull.lastLine)
                // Three pages of questions and ranges, and seven files that are too large for it.
                #expect(proxy.requests.count < 60, "\(proxy.requests.count) requests for \(Self.count) files")

                let offline = scene.freshPython("reader", through: proxy)
                proxy.forget()
                let path = try await offline.call("snapshot_download", ["repo_id": "alice/many"])
                #expect(path == pull.lastLine)
                #expect(!proxy.requests.contains { $0.target.contains("/resolve/") || $0.target.contains("/cas/") })
            }
        }

        @Test("a batch that fails or lies costs requests, never bytes", .timeLimit(.minutes(2)))
        func faults() async throws {
            try await withScene { scene in
                let folder = try await push(scene)
                let faults: [(String, Fault)] = [
                    ("absent", Fault(prefix: "/cas/v1/reconstructions?", .respond(status: 404, headers: [], body: []))),
                    (
                        "refused",
                        Fault(prefix: "/cas/v1/reconstructions?", .respond(status: 400, headers: [], body: []))
                    ),
                    ("nonsense", Fault(prefix: "/cas/v1/reconstructions?", .rewrite { _ in Array("{}".utf8) })),
                    ("flipped", Fault(method: "GET", prefix: "/data/xorbs/", times: 1, .flipByte(at: 3000))),
                    ("cut", Fault(method: "GET", prefix: "/data/xorbs/", times: 1, .truncate(after: 3000))),
                ]
                for (name, fault) in faults {
                    let proxy = try scene.proxy()
                    proxy.inject(fault)
                    let pull = try await scene.freshShoal(name, through: proxy).run("pull", "alice/many").expecting(0)
                    try #require(proxy.requests.contains { $0.isFaulted }, "\(name)")
                    try await requireAll(of: folder, in: pull.lastLine)
                }
            }
        }
    }
}

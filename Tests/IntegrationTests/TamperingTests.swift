import TestSupport
import Testing

/// Bytes that are not the ones pushed must never become visible, wherever they went wrong.
extension Integration {
    @Suite struct TamperingTests {
        private static let repo = "alice/model"

        /// One Xet file, pushed; its path is returned.
        private func pushOne(_ scene: Scene, name: String = "model.bin", bytes: Int = 6 << 20) async throws -> String {
            let folder = try scene.fixture.directory("source")
            try await SampleContent.random.write(bytes, seed: 81, to: folder + "/" + name)
            try await scene.shoal.push(Self.repo, folder)
            return folder + "/" + name
        }

        @Test("a flipped byte in the hub's store is refused", .timeLimit(.minutes(2)), arguments: TrustMode.allCases)
        func store(_ mode: TrustMode) async throws {
            try await withScene(hub: mode.hubArguments) { scene in
                _ = try await pushOne(scene)
                let xorb = try #require(try scene.hub.xorbFiles().first)
                try flipByte(at: 1_000_000, in: xorb)

                // Whoever has pushed the file has its bytes and would not ask for them.
                let shoal = scene.freshShoal("reader")
                let result = try await shoal.run("pull", Self.repo)
                try requireRefused(result)
                try requireNothingVisible(cache: shoal.cache)

                let target = scene.fixture.path("local")
                try requireRefused(try await shoal.run("pull", Self.repo, "--local-dir", target))
                #expect(!exists(target + "/model.bin"))

                // The same bit turned back: the pull goes through, so it was the byte and nothing else.
                try flipByte(at: 1_000_000, in: xorb)
                let snapshot = try await shoal.pull(Self.repo)
                try await requireSame(scene.fixture.path("source"), snapshot)
            }
        }

        @Test("bytes flipped on the wire are refused", .timeLimit(.minutes(2)), arguments: TrustMode.allCases)
        func wire(_ mode: TrustMode) async throws {
            try await withScene(hub: mode.hubArguments) { scene in
                _ = try await pushOne(scene)
                let proxy = try scene.proxy()
                proxy.inject(Fault(method: "GET", prefix: "/data/xorbs/", .flipByte(at: 50_000)))
                let shoal = scene.freshShoal("wire", through: proxy)

                try requireRefused(try await shoal.run("pull", Self.repo))
                try #require(proxy.requests.contains { $0.isFaulted })
                try requireNothingVisible(cache: shoal.cache)

                proxy.heal()
                try await requireSame(scene.fixture.path("source"), try await shoal.pull(Self.repo))
            }
        }

        @Test(
            "a single flip on the wire never shows in the result", .timeLimit(.minutes(2)),
            arguments: TrustMode.allCases)
        func singleFlip(_ mode: TrustMode) async throws {
            try await withScene(hub: mode.hubArguments) { scene in
                _ = try await pushOne(scene)
                for offset in [3, 50_000, 1_234_567] {
                    let proxy = try scene.proxy()
                    proxy.inject(Fault(method: "GET", prefix: "/data/xorbs/", times: 1, .flipByte(at: offset)))
                    let shoal = scene.freshShoal("flip-\(offset)", through: proxy)
                    let result = try await shoal.run("pull", Self.repo)
                    try #require(proxy.requests.contains { $0.isFaulted })
                    if result.code == 0 {
                        try await requireSame(scene.fixture.path("source"), result.lastLine)
                    } else {
                        try requireRefused(result)
                        try requireNothingVisible(cache: shoal.cache)
                    }
                }
            }
        }

        @Test("a manifest that was tampered with is not believed", .timeLimit(.minutes(2)), arguments: [0, 9, 40, 400])
        func manifest(offset: Int) async throws {
            try await withScene { scene in
                _ = try await pushOne(scene)
                let proxy = try scene.proxy()
                proxy.inject(Fault(method: "GET", prefix: "/cas/v1/manifests/", .flipByte(at: offset)))
                let shoal = scene.freshShoal("manifest", through: proxy)
                let result = try await shoal.run("pull", Self.repo)
                try #require(proxy.requests.contains { $0.isFaulted })
                if result.code == 0 {
                    try await requireSame(scene.fixture.path("source"), result.lastLine)
                } else {
                    try requireRefused(result)
                    try requireNothingVisible(cache: shoal.cache)
                }
            }
        }

        @Test("a regular file with a flipped byte is refused", .timeLimit(.minutes(1)))
        func regularFile() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.text.write(20_000, seed: 82, to: folder + "/notes.txt")
                try await scene.shoal.push(Self.repo, folder)
                let proxy = try scene.proxy()
                proxy.inject(Fault(method: "GET", prefix: "/alice/model/resolve/", .flipByte(at: 12_345)))
                let shoal = scene.freshShoal("regular", through: proxy)
                try requireRefused(try await shoal.run("pull", Self.repo))
                try #require(proxy.requests.contains { $0.isFaulted })
                try requireNothingVisible(cache: shoal.cache)
            }
        }

        @Test("a body that always ends early is refused", .timeLimit(.minutes(3)), arguments: TrustMode.allCases)
        func truncated(_ mode: TrustMode) async throws {
            try await withScene(hub: mode.hubArguments) { scene in
                _ = try await pushOne(scene)
                let proxy = try scene.proxy()
                proxy.inject(Fault(method: "GET", prefix: "/data/xorbs/", .truncate(after: 5_000)))
                let shoal = scene.freshShoal("cut", through: proxy)
                try requireRefused(try await shoal.run("pull", Self.repo))
                try requireNothingVisible(cache: shoal.cache)

                proxy.heal()
                proxy.inject(Fault(method: "GET", prefix: "/data/xorbs/", times: 1, .truncate(after: 1 << 20)))
                try await requireSame(scene.fixture.path("source"), try await shoal.pull(Self.repo))
            }
        }

        @Test("a regular file that never comes is refused, one that ends early is continued", .timeLimit(.minutes(2)))
        func truncatedRegularFile() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.text.write(20_000, seed: 83, to: folder + "/notes.txt")
                try await scene.shoal.push(Self.repo, folder)
                let proxy = try scene.proxy()
                proxy.inject(Fault(method: "GET", prefix: "/alice/model/resolve/", .truncate(after: 0)))
                let shoal = scene.freshShoal("cut", through: proxy)
                try requireRefused(try await shoal.run("pull", Self.repo))
                try requireNothingVisible(cache: shoal.cache)

                proxy.heal()
                proxy.inject(Fault(method: "GET", prefix: "/alice/model/resolve/", .truncate(after: 9_000)))
                try await requireSame(folder, try await shoal.pull(Self.repo))
            }
        }

        @Test(
            "a path that leaves the folder is refused", .timeLimit(.minutes(2)),
            arguments: [
                "../../../../escape.txt", "a/../../../../escape.txt", "ABSOLUTE/escape.txt",
                "a//b/./../../../escape.txt", "x/..",
            ])
        func traversal(_ pattern: String) async throws {
            try await withScene { scene in
                let hostile = pattern.replacing("ABSOLUTE", with: scene.fixture.scratch)
                let folder = try scene.fixture.directory("source")
                try await writeText("harmless\n", to: folder + "/harmless.txt")
                try await scene.shoal.push(Self.repo, folder)
                let proxy = try scene.proxy()
                let renamed: @Sendable ([UInt8]) -> [UInt8] = { body in
                    let text = String(decoding: body, as: UTF8.self).replacing(
                        "\"harmless.txt\"", with: "\"\(hostile)\"")
                    return Array(text.replacing("\\/", with: "/").utf8)
                }
                proxy.inject(Fault(method: "GET", prefix: "/api/models/", contains: "/tree/", .rewrite(renamed)))
                proxy.inject(Fault(method: "GET", prefix: "/api/models/alice/model", .rewrite(renamed)))
                // A naive client would ask for this path; answer with the bytes that its listing promised.
                let blob = "9c3b6ef4b4a7d1d3d3a9a36eb5fbfa0ad7f0e5c1"
                for method in ["HEAD", "GET"] {
                    proxy.inject(
                        Fault(
                            method: method, prefix: "/", contains: "escape",
                            .respond(
                                status: 200,
                                headers: [
                                    ("ETag", "\"\(blob)\""), ("X-Repo-Commit", String(repeating: "a", count: 40)),
                                ],
                                body: Array("harmless\n".utf8))))
                }
                for arguments in [["--local-dir", scene.fixture.path("deep/er/target")], []] {
                    let shoal = scene.freshShoal("deep/er/home", through: proxy)
                    let result = try await shoal.run(["pull", Self.repo] + arguments)
                    try requireRefused(result)
                    try requireNothingVisible(cache: shoal.cache)
                    let escaped = try filesBelow(scene.fixture.scratch).filter { $0.hasSuffix("escape.txt") }
                    #expect(escaped.isEmpty, "\(escaped)")
                }
                try #require(proxy.requests.contains { $0.isFaulted })
            }
        }

        @Test(
            "no token follows a redirect to another host", .timeLimit(.minutes(2)),
            arguments: [
                "/alice/model/resolve/", "/cas/", "/api/models/alice/model/xet-read-token",
                "/api/models/alice/model/tree",
            ])
        func redirected(route: String) async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.text.write(20_000, seed: 84, to: folder + "/notes.txt")
                try await SampleContent.random.write(2 << 20, seed: 85, to: folder + "/model.bin")
                try await scene.shoal.push(Self.repo, folder)

                let other = try scene.proxy()
                other.inject(Fault(.respond(status: 200, headers: [], body: Array("not what was asked for".utf8))))
                let proxy = try scene.proxy()
                proxy.inject(Fault(method: "GET", prefix: route, .redirect(to: other.url)))
                let shoal = scene.freshShoal("redirected", through: proxy)
                let result = try await shoal.run("pull", Self.repo)
                let faulted = proxy.requests.filter(\.isFaulted)
                try #require(!faulted.isEmpty, "nothing asked for \(route)")
                try requireNoToken(scene.token, in: other.requests)
                try requireRefused(result)
                #expect(!result.errors.contains(scene.token))
                try await requireVisibleIsRight(in: shoal.cache, source: folder)
            }
        }

        private func requireNoToken(_ token: String, in requests: [RecordedRequest]) throws {
            for request in requests {
                let isClean = !request.carries(token) && request.header("Authorization") == nil
                try #require(isClean, "a token went to another host: \(request)")
            }
        }

        /// Files that came from the hub itself may stand; those of another host may not.
        private func requireVisibleIsRight(in cache: String, source: String) async throws {
            for path in try filesBelow(cache) where path.contains("/snapshots/") {
                let name = String(path.split(separator: "/").last ?? "")
                guard name != ".gitattributes" else { continue }
                let found = try await difference(between: source + "/" + name, and: path)
                #expect(found == nil, "\(name)")
            }
        }

        @Test(
            "a redirect to another host that has the right bytes is followed without the token", .timeLimit(.minutes(1))
        )
        func honestRedirect() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.text.write(20_000, seed: 86, to: folder + "/notes.txt")
                try await scene.shoal.push(Self.repo, folder)
                let other = try scene.proxy()
                let proxy = try scene.proxy()
                proxy.inject(Fault(method: "GET", prefix: "/alice/model/resolve/", .redirect(to: other.url)))
                let shoal = scene.freshShoal("redirect", through: proxy)
                try await requireSame(folder, try await shoal.pull(Self.repo))
                try #require(!other.requests.isEmpty)
                #expect(other.requests.allSatisfy { $0.header("Authorization") == nil })
            }
        }

        @Test("a commit of bytes that changed on the way up is refused by the hub", .timeLimit(.minutes(2)))
        func upload() async throws {
            try await withScene { scene in
                let source = try await pushOne(scene)
                // The store's own validation, seen from outside: a xorb body that does not hash to its name.
                let proxy = try scene.proxy()
                proxy.inject(
                    Fault(
                        method: "POST", prefix: "/cas/", contains: "xorb", .respond(status: 503, headers: [], body: []))
                )
                proxy.inject(Fault(method: "PUT", prefix: "/", .respond(status: 400, headers: [], body: [])))
                try await SampleContent.random.write(3 << 20, seed: 87, to: source)
                let shoal = scene.freshShoal("up", through: proxy)
                try requireRefused(try await shoal.run("push", Self.repo, scene.fixture.path("source")))
                // Nothing was committed: the old file is still what everybody gets.
                try await SampleContent.random.write(6 << 20, seed: 81, to: source)
                try await requireSame(scene.fixture.path("source"), try await scene.freshShoal("old").pull(Self.repo))
            }
        }
    }
}

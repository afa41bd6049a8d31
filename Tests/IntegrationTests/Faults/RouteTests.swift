import Foundation
import TestSupport
import Testing

/// The ways to a hub: proxies, sockets, IPv6, company authorities, mirrors and other endpoints.
extension Integration {
    @Suite struct RouteTests {
        private static let repo = "alice/model"

        private func push(_ scene: Scene, megabytes: Int = 3) async throws -> String {
            let folder = try scene.fixture.directory("source")
            try await SampleContent.random.write(megabytes << 20, seed: 431, to: folder + "/model.bin")
            try await SampleContent.text.write(30_000, seed: 432, to: folder + "/notes.txt")
            try await scene.shoal.push(Self.repo, folder)
            return folder
        }

        @Test("a company's proxy is used, with its password, and not for exempt hosts", .timeLimit(.minutes(2)))
        func proxy() async throws {
            try await withScene { scene in
                let folder = try await push(scene)
                let proxy = try ConnectProxy.start(in: scene.fixture, login: "me:p@ss")
                var shoal = scene.freshShoal("proxied")
                shoal.endpoint = "http://hub.company.test:\(scene.hub.port)"
                shoal.environment["HTTP_PROXY"] = "http://me:p%40ss@127.0.0.1:\(proxy.port)"
                // Where the shell's own variable counts, the lower case one is asked first.
                shoal.environment["http_proxy"] = shoal.environment["HTTP_PROXY"]
                try await requireSame(folder, try await shoal.pull(Self.repo))
                #expect(proxy.targets.contains("hub.company.test:\(scene.hub.port)"))

                let denied = try await withoutPassword(shoal, proxy.port).run("ls", Self.repo, "--json")
                try requireRefused(denied)
                #expect(!denied.errors.contains("p@ss") && !denied.errors.contains("p%40ss"))

                let before = proxy.targets.count
                shoal.endpoint = scene.hub.url
                shoal.home = scene.fixture.path("exempt")
                shoal.environment["no_proxy"] = "localhost,127.0.0.0/8"
                try await requireSame(folder, try await shoal.pull(Self.repo))
                #expect(proxy.targets.count == before)
            }
        }

        private func withoutPassword(_ shoal: ShoalClient, _ port: Int) -> ShoalClient {
            var shoal = shoal
            for name in ["HTTP_PROXY", "http_proxy"] { shoal.environment[name] = "http://127.0.0.1:\(port)" }
            return shoal
        }

        @Test("a SOCKS proxy resolves the names", .timeLimit(.minutes(1)))
        func socks() async throws {
            try await withScene { scene in
                let folder = try await push(scene)
                let (relay, port) = try Relay.socks(in: scene.fixture)
                var shoal = scene.freshShoal("socks")
                shoal.endpoint = "http://hub.company.test:\(scene.hub.port)"
                shoal.environment["ALL_PROXY"] = "socks5h://127.0.0.1:\(port)"
                try await requireSame(folder, try await shoal.pull(Self.repo))
                #expect(relay.connections > 0)
            }
        }

        @Test("the storage is asked at a unix socket, whatever address the hub names", .timeLimit(.minutes(1)))
        func unixSocket() async throws {
            // Nobody listens at the address that the hub gives out.
            try await withScene(hub: ["--public-url", "http://127.0.0.1:9"]) { scene in
                let path = NSTemporaryDirectory() + "shoal-\(UInt32.random(in: 0...UInt32.max)).sock"
                scene.fixture.onCleanup { unlink(path) }
                let relay = try Relay.unixSocket(at: path, upstream: scene.hub.port, in: scene.fixture)
                var shoal = scene.freshShoal("socket")
                shoal.environment["HF_XET_CLIENT_UNIX_SOCKET_PATH"] = path
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(3 << 20, seed: 433, to: folder + "/model.bin")
                try await shoal.push(Self.repo, folder)
                let pushed = relay.connections
                #expect(pushed > 0)
                shoal.home = scene.fixture.path("reader")
                try await requireSame(folder, try await shoal.pull(Self.repo))
                #expect(relay.connections > pushed)
            }
        }

        @Test("a hub at an IPv6 address", .timeLimit(.minutes(1)))
        func ipv6() async throws {
            try await withScene { scene in
                let (relay, port) = try #require(
                    try Relay.ipv6(upstream: scene.hub.port, in: scene.fixture), "this machine has no IPv6")
                var shoal = scene.freshShoal("six")
                shoal.endpoint = "http://[::1]:\(port)"
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(3 << 20, seed: 434, to: folder + "/model.bin")
                try await shoal.push(Self.repo, folder)
                shoal.home = scene.fixture.path("six-reader")
                try await requireSame(folder, try await shoal.pull(Self.repo))
                #expect(relay.connections > 1)
            }
        }

        @Test(
            "a company's authority is trusted by variable, flag and settings file, and only then",
            .timeLimit(.minutes(2)))
        func companyAuthority() async throws {
            try await withFixture { fixture in
                let port = try freePort()
                let tls = try await TLSServer.start(in: fixture, upstream: port)
                let url = "https://localhost:\(tls.port)"
                let hub = try await RunningHub.start(
                    in: fixture, arguments: ["--public-url", url, "--port", "\(port)"])
                let token = try await hub.token(user: "alice")
                var shoal = ShoalClient(fixture: fixture, endpoint: url, token: token)
                let folder = try fixture.directory("source")
                try await SampleContent.random.write(2 << 20, seed: 435, to: folder + "/model.bin")

                let refused = try await shoal.run("push", Self.repo, folder, "--json")
                try requireRefused(refused)
                #expect(refused.output.contains(#""code":"certificate_untrusted""#), "\(refused.errors)")
                try await shoal.push(Self.repo, folder, "--ca-file", tls.authority)

                shoal.home = fixture.path("variable")
                shoal.environment["SSL_CERT_FILE"] = tls.authority
                try await requireSame(folder, try await shoal.pull(Self.repo))

                shoal.environment = ["SHOAL_CONFIG": fixture.path("config.json")]
                try await writeText(#"{"ca_file": "\#(tls.authority)"}"#, to: fixture.path("config.json"))
                shoal.home = fixture.path("settings")
                try await requireSame(folder, try await shoal.pull(Self.repo))

                let missing = try await shoal.run("ls", Self.repo, "--ca-file", "/nowhere.pem", "--json")
                try requireRefused(missing)
                #expect(missing.output.contains(#""code":"trust_store""#), "\(missing.errors)")
            }
        }

        @Test("of several endpoints the next one serves when one is away, and says so", .timeLimit(.minutes(2)))
        func endpoints() async throws {
            try await withScene { scene in
                let folder = try await push(scene, megabytes: 16)
                let dead = "http://127.0.0.1:9"
                let first = try await scene.freshShoal("dead").run(
                    "pull", Self.repo, "--endpoint", dead, "--endpoint", scene.hub.url)
                try await requireSame(folder, try first.expecting(0).lastLine)
                #expect(first.errors.contains("warning: \(dead) cannot be used, going on with \(scene.hub.url)"))

                // One that refuses everything, by the variable with commas.
                let broken = try scene.proxy()
                broken.inject(Fault(.respond(status: 503, headers: [], body: [])))
                var shoal = scene.freshShoal("broken")
                shoal.endpoint = "\(broken.url),\(scene.hub.url)"
                try await requireSame(folder, try await shoal.pull(Self.repo))
                let none = try await shoal.run(
                    "ls", Self.repo, "--endpoint", dead, "--endpoint", "http://127.0.0.1:10", "--json")
                try requireRefused(none)
                #expect(none.output.contains(#""code":"connection_refused""#))
                let wrong = try await shoal.run("ls", Self.repo, "--endpoint", "ftp://x")
                try requireRefused(wrong, code: 2)
            }
        }

        @Test(
            "an endpoint that dies midway is replaced, storage included, and nothing comes twice",
            .timeLimit(.minutes(2)))
        func dyingEndpoint() async throws {
            try await withScene { scene in
                let folder = try await push(scene, megabytes: 24)
                let (first, second) = (try scene.proxy(), try scene.proxy())
                first.limit(bytesPerSecond: 8 << 20)
                let process = try scene.freshShoal("moving").start(
                    "pull", Self.repo, "--endpoint", first.url, "--endpoint", second.url)
                try await process.wait(until: "some bytes") { _ in first.responseBytes > 8 << 20 }
                first.vanish()
                try await requireSame(folder, try await process.wait().expecting(0).lastLine)
                #expect(second.requests.contains { $0.target.hasPrefix("/data/xorbs/") })
                let sum = first.responseBytes + second.responseBytes
                #expect(sum < 34 << 20, "\(sum >> 20) of 24 MiB")
            }
        }

        @Test("a storage that cannot be reached is replaced by that of another endpoint", .timeLimit(.minutes(2)))
        func deadStorage() async throws {
            try await withScene { scene in
                let folder = try await push(scene)
                let mirror = try scene.proxy()
                mirror.inject(deadStorageFault(mirror))
                let shoal = scene.freshShoal("storage")
                let result = try await shoal.run(
                    "pull", Self.repo, "--endpoint", mirror.url, "--endpoint", scene.hub.url)
                try await requireSame(folder, try result.expecting(0).lastLine)
                #expect(!result.errors.contains("plain HTTP"), "\(result.errors)")
            }
        }

        @Test(
            "without another endpoint an unreachable storage means plain HTTP, said and verified",
            .timeLimit(.minutes(2)))
        func plainFallback() async throws {
            try await withScene { scene in
                let folder = try await push(scene)
                let mirror = try scene.proxy()
                mirror.inject(deadStorageFault(mirror))
                let shoal = scene.freshShoal("plain", through: mirror)
                let result = try await shoal.run("pull", Self.repo)
                try await requireSame(folder, try result.expecting(0).lastLine)
                #expect(result.errors.contains("fetching over plain HTTP instead"), "\(result.errors)")
                #expect(mirror.requests.contains { $0.target.contains("/resolve/") && $0.target.contains("model.bin") })
                #expect(!mirror.requests.contains { $0.target.hasPrefix("/data/xorbs/") })

                // Its bytes are verified like any others.
                mirror.inject(Fault(method: "GET", prefix: "/", contains: "model.bin", .flipByte(at: 1_000_000)))
                let spoilt = scene.freshShoal("spoilt", through: mirror)
                mirror.inject(Fault(method: "GET", prefix: "/data/", .flipByte(at: 1_000_000)))
                try requireRefused(try await spoilt.run("pull", Self.repo))
                #expect(try filesBelow(spoilt.cache).allSatisfy { !$0.hasSuffix("/model.bin") })
            }
        }

        /// Names a storage at which nobody listens.
        private func deadStorageFault(_ mirror: FaultProxy) -> Fault {
            let own = mirror.url
            return Fault(
                method: "GET", prefix: "/api/models/alice/model/xet-read-token",
                .respond(
                    status: 200,
                    headers: [
                        ("X-Xet-Cas-Url", "http://127.0.0.1:9"), ("X-Xet-Access-Token", own),
                        ("X-Xet-Token-Expiration", "4000000000"),
                    ],
                    body: Array(#"{"casUrl":"http://127.0.0.1:9","accessToken":"x","exp":4000000000}"#.utf8)))
        }

        @Test("a mirror stands in for a storage that cannot be reached", .timeLimit(.minutes(1)))
        func rewriting() async throws {
            try await withScene(hub: ["--public-url", "http://storage.invalid"]) { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(3 << 20, seed: 436, to: folder + "/model.bin")
                let rule = "http://storage.invalid=\(scene.hub.url)"
                try await scene.shoal.push(Self.repo, folder, "--rewrite-url", rule)
                var shoal = scene.freshShoal("mirror")
                shoal.environment["SHOAL_REWRITE_URLS"] = rule
                let result = try await shoal.run("pull", Self.repo).expecting(0)
                try await requireSame(folder, result.lastLine)
                #expect(!result.errors.contains("plain HTTP"))
                try requireRefused(try await shoal.run("pull", Self.repo, "--rewrite-url", "nonsense"), code: 2)
            }
        }
    }
}

import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import HubServer

@Suite("Rate limits", .timeLimit(.minutes(1)))
struct RateLimitTests {
    @Test("a token and an address have counts of their own, and the headers are what huggingface_hub reads")
    func counts() async throws {
        let fixture = try HubFixture { configuration in
            configuration.rateLimits = RateLimits(user: [.api: 5], anonymous: [.api: 3, .pages: 2])
        }
        try await fixture.run { hub in
            for left in [2, 1, 0] {
                let reply = try await hub.get("/api/agent-harnesses")
                #expect(reply.status == .ok)
                let line = try #require(reply.header("RateLimit"))
                let match = try #require(line.wholeMatch(of: /"(\w+)";r=(\d+);t=(\d+)/), "\(line)")
                #expect(match.1 == "api" && match.2 == "\(left)" && (1...300).contains(Int(match.3) ?? 0))
                #expect(reply.header("RateLimit-Policy") == #""fixed window";"api";q=3;w=300"#)
            }
            let refused = try await hub.get("/api/agent-harnesses")
            #expect(refused.status == .tooManyRequests)
            #expect(refused.header("RateLimit")?.hasPrefix(#""api";r=0;t="#) == true)
            #expect(Int(refused.header("Retry-After") ?? "") != nil)
            let message = try #require(refused.header("X-Error-Message"))
            #expect(message.hasPrefix("Too many requests: 3 api requests"))
            #expect(try refused.json["error"] as? String == message)
            #expect(refused.header("X-Request-Id") != nil)

            // Health checks and other kinds of requests go on, and so do admins once their token is known.
            #expect(try await hub.get("/healthz").status == .ok)
            #expect(try await hub.get("/").header("RateLimit")?.hasPrefix(#""pages";r=1"#) == true)
        }
    }

    @Test("a token that was found valid is counted alone; made-up tokens count for their address")
    func tokens() async throws {
        let fixture = try HubFixture { configuration in
            configuration.rateLimits = RateLimits(user: [.api: 4], anonymous: [.api: 6])
        }
        try await fixture.run { hub in
            // The first request counts for the address, for nobody knows the token yet.
            for _ in 0..<5 { #expect(try await hub.get("/api/whoami-v2", as: "alice").status == .ok) }
            let refused = try await hub.get("/api/whoami-v2", as: "alice")
            #expect(refused.status == .tooManyRequests)
            for attempt in 0..<5 {
                let invented = "hf_" + String(repeating: "\(attempt)", count: 34)
                #expect(try await hub.get("/api/whoami-v2", as: invented).status == .unauthorized)
            }
            #expect(
                try await hub.get("/api/whoami-v2", as: "hf_" + String(repeating: "x", count: 34)).status
                    == .tooManyRequests)
            #expect(try await hub.get("/api/whoami-v2", as: "bob").status == .tooManyRequests)
        }
    }

    @Test("admins are not limited")
    func admins() async throws {
        let fixture = try HubFixture { $0.rateLimits = RateLimits(user: [.api: 2], anonymous: [.api: 2]) }
        try await fixture.run { hub in
            for _ in 0..<10 {
                let reply = try await hub.get("/api/whoami-v2", as: "root")
                #expect(reply.status == .ok)
            }
        }
    }

    @Test("the data plane is limited by address where the configuration says so")
    func dataPlane() async throws {
        let fixture = try CASFixture { $0.rateLimits = RateLimits(user: [:], anonymous: [.data: 2]) }
        let xorb = SampleXorb(seed: 60)
        try await fixture.run { client in
            _ = try await client.upload(xorb)
            let grant = DataGrant(
                object: try #require(try fixture.key(of: xorb.hash)), bodyLength: UInt64(xorb.body.count),
                ranges: [0...99], expiry: Int64(Date().timeIntervalSince1970) + 60)
            let address = URLSigner(secrets: fixture.services.secrets).url(for: grant, baseURL: "http://hub")
            for _ in 0..<2 {
                #expect(try await client.fetch(address, range: "bytes=0-9").status == .partialContent)
            }
            let refused = try await client.fetch(address, range: "bytes=0-9")
            #expect(refused.status == .tooManyRequests)
            #expect(refused.field("RateLimit")?.hasPrefix(#""data";r=0"#) == true)
        }
    }

    @Test("a window ends")
    func windows() {
        let limiter = RateLimiter(RateLimits(user: [:], anonymous: [.api: 1]))
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
        let identity = RateLimiter.Identity.network("192.0.2.1")
        #expect(limiter.charge(identity, .api, now: start)?.isAllowed == true)
        #expect(
            limiter.charge(identity, .api, now: start + .seconds(10))
                == RateLimiter.Decision(isAllowed: false, quota: 1, remaining: 0, reset: 290))
        #expect(limiter.charge(.network("192.0.2.2"), .api, now: start)?.isAllowed == true)
        #expect(limiter.charge(identity, .api, now: start + .seconds(300))?.isAllowed == true)
        #expect(limiter.charge(identity, .data, now: start) == nil)
    }

    @Test("settings of the command line")
    func settings() throws {
        let (standard, off) = (try RateLimits(settings: []), try RateLimits(settings: ["off"]))
        #expect(standard == .standard && off == .off)
        let limits = try RateLimits(settings: ["api=10", "anonymous-resolve=7", "data=9", "pages=0", "window=60"])
        #expect(limits.window == 60)
        #expect(limits.quota(.api, isAnonymous: true) == 10 && limits.quota(.api, isAnonymous: false) == 10)
        #expect(limits.quota(.resolve, isAnonymous: true) == 7)
        #expect(limits.quota(.resolve, isAnonymous: false) == RateLimits.standard.quota(.resolve, isAnonymous: false))
        #expect(limits.quota(.pages, isAnonymous: true) == nil && limits.quota(.data, isAnonymous: false) == 9)
        for wrong in ["", "api", "api=", "api=-1", "api=x", "operations=5", "window=0", "cats=5", "off=1"] {
            #expect(throws: HubServerError.self, "\(wrong)") { try RateLimits(settings: [wrong]) }
        }
    }

    @Test("who sends a request: proxies on this machine are believed, nobody else")
    func peers() {
        #expect(Peer(address: "127.0.0.1", forwardedFor: nil) == Peer(address: "127.0.0.1", forwardedFor: nil))
        #expect(Peer(address: "127.0.0.1", forwardedFor: nil).isLocal)
        let proxied = Peer(address: "127.0.0.1", forwardedFor: "10.0.0.1, 192.0.2.7")
        #expect(proxied.address == "192.0.2.7" && !proxied.isLocal)
        let lying = Peer(address: "192.0.2.9", forwardedFor: "127.0.0.1")
        #expect(lying.address == "192.0.2.9" && !lying.isLocal)
        #expect(!Peer(address: "127.0.0.1", forwardedFor: "<script>").isLocal)
        #expect(Peer(address: "2001:db8:1:2:3:4:5:6", forwardedFor: nil).network == "2001:db8:1:2")
        #expect(Peer(address: "2001:db8::1", forwardedFor: nil).network == "2001:db8:0:0")
        #expect(Peer(address: "192.0.2.9", forwardedFor: nil).network == "192.0.2.9")
    }

    @Test(
        "routes are told apart by path alone",
        arguments: [
            ("GET", "/api/models/a/b", RouteClass.api), ("POST", "/api/models/a/b/commit/main", .api),
            ("GET", "/a/b/resolve/main/x", .resolve), ("GET", "/datasets/a/b/resolve/main/x", .resolve),
            ("GET", "/cas/v1/reconstructions/x", .resolve), ("POST", "/cas/v1/shards", .upload),
            ("POST", "/a/b.git/info/lfs/objects/batch", .upload), ("GET", "/a/b.git/info/refs?service=x", .resolve),
            ("GET", "/data/xorbs/x?y", .data), ("GET", "/healthz", .operations), ("GET", "/metrics?x", .operations),
            ("GET", "/", .pages), ("GET", "/a/b", .pages), ("GET", "/a/b/tree/main", .pages), ("GET", "*", .pages),
        ])
    func routes(_ method: String, _ target: String, _ route: RouteClass) {
        #expect(RouteClass(method: method, target: target) == route)
    }
}

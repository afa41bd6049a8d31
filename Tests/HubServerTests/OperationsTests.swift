import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import NIOPosix
import Testing

@testable import HubServer

@Suite("Operations", .timeLimit(.minutes(1)))
struct OperationsTests {
    // MARK: Health

    @Test("health says what works and what does not")
    func health() async throws {
        let fixture = try HubFixture()
        let services = fixture.server.services
        try await fixture.run { hub in
            for path in ["/healthz", "/readyz"] {
                let reply = try await hub.get(path)
                #expect(reply.status == .ok)
                let report = try reply.json
                #expect(report["database"] as? String == "ok" && report["disk"] as? String == "ok")
                #expect((report["diskFree"] as? Int ?? 0) > 0)
            }
            #expect(try await hub.send(.head, "/healthz").status == .ok)
            #expect(try await hub.send(.post, "/healthz").status == .methodNotAllowed)
            services.health.beginDraining()
            #expect(try await hub.get("/healthz").status == .ok)
            let stopping = try await hub.get("/readyz")
            #expect(stopping.status == .serviceUnavailable)
            #expect(try stopping.json["status"] as? String == "stopping")
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: services.configuration.dataDirectory)
        #expect(!left.contains { $0.hasPrefix("health.") })
    }

    @Test("a data folder that is gone is a failing disk")
    func failingDisk() async throws {
        let fixture = try HubFixture()
        try await fixture.run { hub in
            try FileManager.default.removeItem(atPath: fixture.server.services.configuration.dataDirectory)
            let reply = try await hub.get("/healthz")
            #expect(reply.status == .serviceUnavailable)
            #expect(try reply.json["status"] as? String == "failing")
        }
    }

    // MARK: Metrics

    @Test("metrics count requests of both planes, and what is stored")
    func metrics() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 61)
        try await fixture.run { client in
            _ = try await client.upload(xorb)
            let grant = DataGrant(
                object: try #require(try fixture.key(of: xorb.hash)), bodyLength: UInt64(xorb.body.count),
                ranges: [0...999], expiry: Int64(Date().timeIntervalSince1970) + 60)
            let address = URLSigner(secrets: fixture.services.secrets).url(for: grant, baseURL: "http://hub")
            for _ in 0..<3 { _ = try await client.fetch(address, range: "bytes=0-999") }
            let page = try await HubTestClient(client: client.client, tokens: [:]).get("/metrics")
            #expect(page.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
            let samples = try Self.samples(page.text)
            #expect(samples[#"shoal_http_requests_total{route="data",status="206"}"#] == 3)
            #expect(samples[#"shoal_http_sent_bytes_total{route="data"}"#] == 3000)
            #expect(samples[#"shoal_http_requests_total{route="upload",status="200"}"#] == 1)
            #expect((samples[#"shoal_http_received_bytes_total{route="upload"}"#] ?? 0) >= Double(xorb.body.count))
            #expect(samples[#"shoal_http_request_duration_seconds_count{route="data"}"#] == 3)
            #expect(samples[#"shoal_http_request_duration_seconds_bucket{route="data",le="+Inf"}"#] == 3)
            #expect(samples["shoal_xorbs"] == 1)
            #expect(samples["shoal_stored_bytes"] == Double(xorb.body.count))
            #expect(samples[#"shoal_repos{type="model",visibility="public"}"#] == 2)
            #expect((samples["shoal_connections_open"] ?? 0) >= 1)
        }
    }

    /// Every line must be a comment or `name{labels} number`, each family announced before its samples.
    static func samples(_ text: String) throws -> [String: Double] {
        var found: [String: Double] = [:]
        var families: Set<Substring> = []
        for line in text.split(separator: "\n") {
            if let match = line.wholeMatch(of: /# TYPE ([a-z_]+) (counter|gauge|histogram)/) {
                families.insert(match.1)
                continue
            }
            if line.hasPrefix("# HELP ") { continue }
            let match = try #require(
                line.wholeMatch(of: /(([a-z_]+)(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})?) ([0-9.e+-]+)/), "\(line)")
            let base = match.2.replacing(/_(bucket|sum|count)$/, with: "")
            #expect(families.contains(match.2) || families.contains(Substring(base)), "\(line)")
            #expect(found.updateValue(try #require(Double(match.5)), forKey: String(match.1)) == nil, "\(line)")
        }
        return found
    }

    @Test("metrics are for this machine and for admins")
    func metricsAccess() async throws {
        let fixture = try HubFixture()
        let forwarded = HTTPField.Name("x-forwarded-for") ?? .via
        try await fixture.run { hub in
            let distant = try await hub.get("/metrics", headers: [forwarded: "192.0.2.1"])
            #expect(distant.status == .unauthorized)
            #expect(try await hub.get("/metrics").status == .ok)
            for (user, status) in [("alice", 403), ("root", 200), ("hf_wrong", 401)] {
                #expect(try await hub.get("/metrics", as: user).status.code == status)
            }
        }
        let proxied = try HubFixture { $0.publicURL = "https://models.example.org" }
        try await proxied.run { hub in
            let (local, admin) = (try await hub.get("/metrics"), try await hub.get("/metrics", as: "root"))
            #expect(local.status == .unauthorized && admin.status == .ok)
        }
        let open = try HubFixture {
            $0.publicURL = "https://models.example.org"
            $0.opensMetrics = true
        }
        let reply = try await open.run { hub in try await hub.get("/metrics") }
        #expect(reply.status == .ok)
    }

    // MARK: Access log

    private func lines(of path: String, _ log: AccessLog?) throws -> [String] {
        log?.flush()
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test("a line per request, with its user and without its secrets", arguments: [false, true])
    func accessLog(isJSON: Bool) async throws {
        let scratch = try ScratchFolder()
        let path = scratch.url.appendingPathComponent("access.log").path
        let fixture = try HubFixture { $0.accessLog = AccessLogSettings(path: path, isJSON: isJSON) }
        let token = try #require(fixture.tokens["alice"])
        try await fixture.run { hub in
            try await hub.create("model")
            let reply = try await hub.get(
                "/api/models/alice/model?token=\(token)&full=1", as: "alice", headers: [.amazonTraceID: "trace-7"])
            #expect(reply.header("X-Request-Id") == "trace-7")
            #expect(reply.header(CallerNote.header) == nil, "a note for the log has left the process")
            _ = try await hub.get("/data/xorbs/00?length=1&bytes=0-0&expires=9&signature=verysecret")
            _ = try await hub.get("/x/\(token)/y")
        }
        let log = try lines(of: path, fixture.server.services.accessLog)
        let text = log.joined(separator: "\n")
        #expect(log.count == 4)
        #expect(!text.contains(token) && !text.contains("verysecret") && !text.contains("expires=9"), "\(text)")
        if isJSON {
            let line = try #require(try JSONSerialization.jsonObject(with: Data(log[1].utf8)) as? [String: Any])
            #expect(line["user"] as? String == "alice" && line["status"] as? Int == 200)
            #expect(line["path"] as? String == "/api/models/alice/model?token=***&full=1")
            #expect(line["request_id"] as? String == "trace-7" && line["address"] as? String == "127.0.0.1")
            #expect((line["bytes"] as? Int ?? 0) > 100 && (line["seconds"] as? Double ?? -1) >= 0)
        } else {
            let words = log[1].split(separator: " ")
            #expect(words.count == 9)
            #expect(words[1...5] == ["127.0.0.1", "alice", "GET", "/api/models/alice/model?token=***&full=1", "200"])
            #expect(words[8] == "trace-7")
            #expect(log[2].contains(" - GET /data/xorbs/00?*** 403 "))
            #expect(log[3].contains("/x/hf_***/y 4"))
        }
    }

    @Test("nothing that a client sends can forge a line")
    func logInjection() {
        let entry = AccessLogEntry(
            time: Date(timeIntervalSince1970: 0), address: "192.0.2.1", user: "a b\nc", method: "GET",
            target: "/x\r\n192.0.2.9 root GET /\"é", status: 200, bytes: 1, seconds: 0.5, requestID: "r")
        #expect(
            entry.text
                == "1970-01-01T00:00:00.000Z 192.0.2.1 a%20b%0Ac GET /x%0D%0A192.0.2.9%20root%20GET%20/%22%C3%A9 200 1 0.5000 r"
        )
        #expect(!entry.json.contains("\n"))
    }

    @Test(
        "secrets in targets",
        arguments: [
            ("/a?Signature=1", "/a?***"), ("/a?X-Amz-Credential=1&b=2", "/a?***"),
            ("/a?b=2&access%5Ftoken=1", "/a?b=2&access%5Ftoken=***"), ("/a?b", "/a?b"),
            ("http://u:pw@host/a", "http://***@host/a"), ("/xct_AAAAAAAAAAAA.BBBB/x", "/xct_***/x"),
        ])
    func redaction(_ target: String, _ expected: String) {
        #expect(AccessLogTarget.redacted(target) == expected)
    }

    @Test("a log that was renamed away is opened anew")
    func rotation() async throws {
        let scratch = try ScratchFolder()
        let path = scratch.url.appendingPathComponent("access.log").path
        let log = try AccessLog(AccessLogSettings(path: path, isJSON: false), metrics: HubMetrics())
        let entry = AccessLogEntry(
            time: Date(), address: "-", user: nil, method: "GET", target: "/1", status: 200, bytes: 0, seconds: 0,
            requestID: "r")
        log.record(entry)
        log.flush()
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        try await Task.sleep(for: .milliseconds(1100))
        log.record(entry)
        log.flush()
        #expect(try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count == 1)
        #expect(try String(contentsOfFile: path + ".1", encoding: .utf8).split(separator: "\n").count == 1)
        #expect(throws: HubServerError.self) {
            try AccessLog(AccessLogSettings(path: path + "/x", isJSON: false), metrics: HubMetrics())
        }
    }

    // MARK: Hostile connections

    /// Sends text, then a byte at a time, and returns what came until the other side closed, and how long that took.
    private func exchange(_ text: String, drip: String = "", every pause: Duration = .zero, port: Int) async throws
        -> (String, Duration)
    {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let start = ContinuousClock.now
        return try await channel.executeThenClose { inbound, outbound in
            // A loaded machine may get to this only after the other side has closed, which the reading then finds.
            try? await outbound.write(ByteBuffer(string: text))
            let dripping = Task {
                for byte in drip.utf8 {
                    try await Task.sleep(for: pause)
                    try await outbound.write(ByteBuffer(bytes: [byte]))
                }
            }
            defer { dripping.cancel() }
            var received = ""
            do {
                for try await buffer in inbound { received += String(buffer: buffer) }
            } catch {
                // The other side may reset the connection instead of closing it.
            }
            return (received, ContinuousClock.now - start)
        }
    }

    @Test("a head that trickles in is cut off, however steadily it trickles")
    func slowHead() async throws {
        let fixture = try HubFixture { $0.idleTimeout = .seconds(1) }
        try await fixture.run { hub in
            let port = try #require(hub.client.port)
            let (received, time) = try await exchange(
                "GET /healthz HTTP/1.1\r\nHost: hub\r\nX-Slow: ", drip: String(repeating: "a", count: 400),
                every: .milliseconds(50), port: port)
            #expect(received.isEmpty && time < .seconds(10), "\(received)")
            // A body that stops is cut off too.
            let (_, wait) = try await exchange(
                "POST /api/validate-yaml HTTP/1.1\r\nHost: hub\r\nContent-Length: 1000\r\n\r\n{", port: port)
            #expect(wait < .seconds(10))
            // So is a connection on which nothing ever comes.
            let (nothing, idle) = try await exchange("", port: port)
            #expect(nothing.isEmpty && idle < .seconds(10))
        }
    }

    @Test("heads beyond the limits are refused")
    func largeHeads() async throws {
        let fixture = try HubFixture()
        try await fixture.run { hub in
            let port = try #require(hub.client.port)
            let start = "GET /healthz HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n"
            let long = start + "X-Long: " + String(repeating: "a", count: 40 << 10) + "\r\n\r\n"
            let many = start + (0..<200).map { "X-\($0): 1\r\n" }.joined() + "\r\n"
            let target = "GET /" + String(repeating: "a", count: 100 << 10) + " HTTP/1.1\r\nHost: hub\r\n\r\n"
            for text in [long, many, target] {
                let (received, _) = try await exchange(text, port: port)
                #expect(!received.hasPrefix("HTTP/1.1 200"), "\(received.prefix(100))")
            }
            let (fine, _) = try await exchange(start + "\r\n", port: port)
            #expect(fine.hasPrefix("HTTP/1.1 200"))
        }
    }
}

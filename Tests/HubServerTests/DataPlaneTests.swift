import Foundation
import HTTPTypes
import HubWire
import HummingbirdTesting
import NIOCore
import NIOPosix
import TestSupport
import Testing
import Xet

@testable import HubServer

@Suite("Data plane", .timeLimit(.minutes(2)))
struct DataPlaneTests {
    /// A signed URL of a xorb, which is stored first when it is not yet.
    private func url(
        _ xorb: SampleXorb, _ ranges: [ClosedRange<UInt64>]? = nil, lifetime: Int64 = 60, in fixture: CASFixture,
    ) async throws -> String {
        if try fixture.key(of: xorb.hash) == nil {
            let file = try fixture.content.objects.makeIncoming()
            try xorb.body.withUnsafeBytes { try file.file.write($0, at: 0) }
            _ = try await fixture.content.admit(file, as: xorb.hash, length: xorb.body.count, for: fixture.claims)
        }
        let length = UInt64(xorb.body.count)
        let grant = DataGrant(
            object: try #require(try fixture.key(of: xorb.hash)), bodyLength: length,
            ranges: ranges ?? [0...length - 1],
            expiry: Int64(Date().timeIntervalSince1970) + lifetime)
        return URLSigner(secrets: fixture.services.secrets).url(for: grant, baseURL: "http://hub")
    }

    @Test("serves the allowed ranges and every part of them, and nothing else")
    func ranges() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 50)
        let length = xorb.body.count
        let allowed = try await url(xorb, [100...1999, 3000...4000], in: fixture)
        let whole = try await url(xorb, in: fixture)
        try await fixture.run { client in
            for (first, last) in [(100, 1999), (100, 100), (1999, 1999), (500, 900), (3000, 4000)] {
                let response = try await client.fetch(allowed, range: "bytes=\(first)-\(last)")
                #expect(response.status == .partialContent)
                #expect(response.field("content-range") == "bytes \(first)-\(last)/\(length)")
                #expect(response.field("content-length") == "\(last - first + 1)")
                #expect(response.bytes == Array(xorb.body[first...last]))
            }
            for range in ["0-200", "99-99", "1999-2000", "1000-3500", "100-", "-5", "4001-4001"] {
                #expect(try await client.fetch(allowed, range: "bytes=\(range)").status == .forbidden, "\(range)")
            }
            #expect(try await client.fetch(allowed).status == .forbidden)
            #expect(try await client.fetch(allowed, range: "bytes=x").status == .forbidden)
            #expect(try await client.fetch(whole).status == .ok)
            #expect(try await client.fetch(whole).bytes == xorb.body)
            #expect(try await client.fetch(whole, range: "bytes=0-").bytes == xorb.body, "the footer is never served")
            let pastEnd = try await client.fetch(whole, range: "bytes=10-\(length + 5000)")
            #expect(pastEnd.field("content-range") == "bytes 10-\(length - 1)/\(length)")
            #expect(pastEnd.bytes == Array(xorb.body[10...]))
            #expect(try await client.fetch(whole, range: "bytes=-9").bytes == Array(xorb.body.suffix(9)))
            let beyond = try await client.fetch(whole, range: "bytes=\(length)-")
            #expect(beyond.status == .rangeNotSatisfiable)
            #expect(beyond.field("content-range") == "bytes */\(length)")
        }
    }

    @Test("HEAD tells what GET would send")
    func head() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 51)
        let address = try await url(xorb, in: fixture)
        try await fixture.run { client in
            let part = try await client.fetch(address, range: "bytes=5-14", method: .head)
            #expect(part.status == .partialContent && part.field("content-length") == "10")
            #expect(part.field("content-range") == "bytes 5-14/\(xorb.body.count)" && part.bytes.isEmpty)
            let all = try await client.fetch(address, method: .head)
            #expect(all.status == .ok && all.field("content-length") == "\(xorb.body.count)")
            #expect(try await client.fetch(address, method: .post, body: [1]).status == .notFound)
        }
    }

    @Test("several ranges come as multipart/byteranges")
    func multipart() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 52)
        let address = try await url(xorb, [10...99, 500...999], in: fixture)
        try await fixture.run { client in
            let response = try await client.fetch(address, range: "bytes=10-19, 500-999")
            #expect(response.status == .partialContent)
            let type = try #require(response.field("content-type"))
            let boundary = try #require(type.split(separator: "boundary=").last)
            #expect(response.field("content-length") == "\(response.bytes.count)")
            var expected: [UInt8] = []
            for (first, last) in [(10, 19), (500, 999)] {
                expected += Array("\r\n--\(boundary)\r\nContent-Type: application/octet-stream\r\n".utf8)
                expected += Array("Content-Range: bytes \(first)-\(last)/\(xorb.body.count)\r\n\r\n".utf8)
                expected += xorb.body[first...last]
            }
            expected += Array("\r\n--\(boundary)--\r\n".utf8)
            #expect(response.bytes == expected)
            #expect(try await client.fetch(address, range: "bytes=10-19,200-300").status == .forbidden)
        }
    }

    @Test("an expired URL and every change to a URL are refused")
    func tampering() async throws {
        let fixture = try CASFixture()
        let (xorb, other) = (SampleXorb(seed: 53), SampleXorb(seed: 54))
        let good = try await url(xorb, [0...999], in: fixture)
        try await fixture.run { client in
            #expect(try await client.fetch(good, range: "bytes=0-999").status == .partialContent)
            let expired = try await url(xorb, lifetime: -1, in: fixture)
            #expect(try await client.fetch(expired, range: "bytes=0-9").status == .forbidden)
            let key = try #require(try fixture.key(of: xorb.hash))
            let changes = [
                ("bytes=0-999", "bytes=0-1999"), ("\(xorb.hash)", "\(other.hash)"), ("\(key)", "\(xorb.hash)"),
                ("length=", "length=1"),
                ("expires=", "expires=9"), ("&signature=", "&signature=A"), ("&signature=", "&x=1&signature="),
                ("?length", "?bytes=0-5000&length"),
            ]
            for (old, new) in changes {
                let changed = good.replacingOccurrences(of: old, with: new)
                #expect(changed != good)
                #expect(try await client.fetch(changed, range: "bytes=0-999").status == .forbidden, "\(new)")
            }
            let unsigned = try #require(good.range(of: "&signature"))
            let bare = String(good[..<unsigned.lowerBound])
            #expect(try await client.fetch(bare, range: "bytes=0-9").status == .forbidden)
            #expect(try await client.fetch("/data/xorbs/\(xorb.hash)", range: "bytes=0-9").status == .forbidden)
            #expect(try await client.fetch("/data/xorbs").status == .notFound)
            #expect(try await client.fetch("/data/nothing").status == .notFound)
        }
    }

    @Test("a stored byte that was flipped is passed on as it is: whoever asked checks")
    func rawBytes() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 55)
        let address = try await url(xorb, in: fixture)
        try await fixture.run { client in
            try fixture.flipByte(of: xorb.hash, at: 77)
            var flipped = xorb.body
            flipped[77] ^= 0x10
            #expect(try await client.fetch(address, range: "bytes=0-199").bytes == Array(flipped[0..<200]))
            try FileManager.default.removeItem(at: fixture.object(xorb.hash))
            #expect(try await client.fetch(address, range: "bytes=0-9").status == .notFound)
        }
    }

    @Test("the router answers the same where there is no sendfile")
    func withoutSendfile() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(chunks: (0..<12).map { SampleContent.random.bytes(120_000, seed: $0) }, scheme: .none)
        let address = try await url(xorb, in: fixture)
        try await fixture.server.application().test(.router) { client in
            let test = CASTestClient(client: HubCaller(client), fixture: fixture)
            #expect(try await test.fetch(address).bytes == xorb.body)
            let part = try await test.fetch(address, range: "bytes=1000-1300000")
            #expect(part.status == .partialContent && part.bytes == Array(xorb.body[1000...1_300_000]))
            #expect(try await test.fetch(address, range: "bytes=99999999-").status == .rangeNotSatisfiable)
        }
    }

    @Test("pipelined requests of both planes are answered in order on one connection")
    func pipelining() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(chunks: (0..<20).map { SampleContent.random.bytes(130_000, seed: $0) }, scheme: .none)
        let address = try await url(xorb, in: fixture)
        try await fixture.run { client in
            let path = try client.path(of: address)
            func request(_ target: String, _ headers: String = "") -> String {
                "GET \(target) HTTP/1.1\r\nHost: hub\r\n\(headers)\r\n"
            }
            let text =
                request("/healthz") + request(path, "Range: bytes=0-9\r\n") + request(path)
                + request("/healthz") + request(path, "Range: bytes=5-6\r\nContent-Length: 3\r\n") + "abc"
                + request("/healthz") + request(path, "Range: bytes=7-7\r\nConnection: close\r\n")
            let port = try #require(client.client.port)
            let received = try await rawExchange(text, port: port)
            let bodies = try responses(in: received)
            #expect(bodies.map(\.status) == [200, 206, 200, 200, 206, 200, 206])
            #expect(bodies[1].body == Array(xorb.body[0...9]))
            #expect(bodies[2].body == xorb.body)
            #expect(String(decoding: bodies[3].body, as: UTF8.self).contains("\"status\":\"ok\""))
            #expect(bodies[4].body == Array(xorb.body[5...6]))
            #expect(bodies[6].body == Array(xorb.body[7...7]))
        }
    }

    /// Sends text on a connection of its own and returns all that comes until the other side closes it.
    private func rawExchange(_ text: String, port: Int) async throws -> [UInt8] {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            var received: [UInt8] = []
            for try await buffer in inbound { received += buffer.readableBytesView }
            return received
        }
    }

    private func responses(in bytes: [UInt8]) throws -> [(status: Int, body: [UInt8])] {
        var rest = bytes[...]
        var found: [(Int, [UInt8])] = []
        let mark = Array("\r\n\r\n".utf8)
        while !rest.isEmpty {
            let end = try #require(rest.indices.first { rest[$0...].starts(with: mark) })
            let head = String(decoding: rest[..<end], as: UTF8.self)
            let status = try #require(head.split(separator: " ").dropFirst().first.flatMap { Int($0) })
            let lines = head.split(separator: "\r\n")
            let line = try #require(lines.first { $0.lowercased().hasPrefix("content-length:") })
            let length = try #require(Int(line.split(separator: " ")[1]))
            rest = rest[(end + 4)...]
            found.append((status, Array(rest.prefix(length))))
            try #require(rest.count >= length)
            rest = rest.dropFirst(length)
        }
        return found
    }

    @Test("parses ranges as HTTP defines them")
    func rangeHeaders() {
        #expect(ByteRangeSpec.parse("bytes=0-9") == [.span(0, 9)])
        #expect(ByteRangeSpec.parse("Bytes=5-") == [.span(5, nil)])
        #expect(ByteRangeSpec.parse("bytes=-5, 7-8") == [.suffix(5), .span(7, 8)])
        let malformed = [
            "bytes=", "bytes=-", "bytes=9-3", "bytes=a-b", "bytes=1-2,", "bytes=+1-2", "items=0-1", "bytes 0-1", "",
        ]
        for header in malformed { #expect(ByteRangeSpec.parse(header) == nil, "\(header)") }
        #expect(ByteRangeSpec.parse("bytes=0-99999999999999999999") == nil)
        #expect(ByteRangeSpec.span(0, nil).resolved(in: 0) == nil)
        #expect(ByteRangeSpec.suffix(0).resolved(in: 10) == nil)
        #expect(ByteRangeSpec.suffix(50).resolved(in: 10) == 0...9)
        #expect(ByteRangeSpec.span(3, .max).resolved(in: 10) == 3...9)
    }
}

import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import NIOPosix
import TestSupport
import Testing
import Xet

@testable import HubServer

/// What a collection means for somebody who reads meanwhile.
@Suite("Garbage collection and readers", .timeLimit(.minutes(2)))
struct GarbageReaderTests {
    /// A signed URL of a whole stored xorb.
    private func url(of xorb: SampleXorb, in fixture: CASFixture) throws -> String {
        let length = UInt64(xorb.body.count)
        let grant = DataGrant(
            object: try #require(try fixture.key(of: xorb.hash)), bodyLength: length, ranges: [0...length - 1],
            expiry: Int64(Date().timeIntervalSince1970) + 60)
        return URLSigner(secrets: fixture.services.secrets).url(for: grant, baseURL: "http://hub")
    }

    @Test("a signed URL serves while its xorb is condemned, is refused when it has gone, and never lies")
    func signedURL() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 231)
        let file = SampleFile([(xorb, 0..<6)])
        try await fixture.upload(xorb)
        try await fixture.register(file)
        let held = try url(of: xorb, in: fixture)
        let later = ContentStore.now + 23 * 86_400
        try await fixture.run { [fixture] client in
            let report = try await fixture.collect(at: later) { _ in }
            #expect(report.condemned.count == 1 && report.dropped.count == 0)
            let whole = try await client.fetch(held)
            #expect(whole.status == .ok && whole.bytes == xorb.body)
            #expect(try await client.fetch(held, range: "bytes=100-199").bytes == Array(xorb.body[100...199]))

            let last = try await fixture.collect(at: later + 2 * 86_400) { _ in }
            #expect(last.dropped.count == 1 && last.objects.count == 1)
            #expect(try await client.fetch(held).status == .notFound)
            #expect(try await client.fetch(held, range: "bytes=100-199").status == .notFound)

            // The same bytes come back under a key of their own; the old URL does not lead to them.
            #expect(try await client.upload(xorb))
            #expect(try await client.fetch(held).status == .notFound)
            #expect(try await client.fetch(try url(of: xorb, in: fixture)).bytes == xorb.body)
        }
        #expect(try await fixture.fsck().problems == [])
    }

    @Test("a GET that has begun ends with the right bytes, although its xorb is dropped meanwhile")
    func runningGet() async throws {
        let fixture = try CASFixture()
        // Far more than the buffers of two sockets hold.
        let xorb = SampleXorb(
            chunks: (0..<240).map { SampleContent.random.bytes(130_000, seed: 232 + $0) }, scheme: .none,
            maximumLength: 48 << 20)
        let file = SampleFile([(xorb, 0..<240)])
        try await fixture.push(file, [xorb], at: "x.bin")
        let target = try url(of: xorb, in: fixture)
        try await fixture.server.calling { [fixture] client in
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.socketOption(.so_rcvbuf), value: 64 << 10)
                .connect(host: "127.0.0.1", port: try #require(client.port)) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            let path = try CASTestClient(client: client, fixture: fixture).path(of: target)
            let received = try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(
                    ByteBuffer(string: "GET \(path) HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n"))
                var received: [UInt8] = []
                var isCollected = false
                for try await buffer in inbound {
                    received += buffer.readableBytesView
                    if !isCollected, received.count > 1 << 20 {
                        isCollected = true
                        try await fixture.commit(nil, at: "x.bin")
                        try await fixture.squash()
                        let report = try await fixture.collect()
                        #expect(report.objects.count == 1 && fixture.storedObjects.isEmpty)
                    }
                }
                #expect(isCollected)
                return received
            }
            let mark = try #require(received.firstRange(of: Array("\r\n\r\n".utf8)))
            #expect(Array(received[mark.upperBound...]) == xorb.body)
        }
    }
}

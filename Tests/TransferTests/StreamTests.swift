import NIOCore
import Synchronization
import TestSupport
import Testing
import Transport
import Xet
import XetClient

@testable import Transfer

@Suite struct StreamTests {
    /// Windows of a few chunks, so that a few MiB have many seams.
    private static var settings: TransferSettings {
        var settings = PullTests.settings
        settings.streamWindow = 300_000
        return settings
    }

    private func read(_ scene: PullTests.Scene, _ range: Range<UInt64>? = nil) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        let stream = try await scene.engine.streamXet(
            scene.request, range: range, from: scene.cas.client(), observer: SilentObserver())
        for try await part in stream { bytes += part.readableBytesView }
        return bytes
    }

    @Test("streams the whole file, in every mode of trust", arguments: [true, false], [true, false])
    func whole(manifests: Bool, v2: Bool) async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS(servesManifests: manifests, servesV2: v2)
            let scene = try await PullTests.Scene(
                fixture, cas: cas, content: PullTests.content(), settings: Self.settings)
            #expect(try await read(scene) == scene.content)
        }
    }

    @Test("delivers exactly the bytes of a range", arguments: [true, false])
    func ranges(manifests: Bool) async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS(servesManifests: manifests)
            let scene = try await PullTests.Scene(
                fixture, cas: cas, content: PullTests.content(2_000_000), settings: Self.settings)
            let size = UInt64(scene.content.count)
            let ranges: [Range<UInt64>] = [
                0..<0, 0..<1, 0..<300_000, 299_999..<300_001, 77_777..<777_777, size - 1..<size, size..<size + 9,
                1_000_000..<size + 5,
            ]
            for range in ranges {
                let expected = scene.content[Int(min(range.lowerBound, size))..<Int(min(range.upperBound, size))]
                #expect(try await read(scene, range) == Array(expected), "\(range)")
            }
        }
    }

    @Test("fetches a range, not the file")
    func thrift() async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS()
            let content = SampleContent.random.bytes(8_000_000, seed: 1)
            let scene = try await PullTests.Scene(fixture, cas: cas, content: content, settings: Self.settings)
            let network = NetworkCounter()
            let stream = try await scene.engine.streamXet(
                scene.request, range: 4_000_000..<4_100_000, from: cas.client(), observer: network)
            for try await _ in stream {}
            #expect(network.bytes < 100_000 + 3 * UInt64(XetLimits.maximumChunk))
        }
    }

    @Test(
        "heals faults that pass", arguments: [MemoryCAS.Fault.flipsOnce, .breaksOnce, .expiresOnce])
    func passingFaults(fault: MemoryCAS.Fault) async throws {
        try await withFixture { fixture in
            let scene = try await PullTests.Scene(
                fixture, cas: MemoryCAS(), content: PullTests.content(), settings: Self.settings)
            scene.cas.fault.withLock { $0 = fault }
            #expect(try await read(scene) == scene.content)
        }
    }

    @Test("never ends well on wrong bytes", arguments: [MemoryCAS.Fault.flipsAlways, .shifts], [true, false])
    func lastingFaults(fault: MemoryCAS.Fault, manifests: Bool) async throws {
        try await withFixture { fixture in
            let scene = try await PullTests.Scene(
                fixture, cas: MemoryCAS(servesManifests: manifests),
                content: SampleContent.random.bytes(1_500_000, seed: 9), settings: Self.settings)
            scene.cas.fault.withLock { $0 = fault }
            await #expect(throws: (any Error).self) { try await read(scene) }
        }
    }

    @Test("says beforehand what it can prove")
    func trust() async throws {
        try await withFixture { fixture in
            let scene = try await PullTests.Scene(
                fixture, cas: MemoryCAS(servesManifests: false), content: PullTests.content(900_000),
                settings: Self.settings)
            let client = scene.cas.client()
            let part = try await scene.engine.streamXet(
                scene.request, range: 1..<9, from: client, observer: SilentObserver())
            #expect(part.trust == nil)
            let whole = try await scene.engine.streamXet(scene.request, from: client, observer: SilentObserver())
            #expect(whole.trust == .provisional)
        }
    }

    @Test("a reader that stops early ends the fetching")
    func abandoned() async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS()
            let content = SampleContent.random.bytes(8_000_000, seed: 4)
            let scene = try await PullTests.Scene(fixture, cas: cas, content: content, settings: Self.settings)
            let stream = try await scene.engine.streamXet(
                scene.request, from: cas.client(), observer: SilentObserver())
            for try await part in stream where part.readableBytes > 0 { break }
            // The window that was under way may still finish; nothing beyond it starts.
            try await Task.sleep(for: .milliseconds(300))
            let requests = cas.log.withLock { $0.dataRequests.count }
            #expect(requests < 10)
            try await Task.sleep(for: .milliseconds(100))
            #expect(cas.log.withLock { $0.dataRequests.count } == requests)
        }
    }
}

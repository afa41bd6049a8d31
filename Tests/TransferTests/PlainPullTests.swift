import ChunkStore
import Logging
import Synchronization
import TestSupport
import Testing
import Transport
import Xet

@testable import Transfer

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct PlainPullTests {
    /// Small ranges and short pauses, so that a few MiB show what gigabytes would.
    static var settings: TransferSettings {
        var settings = TransferSettings()
        settings.plainRangeBytes = 1 << 20
        settings.plainStreams = 4
        settings.retries.firstDelay = .milliseconds(1)
        return settings
    }

    struct Scene {
        let fixture: Fixture
        let server: PlainServer
        let engine: TransferEngine
        let partial: PartialFile

        init(_ fixture: Fixture, _ server: PlainServer, stallTimeout: Duration = .seconds(60)) {
            self.fixture = fixture
            self.server = server
            var settings = PlainPullTests.settings
            settings.stallTimeout = stallTimeout
            engine = TransferEngine(transport: server, settings: settings, logger: PullTests.logger)
            partial = PartialFile(path: fixture.path("partial"), journal: fixture.path("journal"))
        }

        @discardableResult
        func pull(_ observer: any TransferObserver = SilentObserver()) async throws -> PullStatistics {
            try await engine.pullPlain(try server.request(), into: partial, observer: observer)
        }

        func requireWhole() throws {
            #expect(try readBytes(partial.path) == server.content)
            #expect(access(partial.journal + ".ranges", F_OK) != 0, "the journal stays behind")
        }
    }

    static func content(_ size: Int = 5_000_000) -> [UInt8] {
        var random = SplitMix64(seed: announcedSeed())
        return (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    final class Counter: TransferObserver {
        let bytes = Atomic<UInt64>(0)
        func began(_ item: TransferItem) {}
        func advanced(_ name: String, bytes: UInt64) { self.bytes.add(bytes, ordering: .relaxed) }
        func travelled(_ bytes: UInt64) {}
        func finished(_ name: String, outcome: TransferOutcome) {}
    }

    @Test("a large file comes in ranges, each byte once", arguments: [0, 1, 1 << 20, (1 << 20) + 1, 5_000_000])
    func ranges(size: Int) async throws {
        try await withFixture { fixture in
            let scene = Scene(fixture, PlainServer(Self.content(size)))
            let counter = Counter()
            let statistics = try await scene.pull(counter)
            try scene.requireWhole()
            #expect(statistics.networkBytes == UInt64(size) && counter.bytes.load(ordering: .relaxed) == UInt64(size))
            let ranged = scene.server.requests.filter { $0.range != nil }
            #expect(ranged.isEmpty == (size <= 1 << 20))
            #expect(scene.server.sent == size)
        }
    }

    @Test(
        "a source with one fault still delivers the right file",
        arguments: [
            PlainServer.Fault.ignoresRanges, .refusesRanges, .cuts(after: 300_000, times: 3), .encodesRanges, .stalls,
            .flips(at: 2_500_000, times: 1), .changes(afterRequests: 3),
        ])
    func faults(fault: PlainServer.Fault) async throws {
        try await withFixture { fixture in
            // Short where silence is the fault; elsewhere a busy machine must not look like a silent source.
            let patience = fault == .stalls ? Duration.seconds(1) : .seconds(60)
            let scene = Scene(fixture, PlainServer(Self.content(), fault: fault), stallTimeout: patience)
            let counter = Counter()
            try await scene.pull(counter)
            try scene.requireWhole()
            #expect(counter.bytes.load(ordering: .relaxed) == 5_000_000)
        }
    }

    @Test(
        "a source that lies is named, with the file, and nothing is left of its bytes",
        arguments: [
            (PlainServer.Fault.flips(at: 2_500_000, times: .max), "digest_mismatch"), (.liesAboutTotal, "bad_reply"),
            (.shifts, "bad_reply"), (.changesAlways, "source_changed"), (.listsOther, "source_changed"),
            (.overflows, "bad_reply"),
        ])
    func lies(fault: PlainServer.Fault, code: String) async throws {
        try await withFixture { fixture in
            let scene = Scene(fixture, PlainServer(Self.content(), fault: fault))
            let error = await #expect(throws: TransferError.self) { try await scene.pull() }
            #expect(error?.code.rawValue == code, "\(String(describing: error))")
            #expect(error?.message.contains("model.bin") == true && error?.message.contains("https://hub.test") == true)
            #expect(error?.hint != nil)
            if code == "digest_mismatch" {
                #expect(try readBytes(scene.partial.path).isEmpty)
                scene.server.heal()
                scene.server.forget()
                try await scene.pull()
                try scene.requireWhole()
                #expect(scene.server.sent == 5_000_000)
            }
        }
    }

    @Test("a length that differs from the listed size is refused before the bytes come")
    func wrongLength() async throws {
        try await withFixture { fixture in
            let scene = Scene(fixture, PlainServer(Self.content(900_000), fault: .liesAboutLength))
            let error = await #expect(throws: TransferError.self) { try await scene.pull() }
            #expect(error?.message.contains("announces 900001 bytes, but the hub lists 900000") == true)
        }
    }

    @Test("what an interrupted pull left is not fetched again")
    func resume() async throws {
        try await withFixture { fixture in
            let scene = Scene(fixture, PlainServer(Self.content(8_000_000), fault: .cuts(after: 700_000, times: .max)))
            await #expect(throws: TransportError.self) {
                // Cut so often that it gives up only because a round brings nothing: end it by cancelling instead.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try await scene.pull() }
                    group.addTask {
                        while scene.server.sent < 3_000_000 { try await Task.sleep(for: .milliseconds(1)) }
                        throw TransportError(code: .interrupted, message: "killed", url: "")
                    }
                    defer { group.cancelAll() }
                    try await group.next()
                }
            }
            scene.server.heal()
            scene.server.forget()
            let statistics = try await scene.pull()
            try scene.requireWhole()
            #expect(statistics.resumedBytes > 0)
            #expect(statistics.resumedBytes + statistics.networkBytes == 8_000_000)
        }
    }

    @Test("bytes that changed on the disk since are fetched again")
    func tornPieces() async throws {
        try await withFixture { fixture in
            let content = Self.content(4_000_000)
            let scene = Scene(fixture, PlainServer(content))
            var written = content
            written[1_200_000] ^= 1
            try Array(written[..<3_000_000]).write(to: scene.partial.path)
            let opened = try RangeJournal.open(
                path: scene.partial.journal + ".ranges", content: scene.server.sha256, size: 4_000_000)
            for start in stride(from: 0, to: 3_000_000, by: 1_000_000) {
                var sum = CRC64NVME()
                content[start..<start + 1_000_000].withUnsafeBytes { sum.update($0) }
                try opened.journal.append(
                    RangeRecord(range: UInt64(start)..<UInt64(start + 1_000_000), checksum: sum.value))
            }
            let statistics = try await scene.pull()
            try scene.requireWhole()
            #expect(statistics.resumedBytes == 2_000_000 && statistics.networkBytes == 2_000_000)
        }
    }

    @Test("the token stays at the hub, and the address behind it is asked again only when it has expired")
    func redirects() async throws {
        try await withFixture { fixture in
            let server = PlainServer(Self.content(8_000_000), fault: .expires(afterRequests: 3), redirects: true)
            let scene = Scene(fixture, server)
            try await scene.pull()
            try scene.requireWhole()
            let (atHub, atStore) = (
                server.requests.filter { $0.url == PlainServer.hub },
                server.requests.filter { $0.url != PlainServer.hub }
            )
            #expect(Set(atHub.map(\.token)) == ["Bearer secret"])
            #expect(Set(atStore.map(\.token)) == [nil])
            #expect(atHub.count >= 2 && atHub.count < 8, "\(atHub.count)")
        }
    }

    @Test("a full disk is an error of its own")
    func fullDisk() async throws {
        try await withFixture { fixture in
            let scene = Scene(fixture, PlainServer(Self.content()))
            let error = await #expect(throws: StorageError.self) {
                _ = try await scene.engine.pullPlain(
                    try scene.server.request(),
                    into: PartialFile(path: "/dev/full", journal: scene.partial.journal), observer: SilentObserver())
            }
            #expect(error?.code == .noSpace && error?.hint != nil)
        }
    }
}

@Suite struct PlainWireTests {
    @Test("reads content ranges")
    func contentRanges() {
        #expect(ContentRange("bytes 0-99/1000") == ContentRange(range: 0..<100, total: 1000))
        #expect(ContentRange("bytes 5-5/*")?.total == nil)
        for text in ["", "bytes */9", "bytes 9-5/10", "items 0-1/2", "bytes 0-18446744073709551615/9", "bytes a-b/c"] {
            #expect(ContentRange(text) == nil, "\(text)")
        }
    }

    @Test("takes quotes and weakness off an ETag", arguments: ["\"x\"", "W/\"x\"", "x"])
    func etags(text: String) { #expect(ETag.normalized(text) == "x") }
}

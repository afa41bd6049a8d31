import ChunkStore
import Logging
import Synchronization
import TestSupport
import Testing
import Xet
import XetClient

@testable import Transfer

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct PullTests {
    static let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    /// Pushes a file into a CAS and prepares to pull it.
    struct Scene {
        let cas: MemoryCAS
        let engine: TransferEngine
        let content: [UInt8]
        let request: XetFileRequest
        let partial: PartialFile

        init(_ fixture: Fixture, cas: MemoryCAS, content: [UInt8], settings: TransferSettings = PullTests.settings)
            async throws
        {
            self.cas = cas
            self.content = content
            engine = TransferEngine(transport: cas, settings: settings, logger: PullTests.logger)
            let source = fixture.path("source")
            try content.write(to: source)
            let file = PushFile(path: source, name: "source", size: UInt64(content.count))
            let report = try await engine.push([file], to: cas.client(), observer: SilentObserver())
            let pushed = try #require(report.files.first)
            request = XetFileRequest(hash: pushed.fileHash, size: pushed.size, name: "model.bin")
            partial = PartialFile(path: fixture.path("partial"), journal: fixture.path("journal"))
        }

        func pull() async throws -> PullStatistics {
            try await engine.pullXet(request, from: cas.client(), into: partial, observer: SilentObserver())
        }

        var pulled: [UInt8] { get throws { try readBytes(partial.path) } }
    }

    /// Small windows and xorbs, so that a few MiB show what gigabytes would.
    static var settings: TransferSettings {
        var settings = TransferSettings()
        settings.planWindow = 1 << 20
        settings.xorbBytes = 1 << 20
        settings.memoryBudget = 16 << 20
        return settings
    }

    /// Some of everything, with repeats inside the file.
    static func content(_ size: Int = 5_000_000) -> [UInt8] {
        let weights = SampleContent.weights.bytes(size / 2, seed: 1)
        return weights + SampleContent.random.bytes(size / 4, seed: 2) + weights.prefix(size / 4)
    }

    @Test("pulls what was pushed, in every mode of trust", arguments: [true, false], [true, false])
    func roundTrip(manifests: Bool, v2: Bool) async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS(servesManifests: manifests, servesV2: v2)
            let scene = try await Scene(fixture, cas: cas, content: Self.content())
            let statistics = try await scene.pull()
            #expect(try scene.pulled == scene.content)
            #expect(statistics.trust == .manifest || !manifests)
            #expect(statistics.trust != .manifest || manifests)
            #expect(statistics.resumedBytes == 0)
        }
    }

    @Test("repeats inside a push are stored once")
    func deduplicates() async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS()
            let engine = TransferEngine(transport: cas, settings: Self.settings, logger: Self.logger)
            let bytes = SampleContent.random.bytes(3_000_000, seed: 3)
            try bytes.write(to: fixture.path("a"))
            try (bytes + bytes).write(to: fixture.path("b"))
            let files = ["a", "b"].map { PushFile(path: fixture.path($0), name: $0, size: 0) }
            let report = try await engine.push(files, to: cas.client(), observer: SilentObserver())
            #expect(report.totalBytes == 9_000_000)
            // The seam between the copies in b makes at most a few chunks that are new.
            #expect(report.newBytes < 3_000_000 + 4 * UInt64(XetLimits.maximumChunk))
            #expect(report.newBytes + report.dedupedBytes == report.totalBytes)
        }
    }

    @Test("small and empty files share a push")
    func manyFiles() async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS()
            let engine = TransferEngine(transport: cas, settings: Self.settings, logger: Self.logger)
            let sizes = [0, 1, 8191, 8192, 131_072, 131_073, 4_000_000, 0, 5]
            var files: [PushFile] = []
            for (number, size) in sizes.enumerated() {
                let path = fixture.path("f\(number)")
                try SampleContent.random.bytes(size, seed: UInt64(number)).write(to: path)
                files.append(PushFile(path: path, name: "f\(number)", size: UInt64(size)))
            }
            let report = try await engine.push(files, to: cas.client(), observer: SilentObserver())
            #expect(report.files.map(\.size) == sizes.map(UInt64.init))
            for (number, file) in report.files.enumerated() {
                let partial = PartialFile(path: fixture.path("p\(number)"), journal: fixture.path("j\(number)"))
                let request = XetFileRequest(hash: file.fileHash, size: file.size, name: file.name)
                _ = try await engine.pullXet(request, from: cas.client(), into: partial, observer: SilentObserver())
                #expect(try readBytes(partial.path) == readBytes(files[number].path))
            }
        }
    }

    @Test(
        "survives faults that pass", arguments: [MemoryCAS.Fault.flipsOnce, .breaksOnce, .expiresOnce], [true, false])
    func passingFaults(fault: MemoryCAS.Fault, manifests: Bool) async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS(servesManifests: manifests)
            let scene = try await Scene(fixture, cas: cas, content: Self.content())
            cas.fault.withLock { $0 = fault }
            _ = try await scene.pull()
            #expect(try scene.pulled == scene.content)
        }
    }

    @Test(
        "refuses bytes that stay wrong", arguments: [MemoryCAS.Fault.flipsAlways, .shifts, .ignoresRanges],
        [true, false])
    func lastingFaults(fault: MemoryCAS.Fault, manifests: Bool) async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS(servesManifests: manifests)
            let scene = try await Scene(fixture, cas: cas, content: SampleContent.random.bytes(2_500_000, seed: 9))
            cas.fault.withLock { $0 = fault }
            await #expect(throws: (any Error).self) { _ = try await scene.pull() }
        }
    }

    @Test("names the xorb when the same wrong bytes come twice")
    func namesTheXorb() async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS(servesManifests: false)
            let scene = try await Scene(fixture, cas: cas, content: SampleContent.random.bytes(900_000, seed: 5))
            cas.fault.withLock { $0 = .flipsAlways }
            let error = await #expect(throws: TransferError.self) { _ = try await scene.pull() }
            let xorb = try #require(cas.log.withLock { $0.xorbs.keys.first })
            #expect(error?.code == .digestMismatch)
            #expect(error?.message.contains("\(xorb)") == true)
        }
    }

    @Test("continues from the journal and fetches only what is missing", arguments: [true, false])
    func resumes(manifests: Bool) async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS(servesManifests: manifests)
            let scene = try await Scene(fixture, cas: cas, content: SampleContent.random.bytes(4_000_000, seed: 6))
            _ = try await scene.pull()
            // As a power cut would leave it: a torn record, and records whose bytes never reached the disk. Chunks come in
            // any order, so which records are there must not decide how much is found.
            let journal = try readBytes(scene.partial.journal)
            let records = (journal.count - 48) / 48
            try Array(journal.prefix(48 + (records - 1) * 48 + 17)).write(to: scene.partial.journal)
            var bytes = try scene.pulled
            bytes[10] ^= 0xFF
            for index in bytes.count / 2..<bytes.count { bytes[index] = 0 }
            try bytes.write(to: scene.partial.path)
            cas.log.withLock { $0.dataRequests = [] }

            let statistics = try await scene.pull()
            #expect(try scene.pulled == scene.content)
            #expect(statistics.resumedBytes > 1_000_000)
            #expect(statistics.resumedBytes < 2_500_000)
            #expect(statistics.networkBytes < 3_200_000)
        }
    }

    @Test("a complete partial file needs no data at all")
    func resumesComplete() async throws {
        try await withFixture { fixture in
            let scene = try await Scene(fixture, cas: MemoryCAS(), content: Self.content(1_000_000))
            _ = try await scene.pull()
            let statistics = try await scene.pull()
            #expect(statistics.networkBytes == 0)
            #expect(statistics.resumedBytes == UInt64(scene.content.count))
        }
    }

    @Test("a journal of another file is not believed")
    func foreignJournal() async throws {
        try await withFixture { fixture in
            let first = try await Scene(fixture, cas: MemoryCAS(), content: Self.content(1_000_000))
            _ = try await first.pull()
            let second = try await Scene(fixture, cas: MemoryCAS(), content: SampleContent.text.bytes(900_000, seed: 8))
            let statistics = try await second.pull()
            #expect(statistics.resumedBytes == 0)
            #expect(try second.pulled == second.content)
        }
    }

    @Test("a hash that the content does not have is refused", arguments: [true, false])
    func wrongHash(manifests: Bool) async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS(servesManifests: manifests)
            let scene = try await Scene(fixture, cas: cas, content: Self.content(1_000_000))
            let wrong = FileHash(w0: 1, w1: 2, w2: 3, w3: 4)
            cas.log.withLock { log in
                var file = log.files[scene.request.hash]
                file?.fileHash = wrong
                log.files[wrong] = file
            }
            let request = XetFileRequest(hash: wrong, size: scene.request.size, name: "x")
            let error = await #expect(throws: TransferError.self) {
                _ = try await scene.engine.pullXet(
                    request, from: cas.client(), into: scene.partial, observer: SilentObserver())
            }
            #expect(error?.code == .digestMismatch)
        }
    }
}

func readBytes(_ path: String) throws -> [UInt8] {
    let file = try RandomAccessFile(path: path, access: .read)
    var bytes = [UInt8](repeating: 0, count: Int(try file.length))
    let got = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
    return Array(bytes.prefix(got))
}

extension Array where Element == UInt8 {
    func write(to path: String) throws {
        let file = try RandomAccessFile(path: path, access: .update)
        try file.truncate(to: 0)
        try withUnsafeBytes { try file.write($0, at: 0) }
    }
}

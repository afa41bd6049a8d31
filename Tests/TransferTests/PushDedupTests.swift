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

@Suite struct PushDedupTests {
    /// A machine: an engine with a memory of its own.
    private func engine(
        _ fixture: Fixture, _ cas: MemoryCAS, _ name: String = "state", copiedBytes: UInt64? = nil
    ) -> TransferEngine {
        var settings = PullTests.settings
        if let copiedBytes { settings.copiedBytes = copiedBytes }
        settings.stateFolder = fixture.path(name)
        return TransferEngine(transport: cas, settings: settings, logger: PullTests.logger)
    }

    private func write(_ bytes: [UInt8], _ path: String) throws -> PushFile {
        try bytes.write(to: path)
        return PushFile(path: path, name: String(path.split(separator: "/").last ?? ""), size: UInt64(bytes.count))
    }

    /// Checks that the CAS gives the files back byte by byte.
    private func requirePullable(
        _ files: [PushFile], _ report: PushReport, _ cas: MemoryCAS, _ fixture: Fixture,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let engine = TransferEngine(transport: cas, settings: PullTests.settings, logger: PullTests.logger)
        for (file, pushed) in zip(files, report.files) {
            let mark = "\(UInt64.random(in: 0...(.max)))"
            let partial = PartialFile(path: fixture.path("p" + mark), journal: fixture.path("j" + mark))
            let request = XetFileRequest(hash: pushed.fileHash, size: pushed.size, name: pushed.name)
            _ = try await engine.pullXet(request, from: cas.client(), into: partial, observer: SilentObserver())
            #expect(try readBytes(partial.path) == readBytes(file.path), sourceLocation: sourceLocation)
        }
    }

    @Test("files that fill xorbs to the byte are complete", arguments: [4, 9])
    func fullXorbs(count: Int) async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS()
            var settings = PullTests.settings
            settings.stateFolder = fixture.path("state")
            settings.xorbBytes = 1 << 20
            let engine = TransferEngine(transport: cas, settings: settings, logger: PullTests.logger)
            let files = try (0..<count).map { number in
                try write(
                    SampleContent.random.bytes(1 << 18, seed: UInt64(number)), fixture.path("\(number).bin"))
            }
            let report = try await engine.push(files, to: cas.client(), observer: SilentObserver())
            #expect(report.xorbs == (count + 3) / 4)
            try await requirePullable(files, report, cas, fixture)
        }
    }

    @Test("an edited file sends what changed, an unchanged one is not even read")
    func editing() async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS()
            let base = SampleContent.random.bytes(6_000_000, seed: 1)
            let file = try write(base, fixture.path("model.bin"))
            try await Task.sleep(for: .milliseconds(60))
            let first = try await engine(fixture, cas).push([file], to: cas.client(), observer: SilentObserver())
            #expect(first.newBytes == 6_000_000)
            #expect(first.readBytes == 6_000_000)

            let again = try await engine(fixture, cas).push([file], to: cas.client(), observer: SilentObserver())
            #expect(again.readBytes == 0)
            #expect(again.newBytes == 0)
            #expect(again.xorbBytesSent == 0)
            #expect(again.files == first.files)
            #expect(again.shardBytesSent > 0, "the file is registered again, for whatever repository it goes to")

            var edited = base
            edited.insert(contentsOf: [1, 2, 3], at: 1_000_000)
            edited.removeSubrange(3_000_000..<3_000_500)
            edited[5_000_000] ^= 1
            let changed = try write(edited, fixture.path("model.bin"))
            let second = try await engine(fixture, cas).push([changed], to: cas.client(), observer: SilentObserver())
            #expect(second.readBytes == UInt64(edited.count))
            #expect(second.newBytes > 0)
            #expect(second.newBytes < 12 * UInt64(XetLimits.maximumChunk))
            #expect(second.newBytes + second.dedupedBytes == second.totalBytes)
            try await requirePullable([changed], second, cas, fixture)
        }
    }

    @Test(
        "what replaces a file is only looked at: the same sends nothing, an edit what is new",
        arguments: [(false, 128 << 20), (true, 128 << 20), (true, 2 << 20)])
    func replacing(isMostlyNew: Bool, copiedBytes: UInt64) async throws {
        try await withFixture { fixture in
            TransferEngine.allowFileWindows()
            let cas = MemoryCAS()
            let base = SampleContent.random.bytes(9_000_000, seed: 4)
            let file = try write(base, fixture.path("model.bin"))
            let first = try await engine(fixture, cas).push([file], to: cas.client(), observer: SilentObserver())
            let present = try #require(first.files.first)

            var touched = try write(base, fixture.path("model.bin"))
            touched.present = present.sha256
            let again = try await engine(fixture, cas).push([touched], to: cas.client(), observer: SilentObserver())
            #expect(again.readBytes == 9_000_000)
            #expect(again.files.map(\.isPresent) == [true])
            #expect(again.xorbBytesSent == 0 && again.shardBytesSent == 0)

            var edited = isMostlyNew ? SampleContent.weights.bytes(9_000_000, seed: 5) : base
            edited[4_500_000] ^= 1
            var changed = try write(edited, fixture.path("model.bin"))
            changed.present = present.sha256
            let last = engine(fixture, cas, copiedBytes: copiedBytes)
            let second = try await last.push([changed], to: cas.client(), observer: SilentObserver())
            #expect(second.files.map(\.isPresent) == [false])
            let new = isMostlyNew ? 9_000_000...9_000_000 : 1...2 * UInt64(XetLimits.maximumChunk)
            #expect(new.contains(second.newBytes))
            try await requirePullable([changed], second, cas, fixture)
        }
    }

    @Test("other names, and several files at once")
    func otherNames() async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS()
            let bytes = SampleContent.weights.bytes(3_000_000, seed: 2)
            let first = try write(bytes, fixture.path("a.bin"))
            _ = try await engine(fixture, cas).push([first], to: cas.client(), observer: SilentObserver())
            let copies = [
                try write(bytes, fixture.path("b.bin")),
                try write(SampleContent.random.bytes(500_000, seed: 3) + bytes, fixture.path("c.bin")),
            ]
            let report = try await engine(fixture, cas).push(copies, to: cas.client(), observer: SilentObserver())
            #expect(report.newBytes < 500_000 + 4 * UInt64(XetLimits.maximumChunk))
            try await requirePullable(copies, report, cas, fixture)
        }
    }

    @Test("what the CAS has lost is sent again, by itself", arguments: [true, false])
    func lostXorbs(all: Bool) async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS()
            let base = SampleContent.random.bytes(8_000_000, seed: 4)
            let file = try write(base, fixture.path("model.bin"))
            try await Task.sleep(for: .milliseconds(60))
            let first = try await engine(fixture, cas).push([file], to: cas.client(), observer: SilentObserver())
            #expect(first.xorbs >= 6)
            let victims = Set(cas.log.withLock { $0.xorbs.keys.sorted().prefix(all ? 100 : 2) })
            let lostBytes = cas.log.withLock { log in
                victims.reduce(0) { $0 + (log.xorbs[$1]?.body.count ?? 0) }
            }
            cas.collect { victims.contains($0) }

            for attempt in 0..<2 {
                let changed = try write(base + [UInt8(attempt)], fixture.path("model.bin"))
                let report = try await engine(fixture, cas).push(
                    [changed], to: cas.client(), observer: SilentObserver())
                let allowance = UInt64(4 * XetLimits.maximumChunk)
                if attempt == 0 {
                    #expect(report.xorbBytesSent >= UInt64(lostBytes))
                    #expect(report.xorbBytesSent < UInt64(lostBytes) + allowance)
                } else {
                    #expect(report.xorbBytesSent < allowance, "what was healed is remembered")
                }
                try await requirePullable([changed], report, cas, fixture)
            }
        }
    }

    @Test("an unread file whose xorbs are gone is read and sent after all")
    func lostUnread() async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS()
            let file = try write(SampleContent.random.bytes(2_500_000, seed: 5), fixture.path("model.bin"))
            try await Task.sleep(for: .milliseconds(60))
            _ = try await engine(fixture, cas).push([file], to: cas.client(), observer: SilentObserver())
            cas.collect { _ in true }
            let report = try await engine(fixture, cas).push([file], to: cas.client(), observer: SilentObserver())
            #expect(report.readBytes == 2_500_000)
            #expect(report.xorbBytesSent >= 2_500_000)
            try await requirePullable([file], report, cas, fixture)
        }
    }

    @Test("an interrupted push sends no xorb twice", arguments: [1, 3, 6])
    func interrupted(after uploads: Int) async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS()
            let file = try write(SampleContent.random.bytes(9_000_000, seed: 6), fixture.path("model.bin"))
            cas.uploadsLeft.withLock { $0 = uploads }
            await #expect(throws: CASError.self) {
                try await engine(fixture, cas).push([file], to: cas.client(), observer: SilentObserver())
            }
            cas.uploadsLeft.withLock { $0 = nil }
            let report = try await engine(fixture, cas).push([file], to: cas.client(), observer: SilentObserver())
            #expect(cas.log.withLock { $0.uploads.values.allSatisfy { $0 == 1 } })
            #expect(cas.log.withLock { $0.sentBytes } < 9_000_000 + 100_000)
            #expect(report.dedupedBytes > UInt64(uploads - 1) << 19)
            try await requirePullable([file], report, cas, fixture)
        }
    }

    @Test("the CAS is asked about the first chunk and then seldom, and its answer spares the rest")
    func globalDedup() async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS()
            let base = SampleContent.random.bytes(4_000_000, seed: 7)
            let first = try write(base, fixture.path("a.bin"))
            _ = try await engine(fixture, cas).push([first], to: cas.client(), observer: SilentObserver())
            #expect(cas.log.withLock { $0.questions.count } >= 1)

            cas.questions.withLock { $0 = .keyed(expiry: 4_102_444_800) }
            let copy = try write(base, fixture.path("b.bin"))
            let other = engine(fixture, cas, "other machine")
            let report = try await other.push([copy], to: cas.client(), observer: SilentObserver())
            #expect(report.queriedBytes > 500_000, "one question is answered with one xorb")
            #expect(report.newBytes + report.dedupedBytes == 4_000_000)
            try await requirePullable([copy], report, cas, fixture)

            // The answer is kept: the next push of the machine finds it without asking.
            let asked = cas.log.withLock { $0.questions.count }
            cas.questions.withLock { $0 = .never }
            let prefix = try write(Array(base.prefix(900_000)), fixture.path("c.bin"))
            let third = try await engine(fixture, cas, "other machine").push(
                [prefix], to: cas.client(), observer: SilentObserver())
            #expect(third.newBytes < 2 * UInt64(XetLimits.maximumChunk))
            #expect(cas.log.withLock { $0.questions.count } == asked)
        }
    }

    @Test("answers that are void, broken or never come cost little", .timeLimit(.minutes(1)))
    func badAnswers() async throws {
        try await withFixture { fixture in
            for (number, mode) in [MemoryCAS.Questions.keyed(expiry: 5), .keyed(expiry: 0), .garbage, .hang]
                .enumerated()
            {
                let cas = MemoryCAS()
                let file = try write(SampleContent.random.bytes(3_000_000, seed: 8), fixture.path("f\(number)"))
                _ = try await engine(fixture, cas, "a\(number)").push(
                    [file], to: cas.client(), observer: SilentObserver())
                cas.questions.withLock { $0 = mode }
                let start = ContinuousClock.now
                let report = try await engine(fixture, cas, "b\(number)").push(
                    [file], to: cas.client(), observer: SilentObserver())
                #expect(ContinuousClock.now - start < .seconds(20))
                #expect(report.queriedBytes == 0)
                #expect(report.newBytes == 3_000_000)
                try await requirePullable([file], report, cas, fixture)
            }
        }
    }

    @Test("a wrong answer about a chunk does no harm")
    func lyingAnswers() async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS()
            let file = try write(SampleContent.random.bytes(3_000_000, seed: 9), fixture.path("a"))
            _ = try await engine(fixture, cas).push([file], to: cas.client(), observer: SilentObserver())
            cas.questions.withLock { $0 = .keyed(expiry: 4_102_444_800) }
            let other = engine(fixture, cas, "other")
            _ = try await other.push([file], to: cas.client(), observer: SilentObserver())
            // Everything that the answers named is gone before the next push.
            cas.collect { _ in true }
            cas.questions.withLock { $0 = .never }
            let copy = try write(SampleContent.random.bytes(3_000_000, seed: 9), fixture.path("b"))
            let report = try await engine(fixture, cas, "other").push(
                [copy], to: cas.client(), observer: SilentObserver())
            #expect(report.xorbBytesSent >= 3_000_000)
            try await requirePullable([copy], report, cas, fixture)
        }
    }

    @Test("scattered edits do not tear a file apart")
    func fragmentation() async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS()
            let base = SampleContent.random.bytes(40_000_000, seed: 10)
            let file = try write(base, fixture.path("a"))
            _ = try await engine(fixture, cas).push([file], to: cas.client(), observer: SilentObserver())
            // One byte in every second chunk or so.
            var edited = base
            for position in stride(from: 0, to: edited.count, by: 130_000) { edited[position] ^= 1 }
            let changed = try write(edited, fixture.path("b"))
            let report = try await engine(fixture, cas).push([changed], to: cas.client(), observer: SilentObserver())
            #expect(report.defragPreventedBytes > 0)
            let segments = cas.log.withLock { log in
                report.files.first.flatMap { log.files[$0.fileHash]?.segments.count } ?? 0
            }
            #expect(segments < 500)
            try await requirePullable([changed], report, cas, fixture)
        }
    }

    @Test("two pushes at once share a memory")
    func concurrent() async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS()
            let files = try (0..<4).map {
                try write(SampleContent.random.bytes(3_000_000, seed: 20 + UInt64($0) % 2), fixture.path("f\($0)"))
            }
            let reports = try await withThrowingTaskGroup(of: (Int, PushReport).self) { group in
                for (number, file) in files.enumerated() {
                    let engine = engine(fixture, cas)
                    group.addTask {
                        (number, try await engine.push([file], to: cas.client(), observer: SilentObserver()))
                    }
                }
                return try await group.reduce(into: [PushReport?](repeating: nil, count: 4)) { $0[$1.0] = $1.1 }
            }
            for (file, report) in zip(files, reports) {
                try await requirePullable([file], try #require(report), cas, fixture)
            }
            try await Task.sleep(for: .milliseconds(60))
            let again = try await engine(fixture, cas).push(files, to: cas.client(), observer: SilentObserver())
            #expect(again.xorbBytesSent == 0)
        }
    }

    @Test("a damaged memory is no obstacle")
    func damagedState() async throws {
        try await withFixture { fixture in
            let cas = MemoryCAS()
            let file = try write(SampleContent.random.bytes(2_000_000, seed: 30), fixture.path("model"))
            try await Task.sleep(for: .milliseconds(60))
            _ = try await engine(fixture, cas).push([file], to: cas.client(), observer: SilentObserver())
            var generator = SplitMix64(seed: 31)
            for _ in 0..<10 {
                for path in try filesBelow(fixture.path("state")) {
                    var bytes = try readBytes(path)
                    guard !bytes.isEmpty else { continue }
                    bytes[Int(generator.next() % UInt64(bytes.count))] ^= UInt8(1 << (generator.next() % 8))
                    try bytes.write(to: path)
                }
                let report = try await engine(fixture, cas).push([file], to: cas.client(), observer: SilentObserver())
                try await requirePullable([file], report, cas, fixture)
            }
        }
    }
}

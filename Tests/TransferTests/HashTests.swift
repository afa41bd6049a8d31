import Crypto
import Synchronization
import TestSupport
import Testing
import Xet

@testable import Transfer

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct HashTests {
    @Test(
        "many files are hashed in order as each is alone, and what cannot be read stops nothing",
        arguments: [false, true])
    func manyFiles(withSHA256: Bool) async throws {
        try await withFixture { fixture in
            let engine = TransferEngine(transport: MemoryCAS(), settings: PullTests.settings, logger: PullTests.logger)
            // More than one group by number and by bytes, with holes in between.
            var contents: [[UInt8]?] = (0..<1100).map { number in
                number % 97 == 5 ? nil : SampleContent.random.bytes(number % 50 * 41, seed: UInt64(number))
            }
            for (place, size) in [(0, 0), (300, 5_000_000), (301, 40_000_000), (1099, 131_073)] {
                contents[place] = SampleContent.random.bytes(size, seed: UInt64(place))
            }
            let paths = try contents.enumerated().map { number, bytes in
                let path = fixture.path("file \(number)")
                if let bytes { try bytes.write(to: path) }
                return path
            }
            var results: [TransferEngine.HashResult] = []
            try await engine.hash(paths: paths, withSHA256: withSHA256, observer: SilentObserver()) {
                results.append($0)
            }
            #expect(results.count == paths.count)
            for (number, bytes) in contents.enumerated() {
                guard let bytes else {
                    #expect(throws: (any Error).self, "file \(number)") { try results[number].get() }
                    continue
                }
                let hashed = try results[number].get()
                #expect(hashed.size == UInt64(bytes.count), "file \(number)")
                #expect(hashed.fileHash == Self.reference(bytes), "file \(number)")
                let digest = SHA256.hash(data: bytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
                #expect(hashed.sha256?.description == (withSHA256 ? digest.joined() : nil), "file \(number)")
            }
        }
    }

    /// Reads all batches, after a step of the caller's before each.
    /// - Returns: the file hashes by index, and how many batches were windows on a file.
    private static func readAll(
        _ paths: [String], failures: Failures, before step: (_ batch: Int) throws -> Void = { _ in }
    ) throws -> (hashes: [Int: FileHash], shown: Int) {
        let reader = BatchReader(paths: paths, withSHA256: false, shows: { _ in true }) { failures.add($0, $1) }
        var hashes: [Int: FileHash] = [:]
        var shown = 0
        var count = 0
        try step(count)
        while let batch = try reader.next() {
            shown += batch.window == nil ? 0 : 1
            for piece in batch.pieces { if let summary = piece.summary { hashes[piece.file] = summary.fileHash } }
            count += 1
            try step(count)
        }
        return (hashes, shown)
    }

    private final class Failures: Sendable {
        private let errors = Mutex<[Int: any Error]>([:])
        var byFile: [Int: any Error] { errors.withLock { $0 } }
        func add(_ file: Int, _ error: any Error) { errors.withLock { $0[file] = error } }
    }

    @Test("long files are hashed in windows as they are when they are read")
    func windows() async throws {
        try await withFixture { fixture in
            TransferEngine.allowFileWindows()
            let batch = BatchReader.batchBytes
            let sizes = [100, batch - 1, batch, batch + 1, 2 * batch + 4095, 40, 3 * batch, 7 * batch + 12_345]
            let contents = sizes.enumerated().map { SampleContent.random.bytes($1, seed: UInt64($0)) }
            let paths = sizes.indices.map { fixture.path("file \($0)") }
            for (path, bytes) in zip(paths, contents) { try bytes.write(to: path) }
            let failures = Failures()
            let (hashes, shown) = try Self.readAll(paths, failures: failures)
            #expect(failures.byFile.isEmpty)
            #expect(shown >= 8)
            for (number, bytes) in contents.enumerated() {
                #expect(hashes[number] == Self.reference(bytes), "file of \(bytes.count) bytes")
            }
        }
    }

    @Test("a file that gets shorter while it is shown fails alone", arguments: [0, 1, 4096, 3_000_000])
    func truncated(to length: Int) async throws {
        try await withFixture { fixture in
            TransferEngine.allowFileWindows()
            let paths = [fixture.path("shrinks"), fixture.path("stays")]
            let content = SampleContent.random.bytes(9_000_000, seed: 5)
            for path in paths { try content.write(to: path) }
            let failures = Failures()
            let (hashes, shown) = try Self.readAll(paths, failures: failures) { batch in
                if batch == 1 { try #require(truncate(paths[0], off_t(length)) == 0) }
            }
            #expect(shown > 3)
            #expect(hashes == [1: Self.reference(content)])
            #expect((failures.byFile[0] as? TransferError)?.code == .changedWhileReading)
            #expect(failures.byFile.count == 1)
        }
    }

    @Test("a file that is written to while a push reads it, or looks at it, fails", arguments: [false, true])
    func rewritten(isShown: Bool) async throws {
        try await withFixture { fixture in
            TransferEngine.allowFileWindows()
            let path = fixture.path("torn")
            try SampleContent.random.bytes(9_000_000, seed: 6).write(to: path)
            let failures = Failures()
            let reader = BatchReader(
                paths: [path], withSHA256: false, isStrict: true, shows: { _ in isShown },
                onFailure: { failures.add($0, $1) })
            #expect(try reader.next() != nil)
            // Longer than a tick of the clock that stamps files.
            try await Task.sleep(for: .milliseconds(50))
            let file = open(path, O_WRONLY)
            #expect(pwrite(file, "x", 1, 0) == 1 && pwrite(file, "x", 1, 8_999_999) == 1)
            close(file)
            while let batch = try reader.next() { #expect(batch.pieces.allSatisfy { $0.summary == nil }) }
            #expect((failures.byFile[0] as? TransferError)?.code == .changedWhileReading)
        }
    }

    private static func reference(_ bytes: [UInt8]) -> FileHash {
        var scanner = BoundaryScanner()
        var ends: [UInt64] = []
        var tree = MerkleTreeBuilder()
        bytes.withUnsafeBytes { bytes in
            scanner.scan(bytes, into: &ends)
            scanner.finish(into: &ends)
            var start = 0
            for end in ends.map({ Int($0) }) {
                let chunk = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                tree.append(ChunkHashing.hash(chunk), length: UInt64(chunk.count))
                start = end
            }
        }
        return bytes.isEmpty ? .zero : FileHash(root: tree.finish())
    }
}

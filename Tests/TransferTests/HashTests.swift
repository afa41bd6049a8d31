import Crypto
import TestSupport
import Testing
import Xet

@testable import Transfer

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

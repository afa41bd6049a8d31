import CKernels
import Testing

@testable import Xet

/// Every level that this machine has must give what the scalar code gives, wherever the bytes lie.
@Suite struct KernelAgreementTests {
    @Test("this machine has a vector level to compare")
    func levels() {
        #expect(KernelLevel.available.first == .scalar)
        #if arch(x86_64) || arch(arm64)
            #expect(!KernelLevel.vectorLevels.isEmpty)
        #endif
    }

    @Test("hashes batches of every size alike", arguments: KernelLevel.vectorLevels)
    func blake3(_ level: KernelLevel) {
        var random = KernelRandom.fresh()
        let bytes = random.bytes(1 << 20)
        let key = random.bytes(32)
        var lengths = [0, 1, 63, 64, 65, 1023, 1024, 1025, 2047, 2048, 2049, 8192, 65_536, 131_072, 200_000, 1 << 20]
        for _ in 0..<40 { lengths.append(.random(in: 0...200_000, using: &random)) }
        for _ in 0..<600 { lengths.append(.random(in: 0...3000, using: &random)) }
        lengths.shuffle(using: &random)
        let offsets = lengths.map { Int.random(in: 0...(bytes.count - $0), using: &random) }
        let expected = hashes(.scalar, bytes, key, offsets, lengths)
        #expect(hashes(level, bytes, key, offsets, lengths) == expected, "seed \(random.seed)")
        for i in [0, 1, 17, 300] {
            let alone = hashes(level, bytes, key, [offsets[i]], [lengths[i]])
            #expect(alone == [expected[i]], "seed \(random.seed), length \(lengths[i])")
        }
    }

    @Test("streams long inputs alike", arguments: KernelLevel.available)
    func blake3Streaming(_ level: KernelLevel) {
        var random = KernelRandom.fresh()
        let key = random.bytes(32)
        for length in [0, 1, 1024, 1025, 4096, 4097, 100_000, 1 << 20, (1 << 20) + 1, 2_500_000] {
            let bytes = random.bytes(length)
            let whole = hashes(.scalar, bytes, key, [0], [length])[0]
            var hasher = shoal_blake3_hasher()
            shoal_blake3_init_at(level.code, &hasher, key)
            for slice in random.slices(of: length, longest: max(1, length / 3)) {
                bytes[slice].withUnsafeBytes { shoal_blake3_update(&hasher, $0.baseAddress, $0.count) }
            }
            var digest = [UInt8](repeating: 0, count: 32)
            shoal_blake3_finish(&hasher, &digest)
            #expect(digest == whole, "seed \(random.seed), length \(length)")
        }
    }

    @Test("splits and joins byte groups alike, and writes nothing else", arguments: KernelLevel.available)
    func byteGroups(_ level: KernelLevel) {
        var random = KernelRandom.fresh()
        let bytes = random.bytes(200_100)
        let lengths = Array(0...300) + (0..<60).map { _ in Int.random(in: 0...200_000, using: &random) }
        for length in lengths {
            let offset = Int.random(in: 0..<100, using: &random)
            let input = Array(bytes[offset..<(offset + length)])
            let expected = (0..<4).flatMap { group in stride(from: group, to: length, by: 4).map { input[$0] } }
            let guarded = [UInt8](repeating: 0xA5, count: 64)
            var grouped = [UInt8](repeating: 0xA5, count: length + 64)
            bytes.withUnsafeBytes { shoal_bg4_split_at(level.code, $0.baseAddress! + offset, length, &grouped) }
            #expect(grouped == expected + guarded, "seed \(random.seed), length \(length)")
            var joined = [UInt8](repeating: 0xA5, count: length + 64)
            shoal_bg4_join_at(level.code, grouped, length, &joined)
            #expect(joined == input + guarded, "seed \(random.seed), length \(length)")
        }
    }

    @Test("counts bits alike", arguments: KernelLevel.available)
    func popcounts(_ level: KernelLevel) {
        var random = KernelRandom.fresh()
        let bytes = random.bytes(140_100)
        let lengths = Array(0...130) + (0..<10).map { _ in Int.random(in: 0...140_000, using: &random) }
        for length in lengths {
            let offset = Int.random(in: 0..<100, using: &random)
            var expected = [UInt32](repeating: 0, count: 36)
            for i in 0..<length { expected[9 * (i % 4) + bytes[offset + i].nonzeroBitCount] += 1 }
            var histogram = [UInt32](repeating: 7, count: 36)
            bytes.withUnsafeBytes {
                shoal_popcount_histogram_at(level.code, $0.baseAddress! + offset, length, &histogram)
            }
            #expect(histogram == expected, "seed \(random.seed), length \(length)")
        }
    }

    @Test("counts bits of bytes that all have the same number", arguments: KernelLevel.available)
    func popcountsOfOneKind(_ level: KernelLevel) {
        let bytes = [UInt8](repeating: 0xFF, count: 100_000)
        var histogram = [UInt32](repeating: 0, count: 36)
        shoal_popcount_histogram_at(level.code, bytes, bytes.count, &histogram)
        #expect((0..<4).map { histogram[9 * $0 + 8] } == [25_000, 25_000, 25_000, 25_000])
        #expect(histogram.reduce(0, +) == 100_000)
    }

    @Test("checks sums alike, in one piece and in two", arguments: KernelLevel.vectorLevels)
    func crc64(_ level: KernelLevel) {
        var random = KernelRandom.fresh()
        let bytes = random.bytes(200_100)
        let lengths =
            Array(0...70) + [255, 256, 257, 1023, 1024, 1025, 200_000]
            + (0..<100).map { _ in Int.random(in: 0...6000, using: &random) }
        for length in lengths {
            let offset = Int.random(in: 0..<100, using: &random)
            let middle = Int.random(in: 0...length, using: &random)
            bytes.withUnsafeBytes { buffer in
                let start = buffer.baseAddress! + offset
                let expected = shoal_crc64_at(shoal_level_scalar, 0, start, length)
                let whole = shoal_crc64_at(level.code, 0, start, length)
                let first = shoal_crc64_at(level.code, 0, start, middle)
                let both = shoal_crc64_at(level.code, first, start + middle, length - middle)
                #expect(whole == expected, "seed \(random.seed), length \(length)")
                #expect(both == expected, "seed \(random.seed), length \(length), cut at \(middle)")
            }
        }
    }

    private func hashes(
        _ level: KernelLevel, _ bytes: [UInt8], _ key: [UInt8], _ offsets: [Int], _ lengths: [Int]
    ) -> [[UInt8]] {
        var digests = [UInt8](repeating: 0, count: 32 * offsets.count)
        shoal_blake3_hash_many_at(level.code, key, bytes, offsets, lengths, offsets.count, &digests)
        return stride(from: 0, to: digests.count, by: 32).map { Array(digests[$0..<($0 + 32)]) }
    }
}

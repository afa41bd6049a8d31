import CKernels
import Testing
import Xet

@Suite struct ChunkingBoundaryTests {
    @Test("does not depend on slicing", arguments: [1, 100, 9000, 70_000, 300_000])
    func slicing(_ longest: Int) {
        var random = KernelRandom.fresh()
        let bytes = random.bytes(longest == 1 ? 400_000 : 1_500_000)
        let slices = random.slices(of: bytes.count, longest: longest)
        #expect(ends(bytes, slices) == ends(bytes, [0..<bytes.count]), "seed \(random.seed)")
    }

    @Test("agrees with the rule as it is written")
    func rule() {
        var random = KernelRandom.fresh()
        let bytes = random.bytes(1_200_003)
        #expect(ends(bytes, [0..<bytes.count]) == endsByRule(bytes), "seed \(random.seed)")
    }

    @Test("cuts at 131072 where the hash never says so")
    func longest() {
        #expect(ends([UInt8](repeating: 0, count: 300_000), [0..<300_000]) == [131_072, 262_144, 300_000])
        #expect(ends([UInt8](repeating: 0, count: 131_072), [0..<131_072]) == [131_072])
        #expect(ends([UInt8](repeating: 0, count: 131_073), [0..<131_073]) == [131_072, 131_073])
    }

    @Test("accepts 8192 as a length and nothing shorter, at any place in the stream")
    func shortest() {
        let hit = bytesThatHit()
        for lead in [0, 131_072] {
            // Zeros never hit, so the first bytes of a stream of them end a chunk of the longest kind.
            for length in [8191, 8192, 8193] {
                var bytes = [UInt8](repeating: 0, count: lead + length - 64) + hit
                bytes += [UInt8](repeating: 0, count: 20_000)
                let first = length < 8192 ? bytes.count : lead + length
                let expected = (lead == 0 ? [] : [lead]) + [first] + (first < bytes.count ? [bytes.count] : [])
                #expect(ends(bytes, [0..<bytes.count]) == expected.map(UInt64.init), "length \(length)")
                #expect(ends(bytes, [0..<100, 100..<bytes.count]) == expected.map(UInt64.init), "length \(length)")
            }
        }
    }

    @Test("a hit on the very last place before the limit is one end, not two")
    func atTheLimit() {
        let bytes = [UInt8](repeating: 0, count: 131_072 - 64) + bytesThatHit() + [UInt8](repeating: 0, count: 9000)
        #expect(ends(bytes, [0..<bytes.count]) == [131_072, UInt64(bytes.count)])
    }

    @Test("stays exact on data made to hit all the time")
    func dense() {
        var random = KernelRandom.fresh()
        let pattern = patternThatHits(&random)
        var bytes = random.bytes(200_001)
        for _ in 0..<60_000 { bytes += pattern }
        bytes += random.bytes(300_007)
        let expected = endsByRule(bytes)
        #expect(ends(bytes, [0..<bytes.count]) == expected, "seed \(random.seed)")
        #expect(ends(bytes, random.slices(of: bytes.count, longest: 90_000)) == expected, "seed \(random.seed)")
    }

    @Test("an empty stream has no chunk, and a scanner starts anew after its end")
    func emptyAndAgain() {
        var scanner = BoundaryScanner()
        var ends: [UInt64] = []
        scanner.finish(into: &ends)
        #expect(ends.isEmpty)
        [UInt8](repeating: 1, count: 10).withUnsafeBytes { scanner.scan($0, into: &ends) }
        #expect(ends.isEmpty)
        #expect(scanner.scannedLength == 10)
        scanner.finish(into: &ends)
        #expect(ends == [10])
        [UInt8](repeating: 1, count: 5).withUnsafeBytes { scanner.scan($0, into: &ends) }
        scanner.finish(into: &ends)
        #expect(ends == [10, 5])
    }

    private func ends(_ bytes: [UInt8], _ slices: [Range<Int>]) -> [UInt64] {
        var scanner = BoundaryScanner()
        var ends: [UInt64] = []
        for slice in slices {
            bytes[slice].withUnsafeBytes { scanner.scan($0, into: &ends) }
        }
        scanner.finish(into: &ends)
        return ends
    }

    /// One byte at a time, as xet-protocol §1.2 states it.
    private func endsByRule(_ bytes: [UInt8]) -> [UInt64] {
        var ends: [UInt64] = []
        var hash: UInt64 = 0
        var length = 0
        for (i, byte) in bytes.enumerated() {
            hash = (hash << 1) &+ shoal_gear_word(byte)
            length += 1
            if length == 131_072 || length >= 8192 && hash >> 48 == 0 {
                ends.append(UInt64(i + 1))
                hash = 0
                length = 0
            }
        }
        if length > 0 { ends.append(UInt64(bytes.count)) }
        return ends
    }

    /// 64 bytes whose hash passes the test, and no earlier place does when zeros come before them.
    private func bytesThatHit() -> [UInt8] {
        var random = KernelRandom(seed: 42)
        while true {
            let bytes = random.bytes(64)
            var hash: UInt64 = 0
            for _ in 0..<64 { hash = (hash << 1) &+ shoal_gear_word(0) }
            var hits: [Int] = []
            for i in 0..<64 {
                hash = (hash << 1) &+ shoal_gear_word(bytes[i])
                if hash >> 48 == 0 { hits.append(i) }
            }
            for i in 0..<64 {
                hash = (hash << 1) &+ shoal_gear_word(0)
                if hash >> 48 == 0 { hits.append(64 + i) }
            }
            if hits == [63] { return bytes }
        }
    }

    /// Four bytes that pass the test once per repetition.
    private func patternThatHits(_ random: inout KernelRandom) -> [UInt8] {
        while true {
            let pattern = random.bytes(4)
            var hash: UInt64 = 0
            for i in 0..<132 {
                hash = (hash << 1) &+ shoal_gear_word(pattern[i % 4])
                if i >= 128, hash >> 48 == 0 { return pattern }
            }
        }
    }
}

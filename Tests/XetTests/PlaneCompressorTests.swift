import CLZ4
import Testing

@testable import Xet

@Suite struct PlaneCompressorTests {
    /// Packs into memory that ends at an unreadable page and unpacks with liblz4.
    private static func check(_ bytes: [UInt8], limit: Int, _ what: String) -> Int? {
        let compressor = PlaneCompressor()
        let source = UnsafeMutableRawBufferPointer.allocate(
            byteCount: bytes.count + PlaneCompressor.sourceSlack, alignment: 1)
        defer { source.deallocate() }
        source.copyBytes(from: bytes)
        source[bytes.count...].copyBytes(from: [UInt8](repeating: bytes.last ?? 0, count: PlaneCompressor.sourceSlack))
        let memory = GuardedMemory(capacity: limit)
        defer { withExtendedLifetime(memory) {} }
        guard let start = source.baseAddress, let output = memory.end(count: limit).baseAddress,
            let size = compressor.compress(start, count: bytes.count, into: output, limit: limit)
        else { return nil }
        #expect(size <= limit, "\(what)")
        var unpacked = [UInt8](repeating: 0, count: bytes.count)
        let length = unpacked.withUnsafeMutableBytes { unpacked in
            LZ4_decompress_safe(
                output.assumingMemoryBound(to: CChar.self), unpacked.baseAddress?.assumingMemoryBound(to: CChar.self),
                Int32(size), Int32(bytes.count))
        }
        #expect(Int(length) == bytes.count, "\(what)")
        #expect(unpacked == bytes, "\(what)")
        return size
    }

    /// Stretches of noise, of few symbols, of one symbol and of earlier content, near and far.
    private static func patchwork(_ count: Int, seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        while bytes.count < count {
            let length = Int(generator.next() % [3, 20, 300, 5000, 70_000][Int(generator.next() % 5)]) + 1
            switch generator.next() % 4 {
            case 0: bytes += generator.bytes(min(length, 3000))
            case 1: bytes += (0..<length).map { _ in UInt8(truncatingIfNeeded: generator.next() & 3) }
            case 2: bytes += [UInt8](repeating: UInt8(truncatingIfNeeded: generator.next()), count: length)
            default:
                guard !bytes.isEmpty else { continue }
                let start = Int(generator.next() % UInt64(bytes.count))
                bytes += bytes[start..<min(bytes.count, start + length)]
            }
        }
        return Array(bytes.prefix(count))
    }

    @Test("blocks of every small size")
    func smallSizes() {
        for count in 1...600 {
            let what = "\(count) bytes"
            #expect(Self.check([UInt8](repeating: 9, count: count), limit: count + 64, what) != nil)
            #expect(Self.check(Self.patchwork(count, seed: UInt64(count)), limit: 2 * count + 64, what) != nil)
        }
    }

    @Test("mixed content, with positions beyond 16 bits", arguments: UInt64(0)..<150)
    func mixed(_ seed: UInt64) {
        var generator = SeededGenerator(seed: ~seed)
        let count = seed % 3 == 0 ? XetLimits.maximumChunk : Int(generator.next() % 131_072) + 1
        #expect(Self.check(Self.patchwork(count, seed: seed), limit: count * 2 + 64, "seed \(seed)") != nil)
    }

    @Test("gives up before the room ends, wherever that is")
    func limits() {
        let bytes = Self.patchwork(20_000, seed: 5)
        guard let size = Self.check(bytes, limit: 40_000, "ample") else {
            Issue.record("ample room was not enough")
            return
        }
        for limit in Array(0...200) + stride(from: 201, to: size + 100, by: 37) {
            let packed = Self.check(bytes, limit: limit, "limit \(limit)")
            #expect(packed == nil || packed == size)
            if limit < size { #expect(packed == nil) }
        }
        #expect(Self.check(bytes, limit: size + 512, "just enough") == size)
    }

    @Test("is at least as dense as liblz4 on grouped weights")
    func density() throws {
        var generator = SeededGenerator(seed: 11)
        // Sums of uniform numbers are close enough to the bell curve of real weights.
        let weights = (0..<30_000).flatMap { _ in
            let value = (0..<6).reduce(Float(0)) { sum, _ in sum + Float.random(in: -0.02...0.02, using: &generator) }
            return FormatSamples.littleEndian(UInt16(truncatingIfNeeded: value.bitPattern >> 16))
        }
        let grouped = (0..<4).flatMap { plane in stride(from: plane, to: weights.count, by: 4).map { weights[$0] } }
        let ours = try #require(Self.check(grouped, limit: 2 * grouped.count, "weights"))
        var output = [CChar](repeating: 0, count: 2 * grouped.count)
        let reference = grouped.withUnsafeBytes {
            LZ4_compress_default(
                $0.baseAddress?.assumingMemoryBound(to: CChar.self), &output, Int32($0.count), Int32(output.count))
        }
        #expect(ours < Int(reference))
        #expect(ours < weights.count * 9 / 10)
    }
}

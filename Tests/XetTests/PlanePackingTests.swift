import CKernels
import CLZ4
import Testing

@testable import Xet

@Suite struct PlanePackingTests {
    /// Packs chunks together, each from and into memory that ends at an unreadable page, and unpacks with liblz4.
    @discardableResult
    private static func check(_ chunks: [[UInt8]], _ what: String) -> [[UInt8]] {
        let room = chunks.map { $0.count + $0.count / 255 + shoal_planes_margin }
        let inputs = chunks.map { GuardedMemory(capacity: $0.count) }
        let outputs = room.map { GuardedMemory(capacity: $0) }
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: shoal_planes_scratch, alignment: 64)
        defer {
            withExtendedLifetime((inputs, outputs)) {}
            scratch.deallocate()
        }
        var jobs = chunks.indices.map { index in
            let input = inputs[index].end(count: chunks[index].count)
            input.copyBytes(from: chunks[index])
            return shoal_planes_job(
                input: input.baseAddress, count: input.count,
                output: outputs[index].end(count: room[index]).baseAddress, packed: 0)
        }
        shoal_planes_pack(scratch, &jobs, jobs.count)
        return zip(chunks, jobs).map { chunk, job in
            let packed = [UInt8](UnsafeRawBufferPointer(start: job.output, count: job.packed))
            #expect(grouped(chunk) == unpacked(packed, count: chunk.count), "\(what)")
            return packed
        }
    }

    private static func grouped(_ bytes: [UInt8]) -> [UInt8] {
        (0..<4).flatMap { plane in stride(from: plane, to: bytes.count, by: 4).map { bytes[$0] } }
    }

    private static func unpacked(_ block: [UInt8], count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let length = block.withUnsafeBytes { block in
            bytes.withUnsafeMutableBytes { bytes in
                LZ4_decompress_safe(
                    block.baseAddress?.assumingMemoryBound(to: CChar.self),
                    bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(block.count), Int32(count))
            }
        }
        return Int(length) == count ? bytes : []
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

    @Test("chunks of every small size")
    func smallSizes() {
        for count in 1...600 {
            Self.check([[UInt8](repeating: 9, count: count)], "\(count) equal bytes")
            Self.check([Self.patchwork(count, seed: UInt64(count))], "\(count) bytes")
        }
    }

    @Test("mixed content, with positions beyond 16 bits", arguments: UInt64(0)..<150)
    func mixed(_ seed: UInt64) {
        var generator = SeededGenerator(seed: ~seed)
        let count = seed % 3 == 0 ? XetLimits.maximumChunk : Int(generator.next() % 131_072) + 1
        Self.check([Self.patchwork(count, seed: seed)], "seed \(seed)")
    }

    @Test("chunks side by side come out as they do alone", arguments: 1...13)
    func together(_ count: Int) {
        let chunks = (0..<count).map { number in
            var generator = SeededGenerator(seed: UInt64(100 * count + number))
            let size = number % 4 == 3 ? XetLimits.maximumChunk : Int(generator.next() % 100_000) + 1
            return number % 3 == 0
                ? Self.weights(size, seed: UInt64(number)) : Self.patchwork(size, seed: generator.next())
        }
        let together = Self.check(chunks, "\(count) chunks")
        for (number, chunk) in chunks.enumerated() {
            #expect(Self.check([chunk], "chunk \(number)").first == together[number])
        }
    }

    /// Sums of uniform numbers are close enough to the bell curve of real weights.
    private static func weights(_ count: Int, seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 1)
        while bytes.count < count {
            let value = (0..<6).reduce(Float(0)) { sum, _ in sum + Float.random(in: -0.02...0.02, using: &generator) }
            bytes += FormatSamples.littleEndian(UInt16(truncatingIfNeeded: value.bitPattern >> 16))
        }
        return Array(bytes.prefix(count))
    }

    @Test("is denser than liblz4 on weights")
    func density() throws {
        let weights = Self.weights(60_000, seed: 11)
        let ours = try #require(Self.check([weights], "weights").first).count
        var output = [CChar](repeating: 0, count: 2 * weights.count)
        let reference = Self.grouped(weights).withUnsafeBytes {
            LZ4_compress_default(
                $0.baseAddress?.assumingMemoryBound(to: CChar.self), &output, Int32($0.count), Int32(output.count))
        }
        #expect(ours < Int(reference))
        #expect(ours < weights.count * 9 / 10)
    }
}

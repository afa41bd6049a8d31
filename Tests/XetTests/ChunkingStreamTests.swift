import Testing
import Xet

@Suite struct ChunkingStreamTests {
    @Test("gives the chunks of the whole file, whatever the reads and the capacity", arguments: [262_144, 1 << 20])
    func wholeFile(_ capacity: Int) {
        var random = KernelRandom.fresh()
        var stream = ChunkStream(capacity: capacity)
        for length in [0, 1, 8191, 65_536, 131_072, 1_500_000, 3_000_001] {
            let bytes = random.bytes(length)
            for longest in [5000, 200_000, 4_000_000] where longest > 5000 || length < 1_000_000 {
                let drained = chunks(of: bytes, through: &stream, longestRead: longest, &random)
                #expect(drained.chunks == chunks(of: bytes), "seed \(random.seed), length \(length)")
                #expect(drained.bytes == bytes, "seed \(random.seed), length \(length)")
            }
        }
    }

    @Test("cuts runs of one byte at the limit")
    func zeros() {
        var random = KernelRandom.fresh()
        var stream = ChunkStream()
        let bytes = [UInt8](repeating: 0, count: 5_000_000)
        let drained = chunks(of: bytes, through: &stream, longestRead: 1 << 20, &random)
        #expect(drained.chunks.dropLast().allSatisfy { $0.length == 131_072 })
        #expect(Set(drained.chunks.dropLast().map(\.hash)).count == 1)
        #expect(drained.chunks.map { Int($0.length) }.reduce(0, +) == bytes.count)
    }

    @Test("an error of the reader passes through and loses nothing")
    func failingRead() throws {
        struct Broken: Error {}
        var random = KernelRandom.fresh()
        let bytes = random.bytes(50_000)
        var stream = ChunkStream()
        var drained: [Chunk] = []
        _ = stream.fill { bytes.copyBytes(to: $0, 0..<20_000) }
        #expect(throws: Broken.self) {
            _ = try stream.fill { _ throws(Broken) in throw Broken() }
        }
        _ = stream.fill { bytes.copyBytes(to: $0, 20_000..<50_000) }
        stream.drain(atEnd: true) { _, chunks in drained += chunks }
        #expect(drained == chunks(of: bytes), "seed \(random.seed)")
    }

    @Test("reset forgets an unfinished file")
    func reset() {
        var random = KernelRandom.fresh()
        let bytes = random.bytes(400_000)
        var stream = ChunkStream()
        _ = stream.fill { bytes.copyBytes(to: $0, 100..<300_000) }
        stream.drain(atEnd: false) { _, _ in }
        stream.reset()
        let drained = chunks(of: bytes, through: &stream, longestRead: 100_000, &random)
        #expect(drained.chunks == chunks(of: bytes), "seed \(random.seed)")
    }

    private func chunks(
        of bytes: [UInt8], through stream: inout ChunkStream, longestRead: Int, _ random: inout KernelRandom
    ) -> (chunks: [Chunk], bytes: [UInt8]) {
        var drained: (chunks: [Chunk], bytes: [UInt8]) = ([], [])
        var position = 0
        var isAtEnd = false
        while !isAtEnd {
            let count = stream.fill { space in
                let wanted = min(space.count, Int.random(in: 1...longestRead, using: &random))
                return bytes.copyBytes(to: space, position..<min(position + wanted, bytes.count))
            }
            position += count
            isAtEnd = count == 0
            stream.drain(atEnd: isAtEnd) { base, chunks in
                let length = chunks.reduce(0) { $0 + Int($1.length) }
                drained.chunks += chunks
                drained.bytes += UnsafeRawBufferPointer(start: base, count: length)
            }
        }
        return drained
    }

    private func chunks(of bytes: [UInt8]) -> [Chunk] {
        var scanner = BoundaryScanner()
        var ends: [UInt64] = []
        bytes.withUnsafeBytes { scanner.scan($0, into: &ends) }
        scanner.finish(into: &ends)
        var start = 0
        return ends.map { end in
            defer { start = Int(end) }
            let hash = bytes[start..<Int(end)].withUnsafeBytes { ChunkHashing.hash($0) }
            return Chunk(hash: hash, length: UInt32(Int(end) - start))
        }
    }
}

extension [UInt8] {
    fileprivate func copyBytes(to space: UnsafeMutableRawBufferPointer, _ range: Range<Int>) -> Int {
        self[range].withUnsafeBytes { space.copyMemory(from: $0) }
        return range.count
    }
}

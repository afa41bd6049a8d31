import Foundation

/// Kinds of generated content.
public enum SampleContent: Sendable, CaseIterable {
    /// bf16 numbers, normally distributed with a standard deviation of 0.02, as trained weights are.
    case weights
    /// Bytes no compressor can shrink.
    case random
    /// Words and lines.
    case text
    /// One byte over and over.
    case zeros

    /// `count` bytes that depend on nothing but kind, count and seed.
    public func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
        var source = SampleSource(self, seed: seed)
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            source.fill(UnsafeMutableRawBufferPointer(buffer))
            initialized = count
        }
    }

    /// Writes `count` such bytes to a file, creating the folders above it; memory use does not grow with the count.
    public func write(_ count: Int, seed: UInt64, to path: String) async throws {
        try await blocking {
            try createParent(of: path)
            let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw TestFailure("cannot create \(path): \(errnoText())") }
            defer { close(descriptor) }
            var source = SampleSource(self, seed: seed)
            let block = UnsafeMutableRawBufferPointer.allocate(byteCount: min(max(count, 1), 4 << 20), alignment: 64)
            defer { block.deallocate() }
            var left = count
            while left > 0 {
                let part = UnsafeMutableRawBufferPointer(rebasing: block[..<min(left, block.count)])
                source.fill(part)
                try writeAll(descriptor, UnsafeRawBufferPointer(part))
                left -= part.count
            }
        }
    }
}

/// Produces one kind of content block by block.
private struct SampleSource {
    private let kind: SampleContent
    private var generator: SplitMix64
    /// 65536 draws from the distribution; picking among them is as good as drawing anew, and fast.
    private let weights: [UInt16]

    private static let words = [
        "attention", "layer", "norm", "query", "key", "value", "token", "the", "of", "a", "to", "and", "weight", "bias",
        "model", "head", "hidden", "size", "0.02", "128", "projection", "embedding", "rotary", "\n", "größe", "模型",
    ]

    init(_ kind: SampleContent, seed: UInt64) {
        self.kind = kind
        generator = SplitMix64(seed: seed)
        guard kind == .weights else {
            weights = []
            return
        }
        var draws: [UInt16] = []
        draws.reserveCapacity(65536)
        while draws.count < 65536 {
            let radius = (-2 * log(Double.random(in: Double.leastNonzeroMagnitude...1, using: &generator))).squareRoot()
            let angle = Double.random(in: 0..<(2 * .pi), using: &generator)
            draws.append(UInt16(truncatingIfNeeded: Float(0.02 * radius * cos(angle)).bitPattern >> 16))
        }
        weights = draws
    }

    mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        switch kind {
        case .zeros:
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
        case .random:
            fillWords(buffer) { $0.next() }
        case .weights:
            weights.withUnsafeBufferPointer { table in
                fillWords(buffer) { generator in
                    let random = generator.next()
                    var word: UInt64 = 0
                    for lane in 0..<4 {
                        let index = Int(truncatingIfNeeded: (random >> UInt64(16 * lane)) & 0xffff)
                        word |= UInt64(table[index]) << UInt64(16 * lane)
                    }
                    return word
                }
            }
        case .text:
            var offset = 0
            while offset < buffer.count {
                let word = Self.words[Int(generator.next() % UInt64(Self.words.count))]
                for byte in word.utf8 where offset < buffer.count {
                    buffer[offset] = byte
                    offset += 1
                }
                if offset < buffer.count {
                    buffer[offset] = UInt8(ascii: " ")
                    offset += 1
                }
            }
        }
    }

    private mutating func fillWords(_ buffer: UnsafeMutableRawBufferPointer, _ next: (inout SplitMix64) -> UInt64) {
        var generator = generator
        var offset = 0
        while offset + 8 <= buffer.count {
            buffer.storeBytes(of: next(&generator).littleEndian, toByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        var rest = next(&generator)
        while offset < buffer.count {
            buffer[offset] = UInt8(truncatingIfNeeded: rest)
            rest >>= 8
            offset += 1
        }
        self.generator = generator
    }
}

import Foundation

/// How to make an input (`vectors/vectors.json`, key `recipe`).
struct Recipe: Decodable {
    enum UnknownRecipe: Error {
        case kind(String)
        case field(String)
    }

    var t: String
    var seed: UInt64?
    var len: Int?
    var hex: String?
    var count: Int?
    var start: UInt64?
    var step: UInt64?
    var mod: UInt32?
    var parts: [Recipe]?

    func bytes() throws -> [UInt8] {
        switch t {
        case "splitmix":
            var generator = SplitMix64(seed: try need(seed, "seed"))
            let length = try need(len, "len")
            var result: [UInt8] = []
            while result.count < length {
                withUnsafeBytes(of: generator.next().littleEndian) { result.append(contentsOf: $0) }
            }
            return Array(result.prefix(length))
        case "repeat":
            let digits = Array(try need(hex, "hex"))
            let pattern = stride(from: 0, to: digits.count, by: 2).compactMap {
                UInt8(String(digits[$0...$0 + 1]), radix: 16)
            }
            return (0..<(try need(len, "len"))).map { pattern[$0 % pattern.count] }
        case "text":
            let length = try need(len, "len")
            var result: [UInt8] = []
            var line = 0
            while result.count < length {
                let number = String(line)
                let padding = String(repeating: "0", count: 7 - number.count)
                result += Array("line \(padding)\(number) the quick brown fox jumps over the lazy dog\n".utf8)
                line += 1
            }
            return Array(result.prefix(length))
        case "f32":
            return try floats().flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
        case "bf16":
            return try floats().flatMap { withUnsafeBytes(of: ($0.bitPattern >> 16).littleEndian) { Array($0[..<2]) } }
        case "u32ramp":
            let (start, step) = (try need(start, "start"), try need(step, "step"))
            return (0..<(try need(count, "count"))).flatMap { index in
                withUnsafeBytes(
                    of: UInt32(truncatingIfNeeded: start &+ UInt64(index) &* step).littleEndian, Array.init)
            }
        case "u32mod":
            let modulus = try need(mod, "mod")
            return (0..<(try need(count, "count"))).flatMap { index in
                withUnsafeBytes(of: (UInt32(index) % modulus).littleEndian, Array.init)
            }
        case "concat":
            return try need(parts, "parts").flatMap { try $0.bytes() }
        default:
            throw UnknownRecipe.kind(t)
        }
    }

    private func floats() throws -> [Float] {
        var generator = SplitMix64(seed: try need(seed, "seed"))
        return (0..<(try need(count, "count"))).map { _ in Float(Int(generator.next() >> 40) - 8_388_608) / 8_388_608 }
    }

    private func need<T>(_ value: T?, _ name: String) throws -> T {
        guard let value else { throw UnknownRecipe.field(name) }
        return value
    }
}

private struct SplitMix64 {
    var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

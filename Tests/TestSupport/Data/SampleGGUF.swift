import Foundation

/// A model in the GGUF format: a header with a tokenizer of realistic length, then random weights.
public enum SampleGGUF {
    /// Writes a file whose header has `tokens` tokens and one Q4_K tensor of 4096 × 16 elements.
    public static func write(tokens: Int, weights: Int, seed: UInt64, to path: String) async throws {
        var bytes = header(tokens: tokens)
        bytes += SampleContent.random.bytes(weights, seed: seed)
        try await writeBytes(bytes, to: path)
    }

    private static func header(tokens: Int) -> [UInt8] {
        var out = Array("GGUF".utf8)
        func put<T: FixedWidthInteger>(_ value: T) { withUnsafeBytes(of: value.littleEndian) { out += $0 } }
        func text(_ value: String) {
            put(UInt64(value.utf8.count))
            out += Array(value.utf8)
        }
        put(UInt32(3))
        put(UInt64(1))
        put(UInt64(5))
        for (key, value) in [("general.architecture", "qwen3"), ("general.license", "apache-2.0")] {
            text(key)
            put(UInt32(8))
            text(value)
        }
        for (key, value) in [("general.file_type", UInt32(15)), ("qwen3.context_length", 40_960)] {
            text(key)
            put(UInt32(4))
            put(value)
        }
        text("tokenizer.ggml.tokens")
        put(UInt32(9))
        put(UInt32(8))
        put(UInt64(tokens))
        for index in 0..<tokens { text("token-\(index)") }
        text("blk.0.weight")
        put(UInt32(2))
        put(UInt64(4096))
        put(UInt64(16))
        put(UInt32(12))
        put(UInt64(0))
        return out
    }
}

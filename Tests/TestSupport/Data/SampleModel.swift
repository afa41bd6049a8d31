import Foundation

/// A folder that looks like a published model: sharded safetensors, tokenizer, configuration, a sub-folder.
public enum SampleModel {
    /// Writes about `megabytes` MiB of weights in two shards, and the small files around them.
    public static func write(to folder: String, megabytes: Int, seed: UInt64) async throws {
        try await writeText(
            #"{"architectures": ["SampleForCausalLM"], "hidden_size": 1024, "torch_dtype": "bfloat16", "seed": \#(seed)}"#
                + "\n", to: folder + "/config.json")
        try await writeText("---\nlicense: apache-2.0\n---\n# Sample model\n", to: folder + "/README.md")
        try await SampleContent.text.write(400_000, seed: seed ^ 1, to: folder + "/tokenizer.json")
        try await SampleContent.text.write(120_000, seed: seed ^ 2, to: folder + "/vocab.txt")
        try await writeText("{\"pooling_mode_mean_tokens\": true}\n", to: folder + "/1_Pooling/config.json")
        let shard = megabytes << 19
        for index in 1...2 {
            try await writeSafetensors(
                bytes: shard, seed: seed &+ UInt64(index), to: folder + "/model-0000\(index)-of-00002.safetensors")
        }
    }

    /// A safetensors file: eight bytes of header length, the JSON header padded to eight bytes, the numbers.
    public static func writeSafetensors(bytes: Int, seed: UInt64, to path: String) async throws {
        let even = bytes & ~1
        var header =
            #"{"model.weight":{"dtype":"BF16","shape":[\#(even / 2)],"data_offsets":[0,\#(even)]},"#
            + #""__metadata__":{"format":"pt"}}"#
        header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        let body = path + ".body"
        try await SampleContent.weights.write(even, seed: seed, to: body)
        let head = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8)
        try await blocking {
            try prepend(head, to: body, as: path)
        }
    }

    private static func prepend(_ head: [UInt8], to body: String, as path: String) throws {
        let output = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard output >= 0 else { throw TestFailure("cannot create \(path): \(errnoText())") }
        defer { close(output) }
        try head.withUnsafeBytes { try writeAll(output, $0) }
        try forEachBlock(of: body) { try writeAll(output, $0) }
        unlink(body)
    }
}

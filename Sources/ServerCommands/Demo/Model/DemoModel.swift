internal import ArgumentParser
import Foundation

/// A small language model as it is published: sharded weights with an index, configuration, tokenizer, card.
///
/// The weights are random, but files, names, shapes and value distribution are those of a real one.
struct DemoModel {
    enum Size: String, CaseIterable, ExpressibleByArgument {
        case small, medium, large

        var architecture: Architecture {
            switch self {
            case .small:
                Architecture(hidden: 512, intermediate: 1408, layers: 6, heads: 8, keyHeads: 2, vocabulary: 8000)
            case .medium:
                Architecture(hidden: 1024, intermediate: 2816, layers: 8, heads: 16, keyHeads: 4, vocabulary: 16000)
            case .large:
                Architecture(hidden: 2048, intermediate: 5632, layers: 10, heads: 32, keyHeads: 8, vocabulary: 32000)
            }
        }
    }

    struct Architecture {
        var hidden, intermediate, layers, heads, keyHeads, vocabulary: Int
        var headSize: Int { hidden / heads }
    }

    static let shardCount = 2
    private static let seed: UInt64 = 0x5305_A100_2024_0001

    var name: String
    var architecture: Architecture
    /// Fine-tuned: the projections back into the residual stream of the last quarter of the layers have changed.
    var isFineTuned: Bool

    /// Writes all files into `folder`, which is created; returns their names and sizes.
    func write(into folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let shards = shards()
        for (index, shard) in shards.enumerated() {
            try SafetensorsFile(tensors: shard)
                .write(to: folder.appendingPathComponent(Self.shardName(index)), seed: Self.seed)
        }
        let texts = ModelTexts(model: self, shards: shards)
        try texts.index.write(to: folder.appendingPathComponent("model.safetensors.index.json"))
        try texts.configuration.write(to: folder.appendingPathComponent("config.json"))
        try texts.tokenizer(seed: Self.seed).write(to: folder.appendingPathComponent("tokenizer.json"))
        try texts.card.write(to: folder.appendingPathComponent("README.md"))
    }

    static func shardName(_ index: Int) -> String {
        func padded(_ number: Int) -> String { String(repeating: "0", count: 5 - "\(number)".count) + "\(number)" }
        return "model-\(padded(index + 1))-of-\(padded(shardCount)).safetensors"
    }

    /// The tensors in the order of the layers, cut into shards of about equal size.
    func shards() -> [[Tensor]] {
        let tensors = tensors()
        let limit = tensors.reduce(0) { $0 + $1.byteCount } / Self.shardCount
        var shards: [[Tensor]] = [[]]
        var used = 0
        for tensor in tensors {
            if used >= limit, shards.count < Self.shardCount {
                shards.append([])
                used = 0
            }
            shards[shards.count - 1].append(tensor)
            used += tensor.byteCount
        }
        return shards
    }

    func tensors() -> [Tensor] {
        let size = architecture
        let deviation = 0.02
        // Projections back into the residual stream begin smaller, the deeper the network is.
        let residual = deviation / (2 * Double(size.layers)).squareRoot()
        let keyWidth = size.keyHeads * size.headSize
        let firstTuned = isFineTuned ? size.layers - max(size.layers / 4, 1) : size.layers
        var tensors = [
            Tensor(
                name: "model.embed_tokens.weight", shape: [size.vocabulary, size.hidden],
                content: .gaussian(deviation: deviation))
        ]
        for layer in 0..<size.layers {
            let generation = layer >= firstTuned ? 1 : 0
            func add(_ name: String, _ shape: [Int], _ content: Tensor.Content, generation: Int = 0) {
                tensors.append(
                    Tensor(
                        name: "model.layers.\(layer).\(name).weight", shape: shape, content: content,
                        generation: generation))
            }
            add("input_layernorm", [size.hidden], .ones)
            add(
                "mlp.down_proj", [size.hidden, size.intermediate], .gaussian(deviation: residual),
                generation: generation)
            add("mlp.gate_proj", [size.intermediate, size.hidden], .gaussian(deviation: deviation))
            add("mlp.up_proj", [size.intermediate, size.hidden], .gaussian(deviation: deviation))
            add("post_attention_layernorm", [size.hidden], .ones)
            add("self_attn.k_proj", [keyWidth, size.hidden], .gaussian(deviation: deviation))
            add("self_attn.o_proj", [size.hidden, size.hidden], .gaussian(deviation: residual), generation: generation)
            add("self_attn.q_proj", [size.hidden, size.hidden], .gaussian(deviation: deviation))
            add("self_attn.v_proj", [keyWidth, size.hidden], .gaussian(deviation: deviation))
        }
        tensors.append(Tensor(name: "model.norm.weight", shape: [size.hidden], content: .ones))
        return tensors
    }
}

import Foundation

/// The text files beside a model's weights.
struct ModelTexts {
    let model: DemoModel
    let shards: [[Tensor]]

    /// Which tensor is in which file.
    var index: Data {
        let total = shards.joined().reduce(0) { $0 + $1.byteCount }
        let places = shards.enumerated().flatMap { index, tensors in
            tensors.map { "    \"\($0.name)\": \"\(DemoModel.shardName(index))\"" }
        }
        return Data(
            """
            {
              "metadata": {
                "total_size": \(total)
              },
              "weight_map": {
            \(places.sorted().joined(separator: ",\n"))
              }
            }

            """.utf8)
    }

    var configuration: Data {
        let size = model.architecture
        return Data(
            """
            {
              "architectures": ["LlamaForCausalLM"],
              "attention_bias": false,
              "bos_token_id": 1,
              "eos_token_id": 2,
              "head_dim": \(size.headSize),
              "hidden_act": "silu",
              "hidden_size": \(size.hidden),
              "initializer_range": 0.02,
              "intermediate_size": \(size.intermediate),
              "max_position_embeddings": 2048,
              "model_type": "llama",
              "num_attention_heads": \(size.heads),
              "num_hidden_layers": \(size.layers),
              "num_key_value_heads": \(size.keyHeads),
              "rms_norm_eps": 1e-05,
              "rope_theta": 10000.0,
              "tie_word_embeddings": true,
              "torch_dtype": "bfloat16",
              "vocab_size": \(size.vocabulary)
            }

            """.utf8)
    }

    /// A byte-pair tokenizer whose merges really build its vocabulary.
    func tokenizer(seed: UInt64) -> Data {
        var random = RandomWords(seed: seed, name: "tokenizer")
        var tokens = ["<unk>", "<s>", "</s>"] + (UInt8(33)...126).map { String(UnicodeScalar($0)) } + ["▁"]
        var known = Set(tokens)
        let firstSymbol = 3
        var merges: [String] = []
        while tokens.count < model.architecture.vocabulary {
            // Earlier tokens are likelier, as frequent pairs merge first.
            let left = tokens[firstSymbol + min(pick(&random, tokens.count), pick(&random, tokens.count))]
            let right = tokens[firstSymbol + min(pick(&random, tokens.count), pick(&random, tokens.count))]
            guard left.count + right.count <= 16, known.insert(left + right).inserted else { continue }
            merges.append("\(left) \(right)")
            tokens.append(left + right)
        }
        let vocabulary = tokens.enumerated().map { "      \(Self.quoted($1)): \($0)" }
        return Data(
            """
            {
              "version": "1.0",
              "truncation": null,
              "padding": null,
              "added_tokens": [
                {"id": 0, "content": "<unk>", "special": true},
                {"id": 1, "content": "<s>", "special": true},
                {"id": 2, "content": "</s>", "special": true}
              ],
              "model": {
                "type": "BPE",
                "unk_token": "<unk>",
                "byte_fallback": false,
                "vocab": {
            \(vocabulary.joined(separator: ",\n"))
                },
                "merges": [
            \(merges.map { "      " + Self.quoted($0) }.joined(separator: ",\n"))
                ]
              }
            }

            """.utf8)
    }

    var card: Data {
        let origin = model.isFineTuned ? "base_model: demo/tiny-llama\n" : ""
        let story =
            model.isFineTuned
            ? "The last layers of demo/tiny-llama, trained further." : "A small Llama with random weights."
        return Data(
            """
            ---
            license: apache-2.0
            library_name: transformers
            pipeline_tag: text-generation
            \(origin)---

            # \(model.name)

            \(story) Made by `shoal demo` to show how models travel; it does not speak.

            """.utf8)
    }

    private func pick(_ random: inout RandomWords, _ count: Int) -> Int {
        Int(random.next() % UInt64(count - 3))
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
    }
}

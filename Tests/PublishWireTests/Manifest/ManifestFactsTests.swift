import PublishWire
import Testing

@Suite struct ManifestFactsTests {
    private func facts(config: String) throws -> ManifestFacts {
        var facts = ManifestFacts()
        try facts.take(config: Array(config.utf8))
        return facts
    }

    @Test("reads a configuration of transformers")
    func config() throws {
        let facts = try facts(
            config: """
                {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "max_position_embeddings": 4096,
                 "torch_dtype": "bfloat16", "tokenizer_class": "LlamaTokenizer", "x": NaN, "y": [Infinity, -Infinity],
                 "rope_scaling": {"factor": 8.0}}
                """)
        #expect(facts.architecture == "LlamaForCausalLM" && facts.modelType == "llama")
        #expect(facts.contextLength == 4_096 && facts.quantizations == ["BF16"])
        #expect(facts.tokenizerType == "LlamaTokenizer")
    }

    @Test("reads the language model inside one that sees, and how weights are quantised")
    func inner() throws {
        let facts = try facts(
            config: """
                {"model_type": "llava", "text_config": {"model_type": "qwen2", "max_position_embeddings": 32768},
                 "quantization_config": {"quant_method": "gptq", "bits": 4, "sym": true}}
                """)
        #expect(facts.modelType == "llava" && facts.contextLength == 32_768)
        #expect(facts.quantizations == ["GPTQ-4BIT"])
        let loaded = try self.facts(
            config: "{\"quantization_config\": {\"quant_method\": \"bitsandbytes\", \"load_in_8bit\": true}}")
        #expect(loaded.quantizations == ["BITSANDBYTES-8BIT"])
    }

    @Test("fields of another kind than usual are left out")
    func oddConfig() throws {
        let facts = try facts(
            config: """
                {"architectures": "x", "model_type": 3, "max_position_embeddings": 1.5, "torch_dtype": {"a": 1},
                 "text_config": [], "quantization_config": null, "n_ctx": -3}
                """)
        #expect(facts == ManifestFacts())
        #expect(code { () throws(PublishError) in _ = try ManifestFacts.none.taking(config: "{") } == .malformed)
    }

    @Test(
        "finds formats and quantisations in the names of files",
        arguments: [
            ("model-Q4_K_M.gguf", "gguf", "Q4_K_M"),
            ("UD-Q4_K_XL/model-UD-Q4_K_XL-00001-of-00002.gguf", "gguf", "UD-Q4_K_XL"),
            ("model.IQ2_XXS.gguf", "gguf", "IQ2_XXS"), ("Q8_0/model-00001-of-00002.gguf", "gguf", "Q8_0"),
            ("model-bf16.gguf", "gguf", "BF16"), ("onnx/model_q4.onnx", "onnx", nil),
            ("model.safetensors", "safetensors", nil),
            ("pytorch_model-00001-of-00002.bin", "pytorch", nil), ("data/train.jsonl.zst", "json", nil),
            ("train-00000-of-00001.parquet", "parquet", nil), ("qwen-7b.gguf", "gguf", nil),
        ] as [(String, String, String?)])
    func names(path: String, format: String, label: String?) {
        var facts = ManifestFacts()
        facts.take(files: [(path, 100)])
        #expect(facts.formats == [format] && facts.quantizations == (label.map { [$0] } ?? []))
    }

    @Test(
        "files that are no weights have no format", arguments: ["training_args.bin", "optimizer.pt", "x.txt", "gguf"])
    func noWeights(path: String) {
        var facts = ManifestFacts()
        facts.take(files: [(path, 100)])
        #expect(facts.formats.isEmpty && facts.weightBytes == 0)
    }

    @Test("where weights have one type, their bytes tell how many there are; memory is a fifth more")
    func derived() throws {
        var facts = try facts(config: "{\"torch_dtype\": \"float16\"}")
        facts.take(files: [("model-1.safetensors", 7_000_000_000), ("model-2.safetensors", 7_000_000_000)])
        #expect(facts.parameters == 7_000_000_000)
        // 14 GB and a fifth are 15.6 GiB.
        #expect(facts.memory == 16)
        #expect(WeightSize.memory(parameters: 7_000_000_000, bits: 5, weightBytes: 0) == 5)
        #expect(WeightSize.memory(parameters: nil, bits: 4, weightBytes: 1 << 30) == 2)
        #expect(WeightSize.memory(parameters: nil, bits: nil, weightBytes: 0) == nil)
    }

    @Test(
        "knows how much room types take",
        arguments: [
            ("F32", 32.0), ("bfloat16", 16), ("Q8_0", 8.5), ("Q4_K_M", 5), ("UD-Q2_K_XL", 3), ("IQ4_XS", 4.6),
            ("GPTQ-4BIT", 4.5), ("MXFP4", 4.25), ("FP8", 8), ("AWQ", nil), ("", nil), ("Q", nil),
        ] as [(String, Double?)])
    func bits(label: String, bits: Double?) {
        #expect(WeightSize.bits(of: label) == bits)
    }

    @Test("headers of weights know best")
    func headers() {
        var facts = ManifestFacts()
        facts.takeGGUF(
            architecture: "llama", license: "mit", contextLength: 8_192, parameters: 1_000_000, quantization: "Q4_K_M")
        facts.takeSafetensors(parameters: ["BF16": 5, "F32": 1])
        #expect(facts.parameters == 1_000_000 && facts.modelType == "llama" && facts.license == "mit")
        #expect(facts.quantizations == ["Q4_K_M"])
        var plain = ManifestFacts()
        plain.takeSafetensors(parameters: ["BF16": 500, "F32": 10])
        #expect(plain.parameters == 510 && plain.quantizations == ["BF16"])
    }

    @Test(
        "reads the head of a README",
        arguments: [
            ("---\nlicense: apache-2.0\ntags:\n- a\n- \"b c\" \n---\ntext", "apache-2.0", ["a", "b c"]),
            (
                "\u{FEFF}---\r\nlicense: 'mit'  # yes\r\ntags: [x, y]\r\npipeline_tag: text-generation\r\n---\r\n",
                "mit",
                ["x", "y", "text-generation"]
            ),
            ("---\nlicense: other\nlicense_name: llama3\nlibrary_name: gguf\n---", "llama3", ["gguf"]),
            ("---\nlicense:\n  - mit\n  - bsd\nmodel-index:\n  - tags: [no]\n---", "mit", []),
            ("license: mit", nil, []), ("---\nlicense: mit\n", nil, []), ("---\nlicense: null\n---", nil, []),
        ] as [(String, String?, [String])])
    func card(text: String, license: String?, tags: [String]) {
        var facts = ManifestFacts()
        facts.take(card: Array(text.utf8))
        #expect(facts.license == license && facts.tags == tags)
    }

    @Test("fills a manifest where its publisher said nothing")
    func fill() throws {
        var facts = ManifestFacts()
        facts.takeGGUF(
            architecture: "llama", license: "mit", contextLength: 8_192, parameters: 7_000_000_000,
            quantization: "Q4_K_M")
        facts.tags = ["a", "b"]
        var manifest = try SampleManifest.small()
        manifest.architecture = "mine"
        manifest.tags = ["b"]
        manifest.fill(from: facts)
        #expect(manifest.architecture == "mine" && manifest.modelType == "llama" && manifest.license == "apache-2.0")
        #expect(manifest.tags == ["b", "a"] && manifest.quantization == "Q4_K_M" && manifest.quantizations.isEmpty)
        #expect(manifest.hints.minRAM == 5 && manifest.hints.contextLength == 8_192)
    }
}

extension ManifestFacts {
    fileprivate static let none = ManifestFacts()

    fileprivate func taking(config: String) throws(PublishError) -> ManifestFacts {
        var facts = self
        try facts.take(config: Array(config.utf8))
        return facts
    }
}

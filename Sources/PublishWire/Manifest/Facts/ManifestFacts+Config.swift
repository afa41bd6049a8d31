extension ManifestFacts {
    /// Takes what a `config.json` of transformers tells.
    public mutating func take(config json: [UInt8]) throws(PublishError) {
        guard json.count <= Self.mostBytes else { throw PublishError(.tooLarge, "config.json is too long to be read") }
        var found = ConfigFacts()
        var reader = JSONReader(json, what: "config.json", depth: 32, takesNaN: true)
        try reader.object { key, reader throws(PublishError) in try found.take(key, &reader, isInner: false) }
        try reader.finish()
        architecture = architecture ?? found.architecture
        modelType = modelType ?? found.modelType
        parameters = parameters ?? found.parameters
        contextLength = contextLength ?? found.contextLength ?? found.innerContextLength
        tokenizerType = tokenizerType ?? found.tokenizer
        if quantizations.isEmpty { add(quantization: found.quantization ?? found.type.flatMap(Self.shortName)) }
        deriveParameters()
    }

    /// Names of types as headers of weights have them.
    private static func shortName(_ type: String) -> String? {
        let types = ["float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16"]
        let name = type.hasPrefix("torch.") ? String(type.dropFirst(6)) : type
        return types[name] ?? (WeightSize.bits(of: name) == nil ? nil : name.uppercased())
    }
}

/// What is looked for in a configuration. A field of another kind than usual is left out.
private struct ConfigFacts {
    var architecture: String?
    var modelType: String?
    var parameters: Int64?
    var contextLength: Int64?
    /// That of the language model inside one that also sees or hears.
    var innerContextLength: Int64?
    var type: String?
    var quantization: String?
    var tokenizer: String?

    mutating func take(_ key: String, _ reader: inout JSONReader, isInner: Bool) throws(PublishError) {
        switch key {
        case "architectures" where !isInner:
            guard try reader.kind() == .array else { return try reader.skip() }
            try reader.array { reader throws(PublishError) in
                let name = try Self.text(&reader)
                architecture = architecture ?? name
            }
        case "model_type" where !isInner: modelType = try Self.text(&reader)
        case "num_parameters", "n_params":
            let count = try Self.number(&reader)
            parameters = parameters ?? count
        case "max_position_embeddings", "n_positions", "max_sequence_length", "seq_length", "n_ctx":
            let length = try Self.number(&reader)
            if isInner {
                innerContextLength = innerContextLength ?? length
            } else {
                contextLength = contextLength ?? length
            }
        case "torch_dtype", "dtype":
            let name = try Self.text(&reader)
            type = type ?? name
        case "tokenizer_class" where !isInner: tokenizer = try Self.text(&reader)
        case "text_config" where !isInner, "llm_config" where !isInner, "language_config" where !isInner:
            guard try reader.kind() == .object else { return try reader.skip() }
            try reader.object { key, reader throws(PublishError) in try take(key, &reader, isInner: true) }
        case "quantization_config":
            guard try reader.kind() == .object else { return try reader.skip() }
            let found = try Self.quantization(&reader)
            quantization = quantization ?? found
        default: try reader.skip()
        }
    }

    /// The method and its bits, such as `GPTQ-4BIT`; the method alone where it says no bits.
    private static func quantization(_ reader: inout JSONReader) throws(PublishError) -> String? {
        var method: String?
        var bits: Int64?
        try reader.object { key, reader throws(PublishError) in
            switch key {
            case "quant_method": method = try text(&reader)
            case "bits", "w_bit": bits = try number(&reader)
            case "load_in_4bit": if try isTrue(&reader) { bits = 4 }
            case "load_in_8bit": if try isTrue(&reader) { bits = 8 }
            default: try reader.skip()
            }
        }
        guard let method else { return nil }
        return bits.map { "\(method)-\($0)bit" } ?? method
    }

    private static func isTrue(_ reader: inout JSONReader) throws(PublishError) -> Bool {
        if try reader.kind() == .bool { return try reader.bool() }
        try reader.skip()
        return false
    }

    private static func text(_ reader: inout JSONReader) throws(PublishError) -> String? {
        guard try reader.kind() == .string else {
            try reader.skip()
            return nil
        }
        let text = try reader.string(limit: ManifestFacts.mostBytes)
        let isFine =
            (1...ModelManifest.longestText).contains(text.utf8.count)
            && !text.unicodeScalars.contains(where: \.isUnprintable)
        return isFine ? text : nil
    }

    private static func number(_ reader: inout JSONReader) throws(PublishError) -> Int64? {
        guard try reader.kind() == .number else {
            try reader.skip()
            return nil
        }
        let before = reader
        if let number = try? reader.integer() {
            return number > 0 && number <= ModelManifest.mostParameters ? number : nil
        }
        reader = before
        try reader.skip()
        return nil
    }
}

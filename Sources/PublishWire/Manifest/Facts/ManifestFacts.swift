/// What the files of a model say about it, to fill a manifest with.
///
/// What was found first stays: read the sources that know best first.
public struct ManifestFacts: Sendable, Hashable {
    public var architecture: String?
    public var modelType: String?
    public var parameters: Int64?
    /// Tokens.
    public var contextLength: Int64?
    /// Types of the weights, such as `Q4_K_M`, `BF16` or `GPTQ-4BIT`; the first is the one that most have.
    public var quantizations: [String] = []
    public var formats: [String] = []
    public var license: String?
    public var tags: [String] = []
    public var tokenizerType: String?
    /// Bytes of the files that hold weights.
    public var weightBytes: Int64 = 0

    public init() {}

    /// Bytes of a `config.json` or README that are looked at.
    public static let mostBytes = 4 << 20

    /// Takes what the names and sizes of the files tell.
    public mutating func take(files: [(path: String, size: Int64)]) {
        for (path, size) in files {
            guard let format = FileFormat(path: path) else { continue }
            if !formats.contains(format.name) { formats.append(format.name) }
            guard format.isWeights else { continue }
            weightBytes = max(weightBytes, weightBytes &+ max(size, 0))
            add(quantization: QuantizationLabel.find(in: path))
        }
        formats.sort()
        deriveParameters()
    }

    /// Takes what is known from the header of a GGUF file.
    public mutating func takeGGUF(
        architecture: String?, license: String?, contextLength: Int64?, parameters: Int64?, quantization: String?
    ) {
        self.architecture = self.architecture ?? architecture
        modelType = modelType ?? architecture
        self.license = self.license ?? license
        self.contextLength = self.contextLength ?? contextLength
        self.parameters = self.parameters ?? parameters
        add(quantization: quantization)
    }

    /// Takes what is known from the headers of safetensors files.
    /// - Parameter parameters: by the type of their tensors, such as `BF16`.
    public mutating func takeSafetensors(parameters counts: [String: Int64]) {
        let sum = counts.values.reduce(Int64(0)) { $0.addingReportingOverflow(max($1, 0)).partialValue }
        // Quantised weights are packed into integers, so their count is not that of the parameters.
        let isPacked = quantizations.contains { WeightSize.bits(of: $0).map { $0 < 8 } ?? false }
        if sum > 0, !isPacked { parameters = parameters ?? sum }
        let most = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }
        if quantizations.isEmpty { add(quantization: most?.key) }
    }

    mutating func add(quantization label: String?) {
        guard let label = label?.uppercased(), !label.isEmpty, !quantizations.contains(label),
            quantizations.count < ModelManifest.mostTags
        else { return }
        quantizations.append(label)
    }

    /// Where all weights have one type, their bytes tell how many there are.
    mutating func deriveParameters() {
        guard parameters == nil, weightBytes > 0, quantizations.count == 1,
            formats.filter(FileFormat.holdsWeights).count == 1,
            let bits = WeightSize.bits(of: quantizations[0]), bits >= 8
        else { return }
        parameters = Int64(Double(weightBytes) * 8 / bits)
    }

    /// GiB of memory that the model needs to run: its weights, and a fifth more for all else.
    public var memory: Int64? {
        let smallest = quantizations.compactMap { WeightSize.bits(of: $0) }.min()
        return WeightSize.memory(parameters: parameters, bits: smallest, weightBytes: weightBytes)
    }
}

extension ModelManifest {
    /// Fills in what is not there yet.
    public mutating func fill(from facts: ManifestFacts) {
        architecture = architecture ?? facts.architecture
        modelType = modelType ?? facts.modelType
        parameters = parameters ?? facts.parameters
        quantization = quantization ?? facts.quantizations.first
        if quantizations.isEmpty, facts.quantizations.count > 1 { quantizations = facts.quantizations }
        if formats.isEmpty { formats = facts.formats }
        for tag in facts.tags where !tags.contains(tag) && tags.count < Self.mostTags { tags.append(tag) }
        guard kind == .model else { return }
        hints.minRAM = hints.minRAM ?? facts.memory
        hints.contextLength = hints.contextLength ?? facts.contextLength
        hints.tokenizerType = hints.tokenizerType ?? facts.tokenizerType
    }
}

internal import HubClient
internal import HubWire
internal import Terminal

/// What `shoal info` shows: what the hub replied, and what the headers of the model files tell.
struct InfoReport: Encodable {
    struct Weights: Encodable {
        struct GGUF: Encodable {
            var architecture: String?
            var name: String?
            var contextLength: UInt64?
            var vocabularySize: UInt64?
            var quantisation: String?

            enum CodingKeys: String, CodingKey {
                case architecture, name
                case contextLength = "context_length"
                case vocabularySize = "vocabulary_size"
                case quantisation = "quantization"
            }
        }

        var path: String
        var format: String
        var size: UInt64
        var files: [String]
        /// Parameters by tensor type.
        var parameters: [String: UInt64]?
        var parameterCount: UInt64?
        var tensors: UInt64
        var metadata: [String: String]
        var gguf: GGUF?
        /// Why the header could not be read.
        var error: String?

        enum CodingKeys: String, CodingKey {
            case path, format, size, files, parameters
            case parameterCount = "parameter_count"
            case tensors, metadata, gguf, error
        }

        init(_ weights: ModelWeights) {
            path = weights.path
            format = weights.format.rawValue
            size = weights.size
            files = weights.files
            parameters = weights.parameters
            parameterCount = weights.parameterCount
            tensors = weights.tensorCount
            metadata = weights.notes
            gguf = weights.gguf.map {
                GGUF(
                    architecture: $0.architecture, name: $0.name, contextLength: $0.contextLength,
                    vocabularySize: $0.vocabularySize, quantisation: $0.quantisation)
            }
            error = weights.fault
        }
    }

    struct Quant: Encodable {
        var label: String
        var size: UInt64
        var files: [String]
        /// All parts are there.
        var isComplete: Bool

        enum CodingKeys: String, CodingKey {
            case label, size, files
            case isComplete = "complete"
        }
    }

    private let name: String
    private let repo: RepoInfo?
    private let fileCount: Int
    private let size: UInt64
    private let licence: String?
    private let weights: [Weights]
    private let quants: [Quant]

    init(_ facts: ModelFacts, name: String) {
        self.name = name
        repo = facts.repo
        fileCount = facts.files.count
        size = facts.size
        licence = facts.licence
        weights = facts.weights.map(Weights.init)
        quants = facts.quants.map { Quant(label: $0.label, size: $0.size, files: $0.files, isComplete: $0.isComplete) }
    }

    enum CodingKeys: String, CodingKey {
        case id, files, size, license, weights, quants
    }

    /// The hub's own document, with what was found out beside its members.
    func encode(to encoder: any Encoder) throws {
        try repo?.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        if repo == nil { try container.encode(name, forKey: .id) }
        try container.encode(fileCount, forKey: .files)
        try container.encode(size, forKey: .size)
        try container.encodeIfPresent(licence, forKey: .license)
        try container.encode(weights, forKey: .weights)
        if !quants.isEmpty { try container.encode(quants, forKey: .quants) }
    }

    /// The facts for people.
    func lines(type: RepoType?) -> [String] {
        var table = TextTable([.init(), .init()])
        table.append(repo == nil ? "path" : "repository", repo?.id ?? name)
        if let type { table.append("type", type.rawValue) }
        if let repo {
            if let sha = repo.sha { table.append("commit", sha) }
            if let date = repo.createdAt { table.append("created", date) }
            if let date = repo.lastModified { table.append("modified", date) }
            var access = repo.isPrivate == true ? "private" : "public"
            if let gated = repo.gated, gated != .open { access += ", gated" }
            table.append("access", access)
        }
        if let licence { table.append("licence", licence) }
        table.append("files", fileCount == 0 ? "none" : "\(fileCount), \(ByteText.size(size))")
        if let tags = repo?.tags, !tags.isEmpty { table.append("tags", tags.joined(separator: ", ")) }
        if let downloads = repo?.downloads { table.append("downloads", "\(downloads)") }
        if let likes = repo?.likes { table.append("likes", "\(likes)") }
        return table.lines() + weightLines() + quantLines()
    }

    private func weightLines() -> [String] {
        guard !weights.isEmpty else { return [] }
        var table = TextTable([.init("WEIGHTS"), .init("SIZE", .right), .init("PARAMETERS", .right), .init("TYPES")])
        for weights in weights {
            let types = (weights.parameters ?? [:]).sorted { ($0.value, $1.key) > ($1.value, $0.key) }
            let text = types.map { $0.key + (types.count > 1 ? " " + Self.count($0.value) : "") }
            table.append(
                weights.path, ByteText.size(weights.size), weights.parameterCount.map(Self.count) ?? "-",
                weights.error ?? (text.isEmpty ? weights.gguf?.quantisation ?? "-" : text.joined(separator: ", ")))
        }
        var lines = [""] + table.lines()
        let described = weights.filter { $0.gguf != nil }
        for (path, gguf) in described.compactMap({ weights in weights.gguf.map { (weights.path, $0) } }) {
            let facts = [
                gguf.architecture.map { "architecture \($0)" }, gguf.contextLength.map { "context of \($0) tokens" },
                gguf.vocabularySize.map { "vocabulary of \($0)" }, gguf.quantisation.map { "mostly \($0)" },
            ].compactMap { $0 }
            if !facts.isEmpty {
                let name = described.count > 1 ? path + ": " : ""
                lines.append("  " + TextWidth.printable(name + facts.joined(separator: ", ")))
            }
        }
        return lines
    }

    private func quantLines() -> [String] {
        guard !quants.isEmpty else { return [] }
        var table = TextTable([.init("QUANT"), .init("SIZE", .right), .init("FILE")])
        for quant in quants {
            let more = quant.files.count > 1 ? " and \(quant.files.count - 1) more" : ""
            table.append(
                quant.label, ByteText.size(quant.size),
                quant.files[0] + more + (quant.isComplete ? "" : " (parts are missing)"))
        }
        return [""] + table.lines()
    }

    /// `6.74 B`, `494 M`: three digits and a unit of thousands.
    private static func count(_ number: UInt64) -> String {
        let text = ByteText.size(number).split(separator: " ")
        let units = ["B": "", "kB": " K", "MB": " M", "GB": " B", "TB": " T"]
        return text.count == 2 ? text[0] + (units[String(text[1])] ?? " \(text[1])") : "\(number)"
    }
}

internal import Publish
internal import PublishWire

/// A repository of this machine, as `GET /v1/models` tells it: what the caches have of it, and what is published of it.
struct ModelDocument: Encodable, Sendable {
    /// One that has a torrent.
    struct Version: Encodable, Sendable {
        var version: String
        var infoHashV1: String?
        var infoHashV2: String?
        var magnetURI: String
        var totalSize: Int64
        var files: Int
        /// How it came: `shared`, `got` or `mirrored`.
        var origin: String
        var added: Int64
        var license: String?
        var modelType: String?
        var formats: [String]
        var publisher: String?
        var isPublic: Bool
        var isSeeded: Bool
        var transferID: String?

        enum CodingKeys: String, CodingKey {
            case version, files, origin, added, license, formats, publisher
            case infoHashV1 = "info_hash_v1"
            case infoHashV2 = "info_hash_v2"
            case magnetURI = "magnet_uri"
            case totalSize = "total_size"
            case modelType = "model_type"
            case isPublic = "public"
            case isSeeded = "seeded"
            case transferID = "transfer_id"
        }

        init(_ entry: RegistryEntry, transferID: String?) {
            version = entry.version
            infoHashV1 = entry.hashes.v1.map(Hex.encode)
            infoHashV2 = entry.hashes.v2.map(Hex.encode)
            magnetURI = entry.magnet
            totalSize = entry.size
            files = entry.fileCount
            origin = entry.origin.rawValue
            added = entry.added
            license = entry.licence
            modelType = entry.modelType
            formats = entry.formats
            publisher = entry.publisher
            isPublic = entry.isPublic
            isSeeded = entry.seeds
            self.transferID = transferID
        }
    }

    var shelf: ModelShelf.Entry
    /// The first is the one that a bare name means.
    var versions: [Version] = []
    var facts: ModelManifest?

    enum CodingKeys: String, CodingKey {
        case versions, version, license, description, architecture, parameters
        case modelType = "model_type"
        case totalSize = "total_size"
        case magnetURI = "magnet_uri"
        case infoHash = "info_hash"
        case hints = "inference_hints"
    }

    func encode(to encoder: any Encoder) throws {
        try shelf.encode(to: encoder)
        guard let first = versions.first else { return }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(versions, forKey: .versions)
        try container.encode(first.version, forKey: .version)
        try container.encodeIfPresent(first.license, forKey: .license)
        try container.encodeIfPresent(first.modelType, forKey: .modelType)
        try container.encode(first.totalSize, forKey: .totalSize)
        try container.encode(first.magnetURI, forKey: .magnetURI)
        try container.encodeIfPresent(first.infoHashV1 ?? first.infoHashV2, forKey: .infoHash)
        guard let facts else { return }
        try container.encode(facts.description, forKey: .description)
        try container.encodeIfPresent(facts.architecture, forKey: .architecture)
        try container.encodeIfPresent(facts.parameters, forKey: .parameters)
        try container.encode(Hints(facts.hints), forKey: .hints)
    }

    private struct Hints: Encodable {
        var minRAM: Int64?
        var minVRAM: Int64?
        var recommendedGPUs: [String]
        var contextLength: Int64?
        var tokenizerType: String?

        enum CodingKeys: String, CodingKey {
            case minRAM = "min_ram_gb"
            case minVRAM = "min_vram_gb"
            case recommendedGPUs = "recommended_gpu"
            case contextLength = "context_length"
            case tokenizerType = "tokenizer_type"
        }

        init(_ hints: ModelManifest.InferenceHints) {
            minRAM = hints.minRAM
            minVRAM = hints.minVRAM
            recommendedGPUs = hints.recommendedGPUs
            contextLength = hints.contextLength
            tokenizerType = hints.tokenizerType
        }
    }
}

extension RegistryEntry {
    /// The link by which others get it, with both hashes where there are two.
    var magnet: String {
        var link = MagnetLink(hashes)
        link.displayName = "\(id.text)@\(version)"
        link.size = size
        return link.description
    }
}

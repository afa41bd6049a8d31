internal import Publish
internal import PublishWire

/// The answer of `GET /v1/discover` (docs/agent.md).
struct DiscoveryDocument: Encodable {
    struct Model: Encodable {
        var name: String
        var type: String
        /// Left out, as the size, where only the publisher's root tells of it.
        var version: String?
        var magnet: String
        var infoHash: String
        var infoHashV1: String?
        var infoHashV2: String?
        var size: Int64?
        /// Seconds since 1970.
        var time: Int64
        var license: String?
        var formats: [String]
        var quantizations: [String]
        var tags: [String]
        var architecture: String?
        var parameters: Int64?
        var publisher: String
        var label: String?
        var trust: String
        var warnings: [String]

        enum CodingKeys: String, CodingKey {
            case name, type, version, magnet, size, time, license, formats, quantizations, tags, architecture,
                parameters
            case publisher, label, trust, warnings
            case infoHash = "info_hash"
            case infoHashV1 = "info_hash_v1"
            case infoHashV2 = "info_hash_v2"
        }

        init(_ found: DiscoveredModel) {
            let entry = found.entry
            name = entry.id.text
            type = entry.id.kind.rawValue
            version = entry.isBare ? nil : entry.revision
            magnet = entry.link.description
            infoHash = Hex.encode(entry.hashes.v1 ?? entry.hashes.short)
            infoHashV1 = entry.hashes.v1.map(Hex.encode)
            infoHashV2 = entry.hashes.v2.map(Hex.encode)
            size = entry.isBare ? nil : entry.size
            time = entry.published
            license = entry.license
            formats = entry.formats
            quantizations = entry.quantizations
            tags = entry.tags
            architecture = entry.architecture
            parameters = entry.parameters
            publisher = found.publisher
            label = found.label
            trust = found.trust
            warnings = found.warnings
        }
    }

    var models: [Model]
    var count: Int
    var pattern: String

    init(pattern: String, found: [DiscoveredModel]) {
        self.pattern = pattern
        models = found.map(Model.init)
        count = models.count
    }
}

/// What a repository holds; decides the path prefix of its routes and of its cache folder.
public enum RepoType: String, Sendable, Hashable, Codable, CaseIterable {
    case model, dataset, space

    /// The path segment under `/api/`: `models`, `datasets`, `spaces`.
    public var plural: String { rawValue + "s" }

    /// The prefix of file URLs: empty for models, `datasets/` and `spaces/` for the others.
    public var urlPrefix: String { self == .model ? "" : plural + "/" }

    /// Finds the type for a path segment under `/api/`.
    public init?(plural: some StringProtocol) {
        guard let match = RepoType.allCases.first(where: { $0.plural == plural }) else { return nil }
        self = match
    }
}

/// The full name of a repository, `namespace/name`, or a single legacy segment such as `gpt2`.
public struct RepoID: Sendable, Hashable, CustomStringConvertible, Codable {
    /// The owner, or nil for a legacy single-segment name.
    public let namespace: String?
    public let name: String

    /// Parses and validates a repository name by the Hub's rules: segments of letters, digits, `-`, `_`, `.`,
    /// at most 96 characters, no `--` or `..`, and neither starting nor ending with `-` or `.`.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 1 || parts.count == 2, parts.allSatisfy({ RepoID.isValid(segment: $0) }) else {
            return nil
        }
        namespace = parts.count == 2 ? String(parts[0]) : nil
        name = String(parts[parts.count - 1])
    }

    public var description: String { namespace.map { "\($0)/\(name)" } ?? name }

    /// The name of the repository's folder in a Hugging Face cache, such as `models--ns--name`.
    public func cacheFolder(_ type: RepoType) -> String {
        "\(type.plural)--" + (namespace.map { "\($0)--\(name)" } ?? name)
    }

    /// Whether one segment of a repository name follows the Hub's rules.
    public static func isValid(segment: some StringProtocol) -> Bool {
        let bytes = Array(segment.utf8)
        guard (1...96).contains(bytes.count) else { return false }
        let allowed = bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        let edges: Set<UInt8> = [UInt8(ascii: "-"), UInt8(ascii: ".")]
        let runs = zip(bytes, bytes.dropFirst()).contains { $0 == $1 && edges.contains($0) }
        return allowed && !runs && !edges.contains(bytes[0]) && !edges.contains(bytes[bytes.count - 1])
            && !segment.hasSuffix(".git")
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let parsed = RepoID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a repository name: \(text)")
        }
        self = parsed
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

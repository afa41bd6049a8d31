public import HubWire

/// What to look for in a hub's catalogue (hub-api §1.6); nil and empty mean any.
public struct CatalogueQuery: Sendable, Hashable {
    /// What results are ordered by, greatest first.
    public enum Order: String, Sendable, Hashable, CaseIterable {
        case createdAt = "created_at"
        case downloads
        case lastModified = "last_modified"
        case likes
        case trendingScore = "trending_score"

        /// The word on the wire.
        var wire: String {
            switch self {
            case .createdAt: "createdAt"
            case .lastModified: "lastModified"
            case .trendingScore: "trendingScore"
            case .downloads, .likes: rawValue
            }
        }
    }

    public var search: String?
    public var author: String?
    /// Tags that all must be there.
    public var filters: [String] = []
    /// A canonical task such as `text-generation`; models only.
    public var pipelineTag: String?
    public var gated: Bool?
    public var sort: Order?
    /// Most results; nil takes all.
    public var limit: Int?
    /// Properties to return; none means the usual ones.
    public var expand: [String] = []

    public init() {}

    var query: String {
        var pairs: [(String, String)] = []
        if let search { pairs.append(("search", search)) }
        if let author { pairs.append(("author", author)) }
        for filter in filters { pairs.append(("filter", filter)) }
        if let pipelineTag { pairs.append(("pipeline_tag", pipelineTag)) }
        if let gated { pairs.append(("gated", gated ? "true" : "false")) }
        if let sort { pairs.append(("sort", sort.wire)) }
        if let limit { pairs.append(("limit", "\(min(limit, 1000))")) }
        for property in expand { pairs.append(("expand", property)) }
        return pairs.map { "\($0)=\(PercentEncoding.encode(segment: $1))" }.joined(separator: "&")
    }
}

extension Hub {
    /// Searches the hub for repositories of a type; each result is what the hub says about one.
    public func catalogue(_ type: RepoType, _ query: CatalogueQuery = .init()) async throws -> [JSONValue] {
        let text = query.query
        return try await listing("/api/\(type.plural)" + (text.isEmpty ? "" : "?" + text), limit: query.limit)
    }

    /// Everything that the hub says about a repository at its revision.
    /// - Parameter expand: properties to return; none means the usual ones, with files and their sizes.
    public func repoDocument(_ repo: RepoReference, expand: [String] = []) async throws -> JSONValue {
        let query =
            expand.isEmpty
            ? "blobs=true" : expand.map { "expand=\(PercentEncoding.encode(segment: $0))" }.joined(separator: "&")
        let reply = try await send(
            HubRequest(
                target: "\(repo.apiPath)/revision/\(repo.revisionSegment)?\(query)", patience: .brief,
                maximumReplyBytes: 256 << 20, subject: subject(repo)))
        return try reply.decoded(JSONValue.self)
    }
}

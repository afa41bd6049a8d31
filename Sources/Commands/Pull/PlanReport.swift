internal import HubClient
internal import HubWire
internal import Terminal

/// What `shoal pull --plan` shows: what is here, what would travel, and from where. The numbers are bytes.
struct PlanReport: Encodable {
    struct Part: Encodable {
        /// `in_place`, `cache`, `shared_store`, `partial` or `hub`.
        var source: String
        var bytes: UInt64
        /// The file on this machine.
        var path: String?
        /// Repositories in the cache that share the content.
        var repos: [String]?
    }

    struct File: Encodable {
        var path: String
        var size: UInt64
        var parts: [Part]
    }

    var repoID: String
    var repoType: String
    var commit: String
    var endpoint: String
    var files: [File]
    /// Bytes by source.
    var sources: [String: UInt64]
    /// Bytes of all wanted files.
    var bytes: UInt64
    /// Bytes that would come over the network, at most.
    var networkBytes: UInt64
    var isOffline: Bool

    enum CodingKeys: String, CodingKey {
        case repoID = "repo_id"
        case repoType = "repo_type"
        case commit, endpoint, files, sources, bytes
        case networkBytes = "network_bytes"
        case isOffline = "offline"
    }

    init(_ preview: PullPreview, repo: RepoReference, endpoint: String) {
        repoID = "\(repo.id)"
        repoType = repo.type.rawValue
        commit = preview.commit
        self.endpoint = endpoint
        files = preview.files.map { file in
            File(
                path: file.path, size: file.size,
                parts: file.parts.map {
                    Part(
                        source: $0.origin.rawValue, bytes: $0.bytes, path: $0.path,
                        repos: $0.users.isEmpty ? nil : $0.users)
                })
        }
        let origins = PullPreview.Part.Origin.allCases.map { ($0.rawValue, preview.bytes(from: $0)) }
        sources = Dictionary(uniqueKeysWithValues: origins)
        bytes = preview.files.reduce(0) { $0 + $1.size }
        networkBytes = preview.bytes(from: .hub)
        isOffline = preview.isOffline
    }

    /// A table of the files, then what comes from where.
    func lines() -> [String] {
        var table = TextTable([.init("SIZE", .right), .init("FROM"), .init("FILE")])
        for file in files {
            let origins = file.parts.map { part in
                let isAll = file.parts.count == 1
                let repos = part.repos.map { " with " + $0.joined(separator: ", ") } ?? ""
                return (isAll ? "" : ByteText.size(part.bytes) + " ") + Self.words(part.source) + repos
            }
            table.append(ByteText.size(file.size), origins.joined(separator: " + "), file.path)
        }
        let here = bytes - networkBytes
        return table.lines() + [
            "",
            "\(Plural.count(files.count, "file")), \(ByteText.size(bytes)): \(ByteText.size(here)) here, "
                + "\(ByteText.size(networkBytes)) from \(endpoint)",
        ]
    }

    private static func words(_ source: String) -> String {
        switch source {
        case "in_place": "in place"
        case "shared_store": "shared"
        default: source
        }
    }
}

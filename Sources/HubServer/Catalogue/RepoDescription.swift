import HubWire

/// A repository in the Hub's JSON (hub-api §1.2), with the fields that were asked for.
struct RepoDescription: Sendable {
    /// Fields of the reply to a plain request for one repository.
    static let whole: Set<String> = [
        "modelId", "author", "sha", "lastModified", "createdAt", "private", "gated", "disabled", "downloads", "likes",
        "tags", "pipeline_tag", "library_name", "cardData", "config", "siblings", "usedStorage", "sdk", "xetEnabled",
        "safetensors",
    ]
    /// Fields of an entry in a list, when nothing more is asked for.
    static let brief: Set<String> = [
        "modelId", "author", "lastModified", "createdAt", "private", "gated", "downloads", "likes", "tags",
        "pipeline_tag", "library_name", "sdk",
    ]

    private(set) var members: [String: JSONValue] = [:]

    /// Describes a repository at a commit. `withBlobs` adds sizes and ids to the files.
    init(_ repo: Repo, at commit: StoredCommit?, fields: Set<String>, withBlobs: Bool, in store: GitStore) throws {
        let id = String(repo.id, radix: 16)
        members["_id"] = .string(String(repeating: "0", count: max(0, 24 - id.count)) + id)
        members["id"] = .string(repo.fullName)
        let facts: [String: JSONValue] = [
            "modelId": .string(repo.fullName), "author": .string(repo.namespace),
            "sha": commit.map { .string("\($0.id)") } ?? .null,
            "lastModified": .string(HubDate.text(milliseconds: repo.modifiedAt)),
            "createdAt": .string(HubDate.text(milliseconds: repo.createdAt)), "private": .bool(repo.isPrivate),
            "gated": Self.gated(repo.gating), "disabled": .bool(repo.isDisabled), "downloads": .integer(repo.downloads),
            "downloadsAllTime": .integer(repo.downloads), "likes": 0, "xetEnabled": true,
        ]
        for (key, value) in facts where fields.contains(key) { members[key] = value }
        if repo.type != .model { members["modelId"] = nil }
        if repo.type == .space, fields.contains("sdk"), let sdk = repo.sdk { members["sdk"] = .string(sdk) }
        try addCard(try RepoCard.find(repo.id, in: store.db), fields)
        if fields.contains("siblings"), let commit {
            members["siblings"] = .array(try Self.siblings(commit, withBlobs: withBlobs, store))
        }
    }

    private mutating func addCard(_ card: RepoCard, _ fields: Set<String>) throws {
        if fields.contains("tags") { members["tags"] = .array(card.tags.map(JSONValue.string)) }
        if fields.contains("usedStorage") { members["usedStorage"] = .integer(card.usedStorage) }
        let optional: [(String, JSONValue?)] = [
            ("cardData", card.data), ("config", card.config), ("pipeline_tag", card.pipelineTag.map(JSONValue.string)),
            ("library_name", card.libraryName.map(JSONValue.string)), ("description", card.data?["description"]),
        ]
        for (key, value) in optional where fields.contains(key) {
            if let value { members[key] = value }
        }
    }

    private static func gated(_ gating: Gating) -> JSONValue {
        switch gating {
        case .open: false
        case .auto: "auto"
        case .manual: "manual"
        }
    }

    private static func siblings(_ commit: StoredCommit, withBlobs: Bool, _ store: GitStore) throws -> [JSONValue] {
        let listing = try TreeListing(
            store: store, tree: commit.tree, path: nil, isRecursive: true, from: nil, limit: .max)
        return try listing.items.filter { !$0.isDirectory }.map { item in
            var file: [String: JSONValue] = ["rfilename": .string(item.path)]
            if withBlobs {
                let blob = try store.blobInfo(item.id)
                file["size"] = .integer(blob.size)
                file["blobId"] = .string("\(blob.id)")
                if let large = blob.large {
                    file["lfs"] = [
                        "sha256": .string("\(large.sha256)"), "size": .integer(Int64(clamping: large.size)),
                        "pointerSize": .integer(blob.gitSize),
                    ]
                }
            }
            return .object(file)
        }
    }

    var json: JSONValue { .object(members) }
}

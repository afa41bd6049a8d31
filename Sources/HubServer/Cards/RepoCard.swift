import GRDB
import HubWire

/// What the files at the head of `main` say about a repository, for info, listing and search.
struct RepoCard: Sendable, Equatable {
    /// The README's front matter.
    var data: JSONValue?
    /// What the Hub keeps of `config.json`.
    var config: JSONValue?
    var pipelineTag: String?
    var libraryName: String?
    var tags: [String] = []
    /// Bytes of all files in all commits, each content counted once.
    var usedStorage: Int64 = 0

    private static let maximumFile: Int64 = 1 << 20
    private static let maximumTags = 1000

    init() {}

    /// Reads the card at a commit. What cannot be read says nothing: a broken card must not stop a commit.
    init(of commit: StoredCommit, type: RepoType, in store: GitStore) throws {
        let root = try store.tree(commit.tree)
        let names = root.entries.filter { $0.mode != .directory }.map { $0.name.text }
        if let readme = try Self.text(of: "README.md", root, store), let block = FrontMatter.block(of: readme) {
            data = try? FrontMatter.parse(block)
        }
        if let text = try Self.text(of: "config.json", root, store), let whole = JSONValue(stored: text) {
            config = Self.excerpt(whole)
        }
        pipelineTag = data?["pipeline_tag"]?.text
        libraryName = data?["library_name"]?.text ?? Self.library(names, hasModelType: config?["model_type"] != nil)
        tags = Self.tags(type, data, config, names, library: libraryName, pipeline: pipelineTag)
    }

    private static func text(of name: String, _ root: GitTree, _ store: GitStore) throws -> String? {
        guard let entry = root[GitName(name)], entry.mode == .file else { return nil }
        let blob = try store.blobInfo(entry.id)
        guard blob.large == nil, blob.gitSize <= maximumFile else { return nil }
        return String(decoding: try store.content(entry.id), as: UTF8.self)
    }

    private static func excerpt(_ config: JSONValue) -> JSONValue? {
        let kept = ["architectures", "model_type", "auto_map", "quantization_config", "task_specific_params"]
        let members = kept.compactMap { key in config[key].map { (key, $0) } }
        return members.isEmpty ? nil : .object(Dictionary(members) { first, _ in first })
    }

    private static func library(_ names: [String], hasModelType: Bool) -> String? {
        if hasModelType { return "transformers" }
        if names.contains("model_index.json") { return "diffusers" }
        if names.contains("adapter_config.json") { return "peft" }
        if names.contains("modules.json") { return "sentence-transformers" }
        return nil
    }

    private static func tags(
        _ type: RepoType, _ data: JSONValue?, _ config: JSONValue?, _ names: [String], library: String?,
        pipeline: String?
    ) -> [String] {
        let formats = [
            ("safetensors", ".safetensors"), ("gguf", ".gguf"), ("onnx", ".onnx"), ("pytorch", "pytorch_model.bin"),
        ]
        let listed = { (key: String) in data?[key]?.texts ?? [] }
        var tags = library.map { [$0] } ?? []
        tags += formats.filter { format in names.contains { $0.hasSuffix(format.1) } }.map(\.0)
        tags += config?["model_type"]?.texts ?? []
        tags += (pipeline.map { [$0] } ?? []) + listed("tags")
        tags += listed("language").map { type == .dataset ? "language:\($0)" : $0 }
        tags += ["task_categories", "task_ids", "size_categories", "multilinguality", "annotations_creators"]
            .flatMap { key in listed(key).map { "\(key):\($0)" } }
        tags += listed("datasets").map { "dataset:\($0)" } + listed("models").map { "model:\($0)" }
        tags += listed("base_model").map { "base_model:\($0)" }
        tags += listed("license").map { "license:\($0)" }
        var seen: Set<String> = []
        return Array(
            tags.filter { !$0.isEmpty && $0.utf8.count <= 256 && seen.insert($0).inserted }.prefix(maximumTags))
    }
}

extension RepoCard {
    /// Reads the stored card of a repository.
    static func find(_ repo: Int64, in db: Database) throws -> RepoCard {
        var card = RepoCard()
        let statement = try db.cachedStatement(sql: "SELECT * FROM repo_card WHERE repo = ?")
        guard let row = try Row.fetchOne(statement, arguments: [repo]) else { return card }
        card.data = JSONValue(stored: row["data"])
        card.config = JSONValue(stored: row["config"])
        card.pipelineTag = row["pipeline_tag"]
        card.libraryName = row["library_name"]
        card.usedStorage = row["used_storage"]
        let tags = try db.cachedStatement(sql: "SELECT tag FROM repo_tag WHERE repo = ? ORDER BY position")
        card.tags = try String.fetchAll(tags, arguments: [repo])
        return card
    }

    /// Bytes of all files of a repository, in all its commits.
    static func usedStorage(of repo: Int64, in db: Database) throws -> Int64 {
        try Int64.fetchOne(db, sql: "SELECT used_storage FROM repo_card WHERE repo = ?", arguments: [repo]) ?? 0
    }

    /// Bytes of all files of all repositories of a namespace.
    static func usedStorage(ofNamespace namespace: String, in db: Database) throws -> Int64 {
        try Int64.fetchOne(
            db,
            sql: """
                SELECT coalesce(sum(used_storage), 0) FROM repo_card JOIN repo ON repo.id = repo_card.repo
                WHERE namespace = ?
                """, arguments: [namespace]) ?? 0
    }

    /// Makes the stored card of a repository again, from a commit that has become the head of `main`.
    static func refresh(at head: GitObjectID, in store: GitStore) throws {
        let db = store.db
        guard let repo = try Repo.find(id: store.repo, in: db), let commit = try store.commit(head) else { return }
        let card = try RepoCard(of: commit, type: repo.type, in: store)
        try db.execute(
            sql: """
                INSERT OR REPLACE INTO repo_card
                    (repo, head, data, config, pipeline_tag, library_name, used_storage)
                SELECT ?1, ?2, ?3, ?4, ?5, ?6, coalesce(sum(coalesce(content_size, size)), 0)
                FROM git_blob WHERE repo = ?1
                """,
            arguments: [
                store.repo, head, try card.data?.stored(), try card.config?.stored(), card.pipelineTag,
                card.libraryName,
            ])
        try db.execute(sql: "DELETE FROM repo_tag WHERE repo = ?", arguments: [store.repo])
        for (position, tag) in card.tags.enumerated() {
            try db.execute(
                sql: "INSERT INTO repo_tag (repo, tag, position) VALUES (?, ?, ?)",
                arguments: [store.repo, tag, position])
        }
    }

    /// Makes the cards that are missing, of repositories from before there were any.
    static func refreshMissing(in db: Database) throws {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT repo, target FROM git_ref
                WHERE name = 'refs/heads/main' AND repo NOT IN (SELECT repo FROM repo_card)
                """)
        for row in rows { try refresh(at: row["target"], in: GitStore(repo: row["repo"], db: db)) }
    }
}

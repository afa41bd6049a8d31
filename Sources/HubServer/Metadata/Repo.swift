import GRDB
import HubWire

/// A repository as the database knows it.
struct Repo: Sendable, Equatable {
    var id: Int64
    var type: RepoType
    var namespace: String
    var name: String
    var isPrivate: Bool
    var gating: Gating
    /// Switched off by who runs the hub: nothing of it is handed out or changed, whoever asks.
    var isDisabled: Bool
    /// The user who made it.
    var creator: String?
    /// What a space runs on.
    var sdk: String?
    var downloads: Int64
    /// Unix milliseconds.
    var createdAt: Int64
    /// Unix milliseconds.
    var modifiedAt: Int64

    /// `namespace/name`.
    var fullName: String { "\(namespace)/\(name)" }

    /// The path of the repository's pages: `namespace/name`, behind `datasets/` or `spaces/` where it is one.
    var urlPath: String { type.urlPrefix + fullName }

    /// The path of the repository's API routes.
    var apiPath: String { "api/\(type.plural)/\(fullName)" }

    init?(_ row: Row) {
        guard let type = RepoType(rawValue: row["type"]) else { return nil }
        id = row["id"]
        self.type = type
        namespace = row["namespace"]
        name = row["name"]
        isPrivate = row["is_private"]
        gating = Gating(column: row["gated"])
        isDisabled = row["is_disabled"]
        creator = row["creator"]
        sdk = row["sdk"]
        downloads = row["downloads"]
        createdAt = row["created_at"]
        modifiedAt = row["modified_at"]
    }

    static func find(_ type: RepoType, namespace: String, name: String, in db: Database) throws -> Repo? {
        let statement = try db.cachedStatement(sql: "SELECT * FROM repo WHERE type = ? AND namespace = ? AND name = ?")
        return try Row.fetchOne(statement, arguments: [type.rawValue, namespace, name]).flatMap(Repo.init)
    }

    static func find(id: Int64, in db: Database) throws -> Repo? {
        let statement = try db.cachedStatement(sql: "SELECT * FROM repo WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [id]).flatMap(Repo.init)
    }

    /// The repository that had this name before it was moved.
    static func find(formerly type: RepoType, namespace: String, name: String, in db: Database) throws -> Repo? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT repo.* FROM repo_alias JOIN repo ON repo.id = repo_alias.repo
                WHERE repo_alias.type = ? AND repo_alias.namespace = ? AND repo_alias.name = ?
                """)
        return try Row.fetchOne(statement, arguments: [type.rawValue, namespace, name]).flatMap(Repo.init)
    }
}

/// What a new repository is to be.
struct RepoDraft: Sendable {
    var type: RepoType
    var namespace: String
    var name: String
    var isPrivate = false
    var gating = Gating.open
    var sdk: String?
    var creator: String
    /// Unix milliseconds.
    var now: Int64
}

extension Repo {
    /// Adds a repository and its first commit on `main`; nil when one of that name exists.
    static func create(_ draft: RepoDraft, in db: Database) throws -> Repo? {
        guard let repo = try insert(draft, in: db) else { return nil }
        let store = GitStore(repo: repo.id, db: db)
        let attributes = GitBlob(regular: Array(GitAttributes.initialText.utf8))
        try store.insert(attributes)
        let tree = GitTree([GitTreeEntry(name: GitName(".gitattributes"), mode: .file, id: attributes.id)])
        try store.insert(tree)
        let commit = GitCommit(
            tree: tree.id, parent: nil, author: draft.creator, date: draft.now / 1000, summary: "initial commit")
        try store.insert(commit)
        try store.setRef("refs/heads/main", to: commit.id)
        return repo
    }

    /// Adds a repository without any commit; nil when one of that name exists.
    static func insert(_ draft: RepoDraft, in db: Database) throws -> Repo? {
        guard try find(draft.type, namespace: draft.namespace, name: draft.name, in: db) == nil else { return nil }
        // A new repository takes over a name that another one has left.
        try removeAlias(draft.type, namespace: draft.namespace, name: draft.name, in: db)
        try db.execute(
            sql: """
                INSERT INTO repo (type, namespace, name, is_private, gated, creator, sdk, created_at, modified_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                draft.type.rawValue, draft.namespace, draft.name, draft.isPrivate, draft.gating.column, draft.creator,
                draft.sdk, draft.now, draft.now,
            ])
        return try find(id: db.lastInsertedRowID, in: db)
    }

    /// Renames a repository, and keeps its old name as a way to it; false when the new name is taken.
    func move(namespace: String, name: String, in db: Database) throws -> Bool {
        guard try Repo.find(type, namespace: namespace, name: name, in: db) == nil else { return false }
        try Repo.removeAlias(type, namespace: namespace, name: name, in: db)
        try db.execute(
            sql: "UPDATE repo SET namespace = ?, name = ? WHERE id = ?", arguments: [namespace, name, id])
        try db.execute(
            sql: "INSERT OR REPLACE INTO repo_alias (type, namespace, name, repo) VALUES (?, ?, ?, ?)",
            arguments: [type.rawValue, self.namespace, self.name, id])
        return true
    }

    private static func removeAlias(_ type: RepoType, namespace: String, name: String, in db: Database) throws {
        try db.execute(
            sql: "DELETE FROM repo_alias WHERE type = ? AND namespace = ? AND name = ?",
            arguments: [type.rawValue, namespace, name])
    }

    /// Removes a repository with everything that only it has; contents that others share stay.
    func delete(in db: Database) throws {
        try UploadArea.removeAll(of: id, in: db)
        try db.execute(sql: "DELETE FROM repo WHERE id = ?", arguments: [id])
    }

    /// Stores changed settings.
    func update(isPrivate: Bool, gating: Gating, in db: Database) throws {
        try db.execute(
            sql: "UPDATE repo SET is_private = ?, gated = ? WHERE id = ?", arguments: [isPrivate, gating.column, id])
    }

    /// Switches a repository off or on again.
    func setDisabled(_ isDisabled: Bool, in db: Database) throws {
        try db.execute(sql: "UPDATE repo SET is_disabled = ? WHERE id = ?", arguments: [isDisabled, id])
    }

    static func touch(_ repo: Int64, at milliseconds: Int64, in db: Database) throws {
        try db.execute(sql: "UPDATE repo SET modified_at = ? WHERE id = ?", arguments: [milliseconds, repo])
    }
}

extension Gating {
    /// As the database writes it: null, `auto` or `manual`.
    fileprivate var column: String? {
        switch self {
        case .open: nil
        case .auto: "auto"
        case .manual: "manual"
        }
    }

    fileprivate init(column: String?) {
        switch column {
        case nil: self = .open
        case "auto": self = .auto
        // A word that this version does not know must not open what somebody has closed.
        default: self = .manual
        }
    }
}

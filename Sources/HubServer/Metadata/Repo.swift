import GRDB
import HubWire

/// A repository as the database knows it.
struct Repo: Sendable, Equatable {
    var id: Int64
    var type: RepoType
    var namespace: String
    var name: String
    var isPrivate: Bool
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

    private init(_ row: Row, type: RepoType) {
        id = row["id"]
        self.type = type
        namespace = row["namespace"]
        name = row["name"]
        isPrivate = row["is_private"]
        createdAt = row["created_at"]
        modifiedAt = row["modified_at"]
    }

    static func find(_ type: RepoType, namespace: String, name: String, in db: Database) throws -> Repo? {
        let statement = try db.cachedStatement(sql: "SELECT * FROM repo WHERE type = ? AND namespace = ? AND name = ?")
        return try Row.fetchOne(statement, arguments: [type.rawValue, namespace, name]).map { Repo($0, type: type) }
    }

    /// Adds a repository and its first commit on `main`; nil when one of that name exists.
    static func create(
        _ type: RepoType, namespace: String, name: String, isPrivate: Bool, author: String, at milliseconds: Int64,
        in db: Database
    ) throws -> Repo? {
        guard try find(type, namespace: namespace, name: name, in: db) == nil else { return nil }
        try db.execute(
            sql: """
                INSERT INTO repo (type, namespace, name, is_private, created_at, modified_at) VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [type.rawValue, namespace, name, isPrivate, milliseconds, milliseconds])
        let store = GitStore(repo: db.lastInsertedRowID, db: db)
        let attributes = GitBlob(regular: Array(GitAttributes.initialText.utf8))
        try store.insert(attributes)
        let tree = GitTree([GitTreeEntry(name: GitName(".gitattributes"), mode: .file, id: attributes.id)])
        try store.insert(tree)
        let commit = GitCommit(
            tree: tree.id, parent: nil, author: author, date: milliseconds / 1000, summary: "initial commit")
        try store.insert(commit)
        try store.setRef("refs/heads/main", to: commit.id)
        return try find(type, namespace: namespace, name: name, in: db)
    }

    static func touch(_ repo: Int64, at milliseconds: Int64, in db: Database) throws {
        try db.execute(sql: "UPDATE repo SET modified_at = ? WHERE id = ?", arguments: [milliseconds, repo])
    }
}

import GRDB
import HubWire

/// A search for repositories among those that a caller may see (hub-api §1.6).
struct CatalogueQuery: Sendable {
    enum Sort: String, Sendable {
        case lastModified, createdAt, downloads

        fileprivate var column: SQL {
            switch self {
            case .lastModified: "repo.modified_at"
            case .createdAt: "repo.created_at"
            case .downloads: "repo.downloads"
            }
        }
    }

    /// Where a page ends: the last entry's sort key and id.
    struct Cursor: Sendable, LosslessStringConvertible {
        var key: Int64
        var id: Int64

        init(key: Int64, id: Int64) {
            self.key = key
            self.id = id
        }

        init?(_ text: String) {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, let key = Int64(parts[0]), let id = Int64(parts[1]) else { return nil }
            self.init(key: key, id: id)
        }

        var description: String { "\(key).\(id)" }
    }

    /// Nil for repositories of all types.
    var type: RepoType?
    var caller: Caller
    var namespace: String?
    /// Words that must all stand somewhere in the full name, in any case.
    var search: [String] = []
    /// Tags that a repository must all have.
    var tags: [String] = []
    var pipelineTag: String?
    var isGated: Bool?
    var sort = Sort.lastModified
    var isAscending = false

    init(type: RepoType?, caller: Caller, namespace: String? = nil) {
        self.type = type
        self.caller = caller
        self.namespace = namespace
    }

    func count(in db: Database) throws -> Int {
        let (sql, arguments) = try (SQL("SELECT count(*) FROM repo WHERE ") + condition).build(db)
        return try Int.fetchOne(db, sql: sql, arguments: arguments) ?? 0
    }

    /// At most `limit` repositories, and where the next page starts when there are more.
    func page(after cursor: Cursor?, limit: Int, in db: Database) throws -> (repos: [Repo], next: Cursor?) {
        var condition = condition
        if let cursor {
            let past: SQL = isAscending ? ">" : "<"
            condition += " AND (\(sort.column), repo.id) \(past) (\(cursor.key), \(cursor.id))"
        }
        let order: SQL = isAscending ? "ASC" : "DESC"
        let (sql, arguments) = try
            (SQL(
                "SELECT repo.*, \(sort.column) AS sort_key FROM repo WHERE \(condition) ")
            + "ORDER BY \(sort.column) \(order), repo.id \(order) LIMIT \(limit + 1)").build(db)
        let rows = try Row.fetchAll(db, sql: sql, arguments: arguments)
        let kept = rows.prefix(limit)
        let next = rows.count > limit ? kept.last.map { Cursor(key: $0["sort_key"], id: $0["id"]) } : nil
        return (kept.compactMap(Repo.init), next)
    }

    private var condition: SQL {
        var parts: [SQL] = [Self.visible(to: caller), "repo.is_disabled = 0"]
        parts.append(type.map { SQL("repo.type = \($0.rawValue)") } ?? "repo.type <> \(UploadArea.type)")
        if let namespace { parts.append("repo.namespace = \(namespace)") }
        for word in search {
            parts.append("instr(lower(repo.namespace || '/' || repo.name), \(word.lowercased())) > 0")
        }
        for tag in tags {
            parts.append("EXISTS (SELECT 1 FROM repo_tag WHERE repo_tag.repo = repo.id AND repo_tag.tag = \(tag))")
        }
        if let pipelineTag {
            parts.append(
                """
                EXISTS (SELECT 1 FROM repo_card WHERE repo_card.repo = repo.id AND repo_card.pipeline_tag = \
                \(pipelineTag))
                """)
        }
        if let isGated { parts.append(isGated ? "repo.gated IS NOT NULL" : "repo.gated IS NULL") }
        return parts.map { SQL("(\($0))") }.joined(separator: " AND ")
    }

    /// A condition on `repo`: public repositories, and the private ones that a caller's standing and token reach.
    static func visible(to caller: Caller) -> SQL {
        let open: SQL = "repo.is_private = 0"
        guard let user = caller.user else { return open }
        if user.role == .admin { return "1" }
        let own = [user.name] + user.memberships.keys
        guard user.role == .fineGrained else { return "\(open) OR repo.namespace IN \(own)" }
        var parts = [open]
        for grant in user.grants {
            switch grant.target {
            case .namespace(let name): parts.append("repo.namespace = \(name) AND repo.namespace IN \(own)")
            case .repo(let type, let namespace, let name):
                parts.append(
                    """
                    repo.type = \(type.rawValue) AND repo.namespace = \(namespace) AND repo.name = \(name) \
                    AND repo.namespace IN \(own)
                    """)
            }
        }
        return parts.map { SQL("(\($0))") }.joined(separator: " OR ")
    }
}

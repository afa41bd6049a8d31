import GRDB
import HubWire

/// Repositories that a viewer may see, newest first.
struct RepoShelf: Sendable {
    var caller: Caller
    /// Nil for all types.
    var type: RepoType?
    var namespace: String?
    /// Words that must all stand in the full name, in any case.
    var search = ""

    private static let maximumWords = 8

    func count(in db: Database) throws -> Int {
        let (sql, arguments) = try (SQL("SELECT count(*) FROM repo WHERE ") + condition).build(db)
        return try Int.fetchOne(db, sql: sql, arguments: arguments) ?? 0
    }

    func page(_ number: Int, size: Int, in db: Database) throws -> [Repo] {
        let (sql, arguments) = try
            (SQL("SELECT type, namespace, name FROM repo WHERE ") + condition
            + "ORDER BY modified_at DESC, id DESC LIMIT \(size) OFFSET \(number * size)").build(db)
        return try Row.fetchAll(db, sql: sql, arguments: arguments).compactMap { row in
            try RepoType(rawValue: row["type"]).flatMap {
                try Repo.find($0, namespace: row["namespace"], name: row["name"], in: db)
            }
        }.filter(caller.canRead)
    }

    private var condition: SQL {
        var parts: [SQL] = [CatalogueQuery.visible(to: caller)]
        parts.append(type.map { SQL("type = \($0.rawValue)") } ?? "type <> \(UploadArea.type)")
        if let namespace { parts.append("namespace = \(namespace)") }
        for word in search.split(whereSeparator: \.isWhitespace).prefix(Self.maximumWords) {
            parts.append("instr(lower(namespace || '/' || name), \(word.lowercased())) > 0")
        }
        return parts.map { (part: SQL) -> SQL in "(\(part))" }.joined(separator: " AND ")
    }
}

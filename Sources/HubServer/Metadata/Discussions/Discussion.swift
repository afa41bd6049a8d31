import GRDB
import HubWire

/// A discussion or a pull request of a repository.
struct Discussion: Sendable, Equatable {
    enum Status: String, Sendable {
        /// A pull request that its author still works on.
        case draft
        case open, closed, merged
    }

    /// What only a pull request has.
    struct PullRequest: Sendable, Equatable {
        /// The full name of the branch that it goes to.
        var base: String
        /// The commit of that branch that it started from.
        var baseCommit: GitObjectID
        /// The commit that it became.
        var mergeCommit: GitObjectID?
    }

    var repo: Int64
    var number: Int64
    var title: String
    var author: String
    var status: Status
    var pullRequest: PullRequest?
    /// Unix milliseconds.
    var createdAt: Int64

    /// The ref that holds the head of pull request `number`.
    var ref: String { "refs/pr/\(number)" }

    /// Whether it can still change.
    var isOpen: Bool { status == .open || status == .draft }

    /// The number of the pull request that a ref belongs to.
    static func number(ofRef ref: String) -> Int64? {
        ref.hasPrefix("refs/pr/") ? Int64(ref.dropFirst("refs/pr/".count)) : nil
    }

    fileprivate init?(_ row: Row) {
        guard let status = Status(rawValue: row["status"]) else { return nil }
        self.status = status
        repo = row["repo"]
        number = row["number"]
        title = row["title"]
        author = row["author"]
        createdAt = row["created_at"]
        if row["is_pull_request"], let base = row["base"] as String?, let commit = row["base_commit"] as GitObjectID? {
            pullRequest = PullRequest(base: base, baseCommit: commit, mergeCommit: row["merge_commit"])
        }
    }
}

/// Something that happened in a discussion.
struct DiscussionEvent: Sendable {
    var id: Int64
    var author: String
    /// Unix milliseconds.
    var createdAt: Int64
    /// The Hub's JSON of the event: its `type` and `data`.
    var content: JSONValue
}

extension Discussion {
    /// Which discussions a list is to have.
    struct Filter: Sendable {
        var isPullRequest: Bool?
        var isOpen: Bool?
        var author: String?
    }

    /// Opens a discussion; with `pullRequest`, a ref of its own starts at that commit.
    static func open(
        repo: Int64, title: String, author: String, status: Status, pullRequest: PullRequest?, at milliseconds: Int64,
        in db: Database
    ) throws -> Discussion {
        let last = try Int64.fetchOne(db, sql: "SELECT max(number) FROM discussion WHERE repo = ?", arguments: [repo])
        let number = (last ?? 0) + 1
        try db.execute(
            sql: """
                INSERT INTO discussion
                    (repo, number, title, author, status, is_pull_request, base, base_commit, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                repo, number, title, author, status.rawValue, pullRequest != nil, pullRequest?.base,
                pullRequest?.baseCommit, milliseconds,
            ])
        guard let made = try find(number, repo: repo, in: db) else {
            throw DatabaseError(message: "a discussion vanished while it was opened")
        }
        if let pullRequest { try GitStore(repo: repo, db: db).setRef(made.ref, to: pullRequest.baseCommit) }
        return made
    }

    static func find(_ number: Int64, repo: Int64, in db: Database) throws -> Discussion? {
        try Row.fetchOne(
            db, sql: "SELECT * FROM discussion WHERE repo = ? AND number = ?", arguments: [repo, number]
        ).flatMap(Discussion.init)
    }

    /// Newest first, with the number of all that match.
    static func list(_ filter: Filter, repo: Int64, skipping: Int, limit: Int, in db: Database) throws
        -> (page: [Discussion], count: Int)
    {
        var parts: [SQL] = ["repo = \(repo)"]
        if let isPullRequest = filter.isPullRequest { parts.append("is_pull_request = \(isPullRequest)") }
        if let isOpen = filter.isOpen {
            parts.append(isOpen ? "status IN ('open', 'draft')" : "status IN ('closed', 'merged')")
        }
        if let author = filter.author { parts.append("author = \(author)") }
        let condition = parts.joined(separator: " AND ")
        let (sql, arguments) = try SQL(
            "SELECT * FROM discussion WHERE \(condition) ORDER BY number DESC LIMIT \(limit) OFFSET \(skipping)"
        )
        .build(db)
        let (countSQL, countArguments) = try SQL("SELECT count(*) FROM discussion WHERE \(condition)").build(db)
        return (
            try Row.fetchAll(db, sql: sql, arguments: arguments).compactMap(Discussion.init),
            try Int.fetchOne(db, sql: countSQL, arguments: countArguments) ?? 0
        )
    }

    func setStatus(_ status: Status, mergeCommit: GitObjectID? = nil, in db: Database) throws {
        try db.execute(
            sql: "UPDATE discussion SET status = ?, merge_commit = ? WHERE repo = ? AND number = ?",
            arguments: [status.rawValue, mergeCommit, repo, number])
    }

    func setTitle(_ title: String, in db: Database) throws {
        try db.execute(
            sql: "UPDATE discussion SET title = ? WHERE repo = ? AND number = ?", arguments: [title, repo, number])
    }

    // MARK: Events

    /// Refuses more text in a discussion that holds too much already: everybody who opens it reads all of it.
    func requireRoom(in db: Database) throws {
        let sql = "SELECT coalesce(sum(length(content)), 0) FROM discussion_event WHERE repo = ? AND number = ?"
        let size = try Int64.fetchOne(db, sql: sql, arguments: [repo, number]) ?? 0
        guard size < 32 << 20 else { throw HubFailure.tooLarge("This discussion is full; open another") }
    }

    func addEvent(_ content: JSONValue, by author: String, at milliseconds: Int64, in db: Database) throws
        -> DiscussionEvent
    {
        try db.execute(
            sql: "INSERT INTO discussion_event (repo, number, author, created_at, content) VALUES (?, ?, ?, ?, ?)",
            arguments: [repo, number, author, milliseconds, content.stored()])
        return DiscussionEvent(
            id: db.lastInsertedRowID, author: author, createdAt: milliseconds, content: content)
    }

    func events(in db: Database) throws -> [DiscussionEvent] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM discussion_event WHERE repo = ? AND number = ? ORDER BY id",
            arguments: [repo, number]
        ).compactMap(DiscussionEvent.init)
    }

    func event(_ id: Int64, in db: Database) throws -> DiscussionEvent? {
        try Row.fetchOne(
            db, sql: "SELECT * FROM discussion_event WHERE repo = ? AND number = ? AND id = ?",
            arguments: [repo, number, id]
        ).flatMap(DiscussionEvent.init)
    }
}

extension DiscussionEvent {
    fileprivate init?(_ row: Row) {
        guard let content = JSONValue(stored: row["content"]) else { return nil }
        self.init(id: row["id"], author: row["author"], createdAt: row["created_at"], content: content)
    }

    func store(in db: Database) throws {
        try db.execute(
            sql: "UPDATE discussion_event SET content = ? WHERE id = ?", arguments: [content.stored(), id])
    }

    static func comment(_ text: String, by author: String, at milliseconds: Int64) -> JSONValue {
        [
            "type": "comment",
            "data": [
                "latest": latest(text, by: author, at: milliseconds), "history": [], "edited": false, "hidden": false,
                "numEdits": 0,
            ],
        ]
    }

    /// The newest version of a comment. It is shown as it was written: a hub renders nobody's HTML.
    private static func latest(_ text: String, by author: String, at milliseconds: Int64) -> JSONValue {
        [
            "raw": .string(text), "html": .string(HTMLText.escaped(text)),
            "updatedAt": .string(HubDate.text(milliseconds: milliseconds)), "author": ["name": .string(author)],
        ]
    }

    static func status(_ status: Discussion.Status) -> JSONValue {
        ["type": "status-change", "data": ["status": .string(status.rawValue)]]
    }

    static func commit(_ id: GitObjectID, subject: String) -> JSONValue {
        ["type": "commit", "data": ["subject": .string(subject), "oid": .string("\(id)")]]
    }

    static func title(from old: String, to new: String) -> JSONValue {
        ["type": "title-change", "data": ["from": .string(old), "to": .string(new)]]
    }

    /// The comment with another text, and its former one in its history.
    func edited(_ text: String, by author: String, at milliseconds: Int64) -> DiscussionEvent {
        changed { data in
            if case .array(let history)? = data["history"], let latest = data["latest"] {
                data["history"] = .array(Array(([latest] + history).prefix(20)))
                data["numEdits"] = .integer(Int64(history.count + 1))
            }
            data["latest"] = Self.latest(text, by: author, at: milliseconds)
            data["edited"] = true
        }
    }

    /// The comment without its text, for good.
    func hidden(by author: String, at milliseconds: Int64) -> DiscussionEvent {
        changed { data in
            data["latest"] = Self.latest("This comment has been hidden", by: author, at: milliseconds)
            data["history"] = []
            data["hidden"] = true
            data["hiddenBy"] = .string(author)
        }
    }

    private func changed(_ change: (inout [String: JSONValue]) -> Void) -> DiscussionEvent {
        guard case .object(var members) = content, case .object(var data)? = members["data"] else { return self }
        change(&data)
        members["data"] = .object(data)
        var event = self
        event.content = .object(members)
        return event
    }

    /// The whole event in the Hub's JSON.
    var json: JSONValue {
        guard case .object(var members) = content else { return content }
        members["id"] = .string(String(id, radix: 16))
        members["createdAt"] = .string(HubDate.text(milliseconds: createdAt))
        members["author"] = ["name": .string(author), "fullname": .string(author), "type": "user", "avatarUrl": ""]
        return .object(members)
    }
}

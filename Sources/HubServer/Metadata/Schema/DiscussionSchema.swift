import GRDB

/// The tables of discussions and pull requests. The head of pull request N is the ref `refs/pr/N`.
enum DiscussionSchema {
    static func register(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("discussions-1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE discussion (
                        repo INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
                        number INTEGER NOT NULL,
                        title TEXT NOT NULL,
                        author TEXT NOT NULL,
                        -- 'draft', 'open', 'closed' or 'merged'
                        status TEXT NOT NULL,
                        is_pull_request INTEGER NOT NULL,
                        -- The full name of the branch a pull request goes to, and the commit of it that it started from.
                        base TEXT,
                        base_commit BLOB,
                        merge_commit BLOB,
                        created_at INTEGER NOT NULL,
                        PRIMARY KEY (repo, number)
                    ) WITHOUT ROWID;

                    CREATE TABLE discussion_event (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        repo INTEGER NOT NULL,
                        number INTEGER NOT NULL,
                        author TEXT NOT NULL,
                        created_at INTEGER NOT NULL,
                        -- JSON: the kind of event and what belongs to it.
                        content TEXT NOT NULL,
                        FOREIGN KEY (repo, number) REFERENCES discussion (repo, number) ON DELETE CASCADE
                    );
                    CREATE INDEX discussion_event_by_discussion ON discussion_event (repo, number);
                    """)
        }
    }
}

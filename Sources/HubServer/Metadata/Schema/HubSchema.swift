import GRDB

/// The tables of users, repositories and git objects.
enum HubSchema {
    static func register(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("hub-1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE access_token (
                        hash BLOB PRIMARY KEY NOT NULL,
                        user TEXT NOT NULL,
                        role TEXT NOT NULL,
                        created_at INTEGER NOT NULL
                    ) WITHOUT ROWID;

                    CREATE TABLE repo (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        type TEXT NOT NULL,
                        namespace TEXT NOT NULL,
                        name TEXT NOT NULL,
                        is_private INTEGER NOT NULL,
                        created_at INTEGER NOT NULL,
                        modified_at INTEGER NOT NULL,
                        UNIQUE (type, namespace, name)
                    );

                    CREATE TABLE git_ref (
                        repo INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
                        name TEXT NOT NULL,
                        target BLOB NOT NULL,
                        PRIMARY KEY (repo, name)
                    ) WITHOUT ROWID;

                    CREATE TABLE git_commit (
                        repo INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
                        id BLOB NOT NULL,
                        tree BLOB NOT NULL,
                        parent BLOB,
                        author TEXT NOT NULL,
                        date INTEGER NOT NULL,
                        title TEXT NOT NULL,
                        message TEXT NOT NULL,
                        PRIMARY KEY (repo, id)
                    ) WITHOUT ROWID;

                    CREATE TABLE git_tree (
                        repo INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
                        id BLOB NOT NULL,
                        content BLOB NOT NULL,
                        UNIQUE (repo, id)
                    );

                    -- A regular file has its content here. A large file has the text of its pointer here, and what it
                    -- points at beside it.
                    CREATE TABLE git_blob (
                        repo INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
                        id BLOB NOT NULL,
                        size INTEGER NOT NULL,
                        sha256 BLOB,
                        file_hash BLOB,
                        content_size INTEGER,
                        content BLOB NOT NULL,
                        UNIQUE (repo, id)
                    );
                    CREATE INDEX git_blob_sha256 ON git_blob (repo, sha256) WHERE sha256 IS NOT NULL;
                    """)
        }
    }
}

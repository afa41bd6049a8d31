import GRDB

/// What a repository has beside its git objects: settings, former names, its card, who may read it when it is gated.
enum RepoSchema {
    static func register(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("repos-1") { db in
            try db.execute(
                sql: """
                    -- Null, 'auto' or 'manual'.
                    ALTER TABLE repo ADD COLUMN gated TEXT;
                    ALTER TABLE repo ADD COLUMN creator TEXT;
                    ALTER TABLE repo ADD COLUMN sdk TEXT;
                    ALTER TABLE repo ADD COLUMN downloads INTEGER NOT NULL DEFAULT 0;

                    -- Names that a repository had before it was moved.
                    CREATE TABLE repo_alias (
                        type TEXT NOT NULL,
                        namespace TEXT NOT NULL,
                        name TEXT NOT NULL,
                        repo INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
                        PRIMARY KEY (type, namespace, name)
                    ) WITHOUT ROWID;
                    CREATE INDEX repo_alias_by_repo ON repo_alias (repo);

                    -- What the files on `main` say about the repository; made again when that branch moves.
                    CREATE TABLE repo_card (
                        repo INTEGER PRIMARY KEY REFERENCES repo (id) ON DELETE CASCADE,
                        head BLOB NOT NULL,
                        -- JSON of the README's front matter, and of what is kept of config.json.
                        data TEXT,
                        config TEXT,
                        pipeline_tag TEXT,
                        library_name TEXT,
                        used_storage INTEGER NOT NULL
                    );
                    CREATE TABLE repo_tag (
                        repo INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
                        tag TEXT NOT NULL,
                        position INTEGER NOT NULL,
                        PRIMARY KEY (repo, tag)
                    ) WITHOUT ROWID;
                    CREATE INDEX repo_tag_by_tag ON repo_tag (tag);

                    CREATE TABLE access_request (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        repo INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
                        user TEXT NOT NULL,
                        -- 'pending', 'accepted' or 'rejected'
                        status TEXT NOT NULL,
                        reason TEXT,
                        granted_by TEXT,
                        created_at INTEGER NOT NULL,
                        UNIQUE (repo, user)
                    );

                    -- Unix seconds.
                    ALTER TABLE git_blob ADD COLUMN added_at INTEGER;
                    """)
        }
        migrator.registerMigration("tags-1") { db in
            try db.execute(
                sql: """
                    -- Of annotated tags alone; the time in unix seconds.
                    ALTER TABLE git_ref ADD COLUMN message TEXT;
                    ALTER TABLE git_ref ADD COLUMN tagger TEXT;
                    ALTER TABLE git_ref ADD COLUMN tagged_at INTEGER;
                    """)
        }
        migrator.registerMigration("blobs-3") { db in
            try db.execute(
                sql: "CREATE INDEX git_blob_file_hash ON git_blob (repo, file_hash) WHERE file_hash IS NOT NULL")
        }
        migrator.registerMigration("repos-2") { db in
            try db.execute(sql: "ALTER TABLE repo ADD COLUMN is_disabled INTEGER NOT NULL DEFAULT 0")
        }
    }
}

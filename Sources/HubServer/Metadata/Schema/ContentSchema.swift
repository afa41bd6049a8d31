import GRDB

/// The tables that say which contents exist and which repository may know of them.
enum ContentSchema {
    static func register(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("content-1") { database in
            try database.execute(
                sql: """
                    CREATE TABLE xorb (
                        id INTEGER PRIMARY KEY,
                        hash BLOB NOT NULL UNIQUE,
                        body_length INTEGER NOT NULL,
                        unpacked_length INTEGER NOT NULL,
                        chunk_count INTEGER NOT NULL
                    );
                    CREATE TABLE file (
                        id INTEGER PRIMARY KEY,
                        hash BLOB NOT NULL UNIQUE,
                        size INTEGER NOT NULL,
                        chunk_count INTEGER NOT NULL,
                        recipe BLOB NOT NULL
                    );
                    CREATE TABLE repo_file (
                        repo INTEGER NOT NULL REFERENCES repo(id) ON DELETE CASCADE,
                        file INTEGER NOT NULL REFERENCES file(id),
                        PRIMARY KEY (repo, file)
                    ) WITHOUT ROWID;
                    CREATE TABLE repo_xorb (
                        repo INTEGER NOT NULL REFERENCES repo(id) ON DELETE CASCADE,
                        xorb INTEGER NOT NULL REFERENCES xorb(id),
                        PRIMARY KEY (repo, xorb)
                    ) WITHOUT ROWID;
                    -- A SHA-256 is the uploader's word, so it holds only in the repository it was given for.
                    CREATE TABLE repo_sha256 (
                        repo INTEGER NOT NULL REFERENCES repo(id) ON DELETE CASCADE,
                        sha256 BLOB NOT NULL,
                        file INTEGER NOT NULL REFERENCES file(id),
                        PRIMARY KEY (repo, sha256)
                    ) WITHOUT ROWID;
                    CREATE INDEX repo_sha256_by_sha256 ON repo_sha256 (sha256);
                    CREATE INDEX repo_file_by_file ON repo_file (file);
                    CREATE INDEX repo_xorb_by_xorb ON repo_xorb (xorb);
                    """)
        }
    }
}

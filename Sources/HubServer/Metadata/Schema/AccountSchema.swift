import GRDB

/// The tables of users, organisations and who belongs to which; and what a token may be limited to.
enum AccountSchema {
    static func register(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("accounts-1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE account (
                        name TEXT PRIMARY KEY NOT NULL,
                        -- Names that differ in case alone would be taken for one another.
                        folded TEXT NOT NULL UNIQUE,
                        -- 'user' or 'org'
                        kind TEXT NOT NULL,
                        fullname TEXT,
                        email TEXT,
                        created_at INTEGER NOT NULL
                    ) WITHOUT ROWID;
                    INSERT OR IGNORE INTO account (name, folded, kind, created_at)
                        SELECT user, lower(user), 'user', min(created_at) FROM access_token GROUP BY user;
                    INSERT OR IGNORE INTO account (name, folded, kind, created_at)
                        SELECT namespace, lower(namespace), 'org', min(created_at) / 1000 FROM repo GROUP BY namespace;

                    CREATE TABLE membership (
                        org TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
                        user TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
                        role TEXT NOT NULL,
                        PRIMARY KEY (user, org)
                    ) WITHOUT ROWID;
                    CREATE INDEX membership_by_org ON membership (org);

                    ALTER TABLE access_token ADD COLUMN name TEXT;
                    -- Unix seconds; none is for ever.
                    ALTER TABLE access_token ADD COLUMN expires_at INTEGER;
                    -- JSON: what a fine-grained token is limited to.
                    ALTER TABLE access_token ADD COLUMN grants TEXT;
                    CREATE INDEX access_token_by_user ON access_token (user);
                    """)
        }
    }
}

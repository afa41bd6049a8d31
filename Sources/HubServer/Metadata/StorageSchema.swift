import Foundation
import GRDB
import Xet

/// What is needed to store objects under keys of their own and to lose them safely (scale-out §4.2).
enum StorageSchema {
    static func register(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("storage-1") { database in
            try database.execute(
                sql: """
                    -- state: 0 live, 1 condemned. is_bad: the object was found damaged or missing.
                    ALTER TABLE xorb ADD COLUMN key TEXT;
                    ALTER TABLE xorb ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE xorb ADD COLUMN touched_at INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE xorb ADD COLUMN condemned_at INTEGER;
                    ALTER TABLE xorb ADD COLUMN is_bad INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE xorb ADD COLUMN is_indexed INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE file ADD COLUMN touched_at INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE repo_file ADD COLUMN touched_at INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE repo_xorb ADD COLUMN touched_at INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE git_commit ADD COLUMN unreachable_since INTEGER;

                    -- Trees and blobs that were stored of late, maybe for a commit that is still to come.
                    CREATE TABLE git_touch (
                        repo INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
                        id BLOB NOT NULL,
                        touched_at INTEGER NOT NULL,
                        PRIMARY KEY (repo, id)
                    ) WITHOUT ROWID;

                    -- Which xorbs a file is made of: the only thing that keeps a xorb alive.
                    CREATE TABLE file_xorb (
                        file INTEGER NOT NULL REFERENCES file(id),
                        xorb INTEGER NOT NULL REFERENCES xorb(id),
                        PRIMARY KEY (file, xorb)
                    ) WITHOUT ROWID;
                    CREATE INDEX file_xorb_by_xorb ON file_xorb (xorb);

                    -- Written before an object gets its name, so that each object can be found.
                    CREATE TABLE upload (
                        key TEXT PRIMARY KEY NOT NULL,
                        lease_until INTEGER NOT NULL
                    ) WITHOUT ROWID;

                    -- Objects to delete. A key that is here is never a row's again.
                    CREATE TABLE trash (
                        key TEXT PRIMARY KEY NOT NULL,
                        not_before INTEGER NOT NULL
                    ) WITHOUT ROWID;

                    -- Who sent a xorb may build on it, also when no repository has it any more.
                    CREATE TABLE xorb_sender (
                        xorb INTEGER NOT NULL REFERENCES xorb(id),
                        user TEXT NOT NULL,
                        PRIMARY KEY (xorb, user)
                    ) WITHOUT ROWID;

                    -- Chunks that may be asked for: the first word of the hash, and where such a chunk is.
                    CREATE TABLE chunk_index (
                        word INTEGER NOT NULL,
                        xorb INTEGER NOT NULL REFERENCES xorb(id),
                        position INTEGER NOT NULL,
                        PRIMARY KEY (word, xorb, position)
                    ) WITHOUT ROWID;
                    CREATE INDEX chunk_index_by_xorb ON chunk_index (xorb);

                    -- Where long work has got to.
                    CREATE TABLE bookmark (
                        name TEXT PRIMARY KEY NOT NULL,
                        value INTEGER NOT NULL
                    ) WITHOUT ROWID;

                    CREATE INDEX git_blob_file ON git_blob (repo, file_hash) WHERE file_hash IS NOT NULL;
                    CREATE INDEX repo_sha256_by_file ON repo_sha256 (file);
                    """)
            try keepWhatIsStored(in: database)
            try database.execute(sql: "CREATE UNIQUE INDEX xorb_key ON xorb (key)")
        }
    }

    /// Objects of before keep their names, which are those of unkeyed objects; everything counts as touched now.
    private static func keepWhatIsStored(in database: Database) throws {
        let now = Int64(Date().timeIntervalSince1970)
        for table in ["xorb", "file", "repo_file", "repo_xorb"] {
            try database.execute(sql: "UPDATE \(table) SET touched_at = ?", arguments: [now])
        }
        let xorbs = try Row.fetchCursor(database, sql: "SELECT id, hash FROM xorb")
        let name = try database.makeStatement(sql: "UPDATE xorb SET key = ? WHERE id = ?")
        while let row = try xorbs.next() {
            let id: Int64 = row["id"]
            try name.execute(arguments: [ObjectKey.unkeyed(XorbHash(column: row["hash"])), id])
        }
        let files = try Row.fetchCursor(database, sql: "SELECT id, recipe FROM file")
        let edge = try database.makeStatement(
            sql: "INSERT INTO file_xorb (file, xorb) SELECT ?, id FROM xorb WHERE hash = ?")
        while let row = try files.next() {
            let id: Int64 = row["id"]
            for xorb in Set(try FileRecipe(decoding: row["recipe"]).segments.map(\.xorb)) {
                try edge.execute(arguments: [id, Data(xorb.bytes)])
            }
        }
    }
}

import GRDB

/// What the headers of weight files say, by content: it is read once, whichever repositories have the file.
enum WeightSchema {
    static func register(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("weights-1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE weight_summary (
                        file_hash BLOB PRIMARY KEY NOT NULL,
                        -- JSON: numbers of parameters by type; empty for a file that is not what its name says.
                        parameters TEXT NOT NULL
                    ) WITHOUT ROWID;
                    """)
        }
    }
}

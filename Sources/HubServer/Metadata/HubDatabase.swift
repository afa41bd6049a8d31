package import GRDB

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The hub's metadata: SQLite in WAL mode, where a finished write has reached the disk.
package struct HubDatabase: Sendable {
    package let pool: DatabasePool

    /// Opens `DATA/hub.sqlite` and brings its schema up to date.
    ///
    /// - Throws: ``HubServerError`` when the file cannot be opened or a newer version of Shoal wrote it.
    package init(dataDirectory: String) throws(HubServerError) {
        let path = dataDirectory + "/hub.sqlite"
        do {
            var configuration = Configuration()
            // `hub token add` writes from another process while the server runs.
            configuration.busyMode = .timeout(10)
            pool = try DatabasePool(path: path, configuration: configuration)
            // The pool itself lowers this to NORMAL when it opens, which may lose the last commits at a power cut.
            // All writes go through its one writing connection.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            let migrator = Self.migrations
            let isNewer = try pool.read { try migrator.hasBeenSuperseded($0) }
            guard !isNewer else {
                throw HubServerError(
                    code: .newerSchema, message: "\(dataDirectory) was written by a newer version of Shoal",
                    hint: "update Shoal, or choose another folder with --data")
            }
            try migrator.migrate(pool)
            try pool.write { db in try RepoCard.refreshMissing(in: db) }
        } catch let error as HubServerError {
            throw error
        } catch {
            throw HubServerError(
                code: .dataDirectory, message: "cannot open the database \(path): \(error)",
                hint: "check that the folder given with --data is writable and holds a hub's data")
        }
    }

    /// Opens the database of a folder that must hold one.
    ///
    /// - Throws: ``HubServerError`` also when there is none.
    package init(existingIn dataDirectory: String) throws(HubServerError) {
        let path = dataDirectory + "/hub.sqlite"
        guard access(path, F_OK) == 0 else {
            throw HubServerError(
                code: .dataDirectory, message: "\(dataDirectory) holds no hub: \(path) is missing",
                hint: "check the folder given with --data")
        }
        try self.init(dataDirectory: dataDirectory)
    }

    /// All steps of the schema, oldest first.
    package static var migrations: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        HubSchema.register(in: &migrator)
        ContentSchema.register(in: &migrator)
        AccountSchema.register(in: &migrator)
        RepoSchema.register(in: &migrator)
        DiscussionSchema.register(in: &migrator)
        StorageSchema.register(in: &migrator)
        WeightSchema.register(in: &migrator)
        return migrator
    }

    /// Moves what is pending into the main file and closes it.
    package func close() throws {
        // The pool's readers close last, and a reader moves nothing. Where this fails, say because another process is
        // reading, the journal stays beside the file and nothing is lost.
        _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        try pool.close()
    }
}

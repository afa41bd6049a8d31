import GRDB
import Xet

/// Files of one repository that are made of the same xorbs.
extension ContentTables {
    /// Other files of the repository that share a xorb with this one, each with a blob that stands for it.
    static func files(
        sharingXorbsWith file: Int64, repo: Int64, limit: Int, in database: Database
    ) throws -> [(file: ContentFile, blob: GitObjectID)] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT f.id, f.hash, f.size, f.chunk_count, f.recipe,
                        (SELECT id FROM git_blob WHERE repo = ?2 AND file_hash = f.hash LIMIT 1) AS blob
                    FROM file f WHERE f.id IN (
                        SELECT DISTINCT e.file
                        FROM file_xorb own JOIN file_xorb e ON e.xorb = own.xorb AND e.file <> own.file
                        JOIN repo_file l ON l.file = e.file AND l.repo = ?2
                        WHERE own.file = ?1 LIMIT ?3)
                    """), arguments: [file, repo, limit]
        ).compactMap { row in
            guard let blob = row["blob"] as GitObjectID? else { return nil }
            return (try ContentFile(row: row, in: database), blob)
        }
    }

    /// All large files of a repository; nil when there are more than `limit`, or they are made of too many xorbs.
    static func files(of repo: Int64, limit: Int, maximumXorbs: Int, in database: Database) throws -> [ContentFile]? {
        let xorbs = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM repo_xorb WHERE repo = ?", arguments: [repo])
        guard xorbs ?? 0 <= maximumXorbs else { return nil }
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT id, hash, size, chunk_count, recipe FROM file
                WHERE id IN (SELECT file FROM repo_file WHERE repo = ?) LIMIT ?
                """, arguments: [repo, limit + 1])
        return rows.count > limit ? nil : try rows.map { try ContentFile(row: $0, in: database) }
    }
}

import Foundation
import GRDB

/// Goes through all trees and blobs that the commits of a repository lead to, each once.
///
/// What has been met is noted in a temporary table of the connection, so that memory stays flat; a second walk on the
/// same table goes only through what has come since.
struct GitWalk {
    enum Found {
        /// The content is nil when the tree is missing.
        case tree(GitObjectID, content: Data?, isParsed: Bool)
        case blob(GitObjectID)
    }

    let repo: Int64
    let database: Database

    /// Makes the table, or empties it.
    static func prepare(in database: Database) throws {
        try database.execute(sql: "CREATE TEMP TABLE IF NOT EXISTS gc_mark (id BLOB PRIMARY KEY) WITHOUT ROWID")
        try database.execute(sql: "DELETE FROM temp.gc_mark")
    }

    func run(_ visit: (Found) throws -> Void) throws {
        // Read as the walk goes on: a long history need not be in memory at once.
        let commits = try Row.fetchCursor(
            database.makeStatement(
                sql: """
                    SELECT id, tree FROM git_commit c WHERE repo = ?
                    AND NOT EXISTS (SELECT 1 FROM temp.gc_mark WHERE id = c.id)
                    """), arguments: [repo])
        while let commit = try commits.next() {
            let id = commit["id"] as GitObjectID
            try walk(commit["tree"], visit)
            // Last, so that a commit is noted only with all that it leads to.
            _ = try note(id)
        }
    }

    private func walk(_ root: GitObjectID, _ visit: (Found) throws -> Void) throws {
        let read = try database.cachedStatement(sql: "SELECT content FROM git_tree WHERE repo = ? AND id = ?")
        var waiting = [root]
        while let id = waiting.popLast() {
            guard id != GitTree.empty.id, try note(id) else { continue }
            let content = try Data.fetchOne(read, arguments: [repo, id])
            let tree = content.flatMap { GitTree(parsing: $0) }
            try visit(.tree(id, content: content, isParsed: tree != nil))
            for entry in tree?.entries ?? [] {
                if entry.mode == .directory {
                    waiting.append(entry.id)
                } else if try note(entry.id) {
                    try visit(.blob(entry.id))
                }
            }
        }
    }

    /// - Returns: false when it had been noted.
    private func note(_ id: GitObjectID) throws -> Bool {
        try database.cachedStatement(sql: "INSERT OR IGNORE INTO temp.gc_mark (id) VALUES (?)")
            .execute(arguments: [id])
        return database.changesCount > 0
    }
}

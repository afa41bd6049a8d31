import Foundation
import GRDB
import Xet

/// Makes a new repository that has the history, branches, tags and files of another one.
struct RepoCopy {
    let source: Repo
    let content: ContentStore

    /// - Returns: false when there is a repository of the draft's name.
    func make(_ draft: RepoDraft, in db: Database) throws -> Bool {
        guard let copy = try Repo.insert(draft, in: db) else { return false }
        for table in ["git_commit", "git_tree", "git_blob"] {
            let columns = try db.columns(in: table).map(\.name).filter { $0 != "repo" }.joined(separator: ", ")
            try db.execute(
                sql: "INSERT INTO \(table) (repo, \(columns)) SELECT ?, \(columns) FROM \(table) WHERE repo = ?",
                arguments: [copy.id, source.id])
        }
        let files = try Data.fetchAll(
            db, sql: "SELECT DISTINCT file_hash FROM git_blob WHERE repo = ? AND file_hash IS NOT NULL",
            arguments: [copy.id])
        for file in files { try content.link(file: FileHash(column: file), toRepo: copy.id, in: db) }
        let store = GitStore(repo: copy.id, db: db)
        // Pull requests belong to the conversation of the old repository.
        for ref in try GitStore(repo: source.id, db: db).refs() where !ref.name.hasPrefix("refs/pr/") {
            try store.setRef(ref.name, to: ref.target)
        }
        for tag in try GitStore(repo: source.id, db: db).annotatedTags() { try store.setTag(tag) }
        return true
    }
}

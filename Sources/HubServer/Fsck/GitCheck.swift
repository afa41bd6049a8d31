import Foundation
import GRDB
import Xet

/// Refs, commits, trees and blobs of every repository, and the contents that large files point at.
struct GitCheck {
    let queue: DatabaseQueue
    let options: FsckOptions

    private struct Repo {
        var id: Int64
        var name: String
    }

    func run(_ report: inout FsckReport) throws {
        let repos = try queue.read { database in
            try Row.fetchAll(database, sql: "SELECT id, namespace || '/' || name AS name FROM repo ORDER BY id")
                .map { Repo(id: $0["id"], name: $0["name"]) }
        }
        report.repos = repos.count
        for repo in repos {
            var claims: [Int64] = []
            try queue.writeWithoutTransaction { database in
                try GitWalk.prepare(in: database)
                // One instant of the repository; the walk writes to this connection's own table alone.
                try database.inTransaction(.deferred) {
                    try check(repo, &report, &claims, in: database)
                    return .commit
                }
            }
            guard options.repairs else { continue }
            for file in claims {
                try queue.write { database in
                    _ = try ContentTables.link(file: file, repo: repo.id, now: ContentStore.now, in: database)
                }
            }
        }
    }

    private func check(
        _ repo: Repo, _ report: inout FsckReport, _ claims: inout [Int64], in database: Database,
    ) throws {
        let strayRefs = try Row.fetchAll(
            database,
            sql: """
                SELECT name, target FROM git_ref r WHERE repo = ?1
                AND NOT EXISTS (SELECT 1 FROM git_commit WHERE repo = ?1 AND id = r.target)
                """, arguments: [repo.id])
        for ref in strayRefs {
            let target = ref["target"] as GitObjectID
            report.add(.missingCommit, "\(target)", "\(ref["name"] as String) points at it", repos: [repo.name])
        }
        let orphans = try Row.fetchAll(
            database,
            sql: """
                SELECT id, parent FROM git_commit c WHERE repo = ?1 AND parent IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM git_commit WHERE repo = ?1 AND id = c.parent)
                """, arguments: [repo.id])
        for commit in orphans {
            report.add(
                .missingCommit, "\(commit["parent"] as GitObjectID)",
                "the parent of commit \(commit["id"] as GitObjectID)", repos: [repo.name])
        }
        report.commits +=
            try Int.fetchOne(database, sql: "SELECT count(*) FROM git_commit WHERE repo = ?", arguments: [repo.id]) ?? 0
        try GitWalk(repo: repo.id, database: database).run { found in
            switch found {
            case .tree(let id, let content, let isParsed):
                report.gitObjects += 1
                if let content {
                    if !isParsed || GitObjectID(hashing: content, kind: "tree") != id {
                        report.add(
                            .damagedTree, "\(id)", "its content is not its own", repos: [repo.name],
                            objects: [FsckObject(repo: repo.id, id: id)])
                    }
                } else {
                    report.add(
                        .missingTree, "\(id)", "a folder of a commit", repos: [repo.name],
                        objects: [FsckObject(repo: repo.id, id: id)])
                }
            case .blob(let id):
                report.gitObjects += 1
                try check(blob: id, of: repo, &report, &claims, in: database)
            }
        }
    }

    private func check(
        blob id: GitObjectID, of repo: Repo, _ report: inout FsckReport, _ claims: inout [Int64], in database: Database,
    ) throws {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT content, file_hash, content_size FROM git_blob WHERE repo = ? AND id = ?"),
            arguments: [repo.id, id])
        guard let row else {
            return report.add(
                .missingBlob, "\(id)", "a file of a commit", repos: [repo.name],
                objects: [FsckObject(repo: repo.id, id: id)])
        }
        guard GitObjectID(hashing: row["content"] as Data, kind: "blob") == id else {
            return report.add(
                .damagedBlob, "\(id)", "its content is not its own", repos: [repo.name],
                objects: [FsckObject(repo: repo.id, id: id)])
        }
        guard let hash = row["file_hash"] as Data? else { return }
        let file = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT id, size, EXISTS (SELECT 1 FROM repo_file WHERE repo = ? AND file = file.id) AS linked
                    FROM file WHERE hash = ?
                    """), arguments: [repo.id, hash])
        guard let file, file["size"] == row["content_size"] as Int64? else {
            return report.add(
                .missingFile, Hex.encode(hash), "the content of blob \(id) is not stored", repos: [repo.name],
                objects: [FsckObject(repo: repo.id, id: id)])
        }
        if file["linked"] == false {
            claims.append(file["id"])
            report.add(
                .missingClaim, Hex.encode(hash), "the content of blob \(id) may not be read", repos: [repo.name],
                isRepaired: options.repairs, objects: [FsckObject(repo: repo.id, id: id)])
        }
    }
}

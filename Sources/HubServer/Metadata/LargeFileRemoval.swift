import Foundation
import GRDB
import Xet

/// Takes large files out of a repository for good.
struct LargeFileRemoval {
    let store: GitStore
    private var db: Database { store.db }

    init(store: GitStore) { self.store = store }

    /// Removes the contents with these SHA-256 digests.
    ///
    /// With `rewritingHistory` every commit is made again without the files, and what held them is dropped; otherwise
    /// their pointers stay as the small texts that they are.
    func remove(_ digests: [SHA256Digest], rewritingHistory: Bool) throws {
        var blobs: Set<GitObjectID> = []
        for digest in digests {
            let ids = try GitObjectID.fetchAll(
                db, sql: "SELECT id FROM git_blob WHERE repo = ? AND sha256 = ?",
                arguments: [store.repo, Data(digest.bytes)])
            blobs.formUnion(ids)
        }
        if rewritingHistory {
            try rewriteHistory(without: blobs)
            for id in blobs {
                try db.execute(
                    sql: "DELETE FROM git_blob WHERE repo = ? AND id = ?", arguments: [store.repo, id])
            }
        } else {
            for id in blobs {
                try db.execute(
                    sql: """
                        UPDATE git_blob SET sha256 = NULL, file_hash = NULL, content_size = NULL
                        WHERE repo = ? AND id = ?
                        """, arguments: [store.repo, id])
            }
        }
        for digest in digests { try unlink(digest) }
        if let head = try store.ref("refs/heads/main") { try RepoCard.refresh(at: head, in: store) }
    }

    private func unlink(_ digest: SHA256Digest) throws {
        try db.execute(
            sql: "DELETE FROM repo_sha256 WHERE repo = ? AND sha256 = ?",
            arguments: [store.repo, Data(digest.bytes)])
        // What neither a commit nor an upload speaks of any more is nothing that the repository may know.
        try db.execute(
            sql: """
                DELETE FROM repo_file WHERE repo = ?1
                AND file NOT IN (SELECT file FROM repo_sha256 WHERE repo = ?1)
                AND file NOT IN (
                    SELECT file.id FROM git_blob JOIN file ON file.hash = git_blob.file_hash
                    WHERE git_blob.repo = ?1)
                """, arguments: [store.repo])
    }

    // MARK: History

    private func rewriteHistory(without blobs: Set<GitObjectID>) throws {
        var trees: [GitObjectID: GitObjectID] = [:]
        var commits: [GitObjectID: GitObjectID] = [:]
        for ref in try store.refs() {
            let head = try rewrite(ref.target, without: blobs, &trees, &commits)
            if head != ref.target { try store.setRef(ref.name, to: head) }
        }
        for (old, new) in commits where old != new {
            try db.execute(
                sql: "UPDATE discussion SET base_commit = ? WHERE repo = ? AND base_commit = ?",
                arguments: [new, store.repo, old])
            try db.execute(
                sql: "UPDATE discussion SET merge_commit = ? WHERE repo = ? AND merge_commit = ?",
                arguments: [new, store.repo, old])
        }
        try db.execute(
            sql: """
                WITH RECURSIVE live (id) AS (
                    SELECT target FROM git_ref WHERE repo = ?1
                    UNION
                    SELECT c.parent FROM live JOIN git_commit c ON c.repo = ?1 AND c.id = live.id
                    WHERE c.parent IS NOT NULL
                )
                DELETE FROM git_commit WHERE repo = ?1 AND id NOT IN (SELECT id FROM live)
                """, arguments: [store.repo])
    }

    /// Makes the line of commits that ends in `head` again, first commit first.
    private func rewrite(
        _ head: GitObjectID, without blobs: Set<GitObjectID>, _ trees: inout [GitObjectID: GitObjectID],
        _ commits: inout [GitObjectID: GitObjectID]
    ) throws -> GitObjectID {
        var line: [StoredCommit] = []
        var next: GitObjectID? = head
        while let id = next, commits[id] == nil, let commit = try store.commit(id) {
            line.append(commit)
            next = commit.parent
        }
        for commit in line.reversed() {
            let tree = try strip(commit.tree, of: blobs, &trees)
            let parent = commit.parent.map { commits[$0] ?? $0 }
            guard tree != commit.tree || parent != commit.parent else {
                commits[commit.id] = commit.id
                continue
            }
            let body = commit.message.dropFirst(commit.title.count)
            let made = GitCommit(
                tree: tree, parent: parent, author: commit.author, date: commit.date, summary: commit.title,
                description: String(body))
            try store.insert(made)
            commits[commit.id] = made.id
        }
        return commits[head] ?? head
    }

    private func strip(
        _ id: GitObjectID, of blobs: Set<GitObjectID>, _ trees: inout [GitObjectID: GitObjectID]
    ) throws -> GitObjectID {
        if let known = trees[id] { return known }
        let tree = try store.tree(id)
        var entries: [GitTreeEntry] = []
        for var entry in tree.entries {
            if entry.mode == .directory {
                entry.id = try strip(entry.id, of: blobs, &trees)
                guard entry.id != GitTree.empty.id else { continue }
            } else if blobs.contains(entry.id) {
                continue
            }
            entries.append(entry)
        }
        guard entries != tree.entries else {
            trees[id] = id
            return id
        }
        let stripped = GitTree(entries)
        try store.insert(stripped)
        trees[id] = stripped.id
        return stripped.id
    }
}

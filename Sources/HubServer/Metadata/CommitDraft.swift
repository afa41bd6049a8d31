import Foundation
import GRDB
import HTTPTypes
import Xet

/// A commit that a client asks for; its regular files are stored already, its large ones are known by hash.
struct CommitDraft: Sendable {
    var summary = ""
    var description = ""
    /// The head that the client has seen; the commit fails when the branch has moved on.
    var parentCommit: String?
    var deletedFiles: [RepoPath] = []
    var deletedFolders: [RepoPath] = []
    var files: [(path: RepoPath, blob: GitObjectID)] = []
    var largeFiles: [(path: RepoPath, content: LargeContent)] = []

    /// What to call the commit, and a pull request that it opens.
    var title: String {
        GitCommit(tree: GitTree.empty.id, parent: nil, author: "", date: 0, summary: summary).title
    }

    /// Makes the commit on a branch, or returns the head when nothing would change.
    ///
    /// Runs inside one write transaction, so commits are atomic and follow one another. Deletions come first: they
    /// speak of the branch as the client saw it.
    func apply(
        to revision: String, of repo: Repo, by author: String, at now: Int64, content: ContentStore, in db: Database
    )
        throws -> GitObjectID
    {
        let store = GitStore(repo: repo.id, db: db)
        guard let branch = try store.branch(revision), let head = try store.commit(branch.head) else {
            throw HubFailure.revisionNotFound(revision)
        }
        if let parentCommit, parentCommit.lowercased() != "\(head.id)" {
            throw HubFailure(
                .preconditionFailed,
                "A commit has happened since. Please refresh and try again: \(revision) is at \(head.id)")
        }

        let tree: GitObjectID
        do {
            tree = try edit(head.tree, store)
        } catch let conflict as TreeEditor.Conflict {
            throw Self.failure(conflict, at: head.id)
        }
        // Also when the tree stays: a file that held a pointer's text has become the large file itself.
        for file in largeFiles {
            do {
                try content.link(file: file.content.fileHash, toRepo: repo.id, in: db)
            } catch ContentError.fileNotFound {
                throw HubFailure.badRequest(
                    "\"\(file.path)\": the content with SHA-256 \(file.content.sha256) is not stored any more; "
                        + "upload it again")
            }
        }
        for file in files {
            do {
                try store.require(blob: file.blob)
            } catch is DamagedRepository {
                throw HubFailure(.serviceUnavailable, "\"\(file.path)\" was collected before its commit; try again")
            }
        }
        guard tree != head.tree else { return head.id }

        let commit = GitCommit(
            tree: tree, parent: head.id, author: author, date: now / 1000, summary: summary, description: description)
        try store.insert(commit)
        try store.setRef(branch.name, to: commit.id)
        if branch.name.hasPrefix("refs/heads/") { try Repo.touch(repo.id, at: now, in: db) }
        return commit.id
    }

    private func edit(_ root: GitObjectID, _ store: GitStore) throws -> GitObjectID {
        let editor = try TreeEditor(root: root, load: store.tree)
        for path in deletedFiles { try editor.removeFile(path) }
        for path in deletedFolders { try editor.removeFolder(path) }
        for file in files { try editor.put(file.blob, at: file.path) }
        for file in largeFiles {
            let blob = GitBlob(large: file.content)
            try store.insert(blob)
            try editor.put(blob.id, at: file.path)
        }
        return try withAttributes(editor.write(store.insert), store)
    }

    /// The tree with a `.gitattributes` that names all of the commit's large files, so that git gives clones their bytes.
    private func withAttributes(_ root: GitObjectID, _ store: GitStore) throws -> GitObjectID {
        guard !largeFiles.isEmpty else { return root }
        let name = GitName(".gitattributes")
        var content = Data()
        if let entry = try store.tree(root)[name] {
            // One that is missing shows when the commit's blobs are looked at.
            guard entry.mode == .file, let info = try? store.blobInfo(entry.id), info.large == nil,
                info.gitSize <= GitAttributes.maximumLength
            else { return root }
            content = try store.content(entry.id)
        }
        guard let text = String(validating: content, as: UTF8.self),
            let covering = GitAttributes.covering(
                largeFiles.map(\.path), in: text)
        else { return root }
        let blob = GitBlob(regular: Array(covering.utf8))
        try store.insert(blob)
        let editor = try TreeEditor(root: root, load: store.tree)
        try editor.put(blob.id, at: RepoPath(".gitattributes"))
        return try editor.write(store.insert)
    }

    private static func failure(_ conflict: TreeEditor.Conflict, at head: GitObjectID) -> HubFailure {
        switch conflict {
        case .noSuchFile(let path):
            .entryNotFound("A file with the name \"\(path)\" does not exist", commit: head)
        case .noSuchFolder(let path):
            .entryNotFound("A folder with the name \"\(path)\" does not exist", commit: head)
        case .folderExists(let path):
            HubFailure(.badRequest, "\"\(path)\" is a folder; delete it before adding a file of this name")
        case .parentIsFile(let path):
            HubFailure(.badRequest, "\"\(path)\" lies below a path that is a file; delete that file first")
        }
    }
}

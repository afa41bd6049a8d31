import Foundation
import GRDB
import HTTPTypes
import HubWire
import Hummingbird

/// Makes a pull request part of its branch.
struct MergeRoute: Sendable {
    let services: ServerServices
    let call: DiscussionCall

    func merge() async throws -> Response {
        struct Body: Decodable {
            var comment: String?
        }
        _ = try await services.database.pool.read { [call] db in
            try call.request.writableRepo(call.type, call.name, in: db)
        }
        let comment = try DiscussionRoutes.text(await call.request.optionalJSON(Body?.self)??.comment ?? "")
        let commit = try await services.database.pool.write { [call] db in
            let repo = try call.request.writableRepo(call.type, call.name, in: db)
            return try Self.merge(try call.find(in: db).discussion, of: repo, by: call.request.user(), comment, in: db)
        }
        return try .json(["mergeCommitId": "\(commit)"])
    }

    private static func merge(
        _ discussion: Discussion, of repo: Repo, by user: Caller.User, _ comment: String, in db: Database
    ) throws -> GitObjectID {
        let store = GitStore(repo: repo.id, db: db)
        guard discussion.pullRequest != nil else {
            throw HubFailure.badRequest("Discussion \(discussion.number) is no pull request")
        }
        guard discussion.isOpen else {
            throw HubFailure(.conflict, "Pull request \(discussion.number) is \(discussion.status.rawValue)")
        }
        guard let merge = try PullRequestMerge(discussion, in: store) else {
            throw HubFailure(.conflict, "The branch that pull request \(discussion.number) goes to is gone")
        }
        let now = HubDate.nowInMilliseconds
        let commit: GitObjectID
        switch try merge.result() {
        case .conflicts(let paths):
            let names = paths.prefix(10).map { "\"\($0)\"" }.joined(separator: ", ")
            throw HubFailure(
                .conflict,
                "Pull request \(discussion.number) conflicts with its branch in \(names): resolve this in \(discussion.ref)"
            )
        case .tree(let tree) where tree == merge.ours.tree: commit = merge.ours.id
        case .tree(let tree):
            let made = GitCommit(
                tree: tree, parent: merge.ours.id, author: user.name, date: now / 1000,
                summary: "\(discussion.title) (#\(discussion.number))")
            try store.insert(made)
            try store.setRef(merge.base, to: made.id)
            try Repo.touch(repo.id, at: now, in: db)
            commit = made.id
        }
        if !comment.isEmpty {
            _ = try discussion.addEvent(
                DiscussionEvent.comment(comment, by: user.name, at: now), by: user.name, at: now, in: db)
        }
        try discussion.setStatus(.merged, mergeCommit: commit, in: db)
        _ = try discussion.addEvent(DiscussionEvent.status(.merged), by: user.name, at: now, in: db)
        return commit
    }
}

/// A pull request beside the branch that it goes to.
struct PullRequestMerge {
    enum Result {
        case tree(GitObjectID)
        case conflicts([RepoPath])
    }

    /// The full name of the branch.
    let base: String
    /// The branch's head.
    let ours: StoredCommit
    private let start: StoredCommit
    private let theirs: StoredCommit
    private let store: GitStore

    /// Nil when it is no pull request, or its branch is gone.
    init?(_ discussion: Discussion, in store: GitStore) throws {
        guard let pullRequest = discussion.pullRequest,
            let start = try store.commit(pullRequest.baseCommit),
            let head = try store.ref(discussion.ref), let theirs = try store.commit(head),
            let branch = try store.ref(pullRequest.base), let ours = try store.commit(branch)
        else { return nil }
        base = pullRequest.base
        (self.start, self.ours, self.theirs, self.store) = (start, ours, theirs, store)
    }

    /// Merges the files; trees that are new are stored.
    func result() throws -> Result {
        // Where nothing has happened since, the request's own files are the result.
        guard start.tree != ours.tree else { return .tree(theirs.tree) }
        let merge = try merge(store.insert, keepBlob: store.insert)
        return merge.tree.map(Result.tree) ?? .conflicts(merge.conflicts)
    }

    /// Files that both sides have changed, each in its own way.
    func conflicts() throws -> [RepoPath] {
        start.tree == ours.tree ? [] : try merge({ _ in }, keepBlob: { _ in }).conflicts
    }

    private func merge(_ keep: (GitTree) throws -> Void, keepBlob: (GitBlob) throws -> Void) throws -> TreeMerge {
        try TreeMerge(
            base: start.tree, ours: ours.tree, theirs: theirs.tree, load: store.tree,
            join: { own, other in
                guard let blob = try joinedAttributes(own, other) else { return nil }
                try keepBlob(blob)
                return blob.id
            }, store: keep)
    }

    /// The hub itself adds lines to `.gitattributes` on both sides; these get along.
    private func joinedAttributes(_ own: TreeDifference.Change, _ other: TreeDifference.Change) throws -> GitBlob? {
        guard "\(own.path)" == ".gitattributes", let own = try grown(own), let other = try grown(other) else {
            return nil
        }
        var lines = own.added.split(separator: "\n")
        let known = Set(lines)
        lines += other.added.split(separator: "\n").filter { !known.contains($0) }
        return GitBlob(regular: Array((own.base + lines.joined(separator: "\n") + "\n").utf8))
    }

    /// The text before a change and what the change has put behind it; nil for a change of another kind.
    private func grown(_ change: TreeDifference.Change) throws -> (base: Substring, added: Substring)? {
        guard let new = change.new, new.mode == .file else { return nil }
        let (before, after) = (try change.old.map { try store.content($0.id) } ?? Data(), try store.content(new.id))
        guard after.count <= GitAttributes.maximumLength, after.starts(with: before),
            before.isEmpty || before.last == UInt8(ascii: "\n")
        else { return nil }
        guard let base = String(validating: before, as: UTF8.self),
            let added = String(validating: after.dropFirst(before.count), as: UTF8.self)
        else { return nil }
        return (base[...], added[...])
    }
}

internal import HubWire
internal import Logging
internal import NIOHTTP1
public import Transfer
internal import Xet
internal import XetClient

extension Hub {
    /// Puts a file or a folder into a repository, with one commit, or several when there are many files.
    ///
    /// The repository and the branch are created if they are missing. Files that the repository has already are not
    /// sent; large ones are split into chunks, and only chunks that the hub does not have travel.
    /// - Throws: ``HubError``; `no_match` when there is nothing to push, `conflict` when somebody else's change came
    ///   between; `CancellationError`.
    public func push(_ request: PushRequest, observer: any TransferObserver) async throws -> PushResult {
        let counting = CountingObserver(observer, .sent, of: self)
        do {
            let result = try await PushOperation(hub: self, request: request, observer: counting).run()
            recorder.pushed(result, counted: counting.counted)
            return result
        } catch {
            recorder.count { $0.failedPushes += 1 }
            throw HubError.unifying(error, endpoints: settings.endpoints)
        }
    }
}

/// One run of ``Hub/push(_:observer:)``.
struct PushOperation: Sendable {
    private let hub: Hub
    private let request: PushRequest
    private var repo: RepoReference
    private let source: PushSource
    /// Where large files go until a pull request is open.
    private var storage: CASClient
    private let observer: any TransferObserver

    init(hub: Hub, request: PushRequest, observer: any TransferObserver) throws(HubError) {
        try RepoReference.validate(revision: request.repo.effectiveRevision)
        guard !RepoReference.isCommit(request.repo.effectiveRevision) else {
            throw HubError(
                .badReference, "A commit cannot be pushed to: \(request.repo.effectiveRevision).",
                hint: "Name a branch with --revision.")
        }
        self.hub = hub
        self.request = request
        repo = request.repo
        source = try PushSource(request)
        storage = hub.storage(of: repo, .write, forPullRequest: request.createsPullRequest)
        self.observer = observer
    }

    func run() async throws -> PushResult {
        let page = try await hub.createRepo(repo, isPrivate: request.isPrivate, existOK: true)
        var operation = self
        // A name without an owner is created below the user, and only there it is found.
        if repo.id.namespace == nil, let id = hub.repoID(ofPage: page) {
            operation.repo.id = id
            operation.storage = hub.storage(of: operation.repo, .write, forPullRequest: request.createsPullRequest)
        }
        return try await operation.fill()
    }

    /// Brings the repository, which is there now, to the state of the source.
    private func fill() async throws -> PushResult {
        if !request.createsPullRequest { try await ensureBranch() }
        let (plans, head) = try await hub.planUpload(source.files, to: repo, forPullRequest: request.createsPullRequest)
        let deletions = try await deletions(at: head)
        for plan in plans where !plan.isIgnored {
            observer.began(TransferItem(name: plan.file.name, totalBytes: plan.file.size))
        }
        let changed = try await ChangedFiles(
            hub: hub, repo: head.map { RepoReference(type: repo.type, id: repo.id, revision: $0) } ?? repo,
            storage: storage, observer: observer
        ).among(plans.filter { !$0.isIgnored })
        let ignored = plans.filter(\.isIgnored).map(\.file.name)
        if !source.isFolder, let name = ignored.first {
            throw HubError(
                .ignored, "the .gitignore of \(repo.id) leaves out '\(name)'",
                hint: "change .gitignore in the repository, or choose another name")
        }
        var result = PushResult(commitURL: "", commit: "", isUnchanged: false)
        if !changed.isEmpty || !deletions.paths.isEmpty {
            result = try await commitAll(changed, deletions: deletions.paths, onto: head)
        }
        if result.commits == 0 {
            result.commit = try await hub.resolveCommit(repo)
            result.commitURL = "\(hub.pageURL(repo))/commit/\(result.commit)"
            result.isUnchanged = true
        }
        result.unchangedFiles = plans.count - ignored.count - result.files
        result.deletedFiles = deletions.paths.count
        result.unmatchedDeletions = deletions.unmatched
        result.totalBytes = source.files.reduce(0) { $0 + $1.size }
        result.leftOut = source.leftOut + ignored.map { .init(path: $0, reason: .ignored) }
        return result
    }

    /// The files of the repository that the patterns of the request delete, and the patterns that match none.
    private func deletions(at head: String?) async throws -> (paths: [String], unmatched: [String]) {
        // Beside a single file the patterns would reach over the whole repository, which nobody means.
        guard source.isFolder, !request.delete.isEmpty else { return ([], []) }
        let filter = PatternFilter(include: request.delete, exclude: [])
        let pushed = Set(source.files.map { Array($0.name.utf8) })
        let prefix = Array((source.folderInRepo.isEmpty ? "" : source.folderInRepo + "/").utf8)
        let state = head.map { RepoReference(type: repo.type, id: repo.id, revision: $0) } ?? repo
        let paths = try await hub.tree(state, recursive: true).lazy.filter { $0.type == .file }.map(\.path)
            .filter { $0.utf8.starts(with: prefix) }
        func below(_ path: String) -> String { String(decoding: path.utf8.dropFirst(prefix.count), as: UTF8.self) }
        let wanted = paths.filter { path in
            path != ".gitattributes" && !pushed.contains(Array(path.utf8)) && filter.keeps(below(path))
        }
        return (Array(wanted), filter.unmatchedIncludes(in: paths.map(below)))
    }

    /// Uploads and commits group by group; the sums and the last commit are in the result.
    private func commitAll(
        _ changed: [UploadPlan], deletions: [String], onto head: String?
    ) async throws -> PushResult {
        var target = CommitTarget(repo: repo, opensPullRequest: request.createsPullRequest, head: head)
        var result = PushResult(commitURL: "", commit: "", isUnchanged: false)
        var pacing = CommitPacing()
        var deletions = deletions
        var rest = changed[...]
        let clock = ContinuousClock()
        var lastCommit = clock.now
        repeat {
            var group = CommitGroup(deletions: deletions)
            repeat {
                let batch = group.batch(from: rest, pacing: pacing)
                rest = rest[batch.endIndex...]
                let stored = batch.filter { $0.mode == .lfs }
                group.append(Array(batch), report: try await upload(stored, to: target))
            } while !rest.isEmpty && !group.isFull(pacing)
                && lastCommit.duration(to: clock.now) < CommitPacing.longestWait
            let start = clock.now
            let count = group.count
            result.add(group)
            guard count > 0 else { continue }
            try await commit(group, to: &target, into: &result, pacing: &pacing)
            lastCommit = clock.now
            pacing.committed(files: count, in: start.duration(to: lastCommit))
            deletions = []
        } while !rest.isEmpty
        return result
    }

    /// Commits a group; one that is too much for the hub is split.
    private func commit(
        _ group: CommitGroup, to target: inout CommitTarget, into result: inout PushResult, pacing: inout CommitPacing
    ) async throws {
        let made: (reply: CommitReply, bytes: UInt64)
        do {
            made = try await commit(group, to: &target, part: result.commits + 1)
        } catch let error as HubError where error.code == .serverError && group.count > 1 {
            hub.logger.info("a commit failed, splitting it", metadata: ["files": "\(group.count)"])
            pacing.failed()
            for half in group.halves() { try await commit(half, to: &target, into: &result, pacing: &pacing) }
            return
        }
        try target.advance(past: made.reply, endpoint: hub.settings.endpoint)
        for file in group.inline { observer.finished(file.name, outcome: .transferred) }
        observer.kept()
        hub.logger.info(
            "committed",
            metadata: [
                "repo": "\(repo)", "commit": "\(made.reply.commitOid)", "files": "\(group.count)",
                "sent_bytes": "\(group.sentBytes + made.bytes)",
            ])
        result.commitURL = made.reply.commitUrl
        result.commit = made.reply.commitOid
        result.pullRequestURL = result.pullRequestURL ?? made.reply.pullRequestUrl
        result.commits += 1
        result.sentBytes += made.bytes
    }

    /// Creates the branch if the revision does not exist; `main` comes with the repository.
    private func ensureBranch() async throws {
        guard let revision = repo.revision, revision != RepoReference.defaultRevision else { return }
        do {
            _ = try await hub.repoInfo(repo)
        } catch let error as HubError where error.code == .revisionNotFound && !revision.hasPrefix("refs/") {
            hub.logger.debug("creating the branch", metadata: ["repo": "\(repo.id)", "revision": "\(revision)"])
            try await hub.createBranch(revision, of: repo, existOK: true)
        }
    }

    /// Brings the content of large files into the hub's storage: over Xet, or over LFS where a hub has no Xet or the
    /// user wants none.
    private func upload(_ plans: [UploadPlan], to target: CommitTarget) async throws -> UploadReport {
        guard !plans.isEmpty else { return UploadReport() }
        let storage =
            target.isInitial ? storage : hub.storage(of: target.repo, .write, forPullRequest: target.opensPullRequest)
        guard try await hub.offersXet(storage) else {
            hub.logger.info("the hub has no Xet storage, uploading over LFS", metadata: ["repo": "\(repo.id)"])
            let files = plans.map(\.file)
            return UploadReport(try await LFSUpload(hub: hub, repo: target.repo, observer: observer).run(files))
        }
        let files = plans.map { plan in
            PushFile(
                path: plan.file.localPath, name: plan.file.name, size: plan.file.size,
                present: plan.currentID.flatMap { SHA256Digest($0) })
        }
        return UploadReport(try await hub.engine.push(files, to: storage, observer: observer))
    }

    private static let commitTries = 5

    /// Commits on top of the state that the plans were made for. When somebody else's commit came between, the plans
    /// are made again, and as long as nobody touched our files the commit goes on top of theirs.
    private func commit(
        _ group: CommitGroup, to target: inout CommitTarget, part: Int
    ) async throws -> (reply: CommitReply, bytes: UInt64) {
        var attempt = 1
        while true {
            do {
                return try await commitOnce(group, to: target, part: part)
            } catch let error as HubError where error.status == 412 && target.head != nil && attempt < Self.commitTries
            {
                attempt += 1
                guard group.deletions.isEmpty else {
                    throw HubError(
                        .conflict, "somebody else changed \(repo.id) meanwhile, perhaps what would be deleted",
                        hint: "look at their change, then run the command again", status: 412, cause: error)
                }
                let now = try await hub.planUpload(
                    group.plans.map(\.file), to: target.repo, forPullRequest: target.opensPullRequest)
                // The same head as before: the refusal has another reason.
                guard let head = now.head, head != target.head else { throw error }
                let touched = zip(group.plans, now.plans).filter { $0.currentID != $1.currentID }.map {
                    "'\($0.0.file.name)'"
                }
                guard touched.isEmpty else {
                    throw HubError(
                        .conflict,
                        "somebody else changed \(touched.prefix(5).joined(separator: ", ")) in \(repo.id) meanwhile",
                        hint: "look at their change, then run the command again to put yours on top", status: 412,
                        cause: error)
                }
                hub.logger.info("committing on top of another commit", metadata: ["repo": "\(repo.id)"])
                target.head = head
            }
        }
    }

    private func commitOnce(
        _ group: CommitGroup, to target: CommitTarget, part: Int
    ) async throws -> (reply: CommitReply, bytes: UInt64) {
        let body = try CommitBody(
            summary: part > 1 ? "\(summary) (part \(part))" : summary, description: request.commitDescription ?? "",
            parent: target.head, inline: group.inline, stored: group.stored, deletions: group.deletions)
        let reply: HubReply
        do {
            reply = try await hub.send(
                HubRequest(
                    method: .POST,
                    target: "\(repo.apiPath)/commit/\(target.repo.revisionSegment)"
                        + (target.opensPullRequest ? "?create_pr=1" : ""),
                    headers: ["Content-Type": "application/x-ndjson"], body: body.requestBody,
                    subject: hub.subject(repo, isWrite: true)))
        } catch let error as HubError where [.unreachable, .timedOut, .interrupted].contains(error.code) {
            // The hub may have made the commit before the connection broke; only looking tells.
            var failure = error
            failure.message =
                "The connection broke while committing, and it is not known whether \(repo.id) has changed."
            failure.hint = "Run the command again: what is there already is not sent twice."
            throw failure
        }
        return (try reply.decoded(CommitReply.self), UInt64(body.length))
    }

    private var summary: String {
        if let message = request.commitMessage, !message.isEmpty { return message }
        return source.isFolder ? "Upload folder using shoal" : "Upload \(source.title) with shoal"
    }
}

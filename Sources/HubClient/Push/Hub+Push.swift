internal import HubWire
internal import Logging
internal import NIOHTTP1
public import Transfer
internal import Xet

extension Hub {
    /// Puts a file or a folder into a repository with one commit.
    ///
    /// The repository and the branch are created if they are missing. Files that the repository has already are not
    /// sent; large ones are split into chunks, and only chunks that the hub does not have travel.
    /// - Throws: ``HubError``; `no_match` when there is nothing to push, `conflict` when somebody else's change came
    ///   between; `CancellationError`.
    public func push(_ request: PushRequest, observer: any TransferObserver) async throws -> PushResult {
        do {
            let result = try await PushOperation(hub: self, request: request, observer: observer).run()
            recorder.pushed(result)
            return result
        } catch {
            recorder.count { $0.failedPushes += 1 }
            throw HubError.unifying(error, endpoint: settings.endpoint)
        }
    }
}

/// One run of ``Hub/push(_:observer:)``.
struct PushOperation: Sendable {
    private let hub: Hub
    private let request: PushRequest
    private let repo: RepoReference
    private let source: PushSource
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
        self.observer = observer
    }

    func run() async throws -> PushResult {
        _ = try await hub.createRepo(repo, isPrivate: request.isPrivate, existOK: true)
        try await ensureBranch()
        let plans = try await hub.planUpload(source.files, to: repo)
        for plan in plans where !plan.isIgnored {
            observer.began(TransferItem(name: plan.file.name, totalBytes: plan.file.size))
        }
        let changed = try await withoutUnchanged(plans.filter { !$0.isIgnored })
        let ignored = plans.count { $0.isIgnored }
        guard !changed.isEmpty else { return try await unchanged(plans: plans, ignored: ignored) }

        let stored = changed.filter { $0.mode == .lfs }.map(\.file)
        let inline = changed.filter { $0.mode == .regular }.map(\.file)
        let report = try await upload(stored)
        let commit = try await commit(inline: inline, report: report)
        for file in inline { observer.finished(file.name, outcome: .transferred) }

        let inlineBytes = inline.reduce(0) { $0 + $1.size }
        var result = PushResult(commitURL: commit.reply.commitUrl, commit: commit.reply.commitOid, isUnchanged: false)
        result.files = changed.count
        result.unchangedFiles = plans.count - ignored - changed.count
        result.ignoredFiles = ignored
        result.totalBytes = source.files.reduce(0) { $0 + $1.size }
        result.newBytes = (report?.newBytes ?? 0) + inlineBytes
        result.dedupedBytes = report?.dedupedBytes ?? 0
        result.queriedBytes = report?.queriedBytes ?? 0
        result.defragPreventedBytes = report?.defragPreventedBytes ?? 0
        result.sentBytes = (report?.xorbBytesSent ?? 0) + (report?.shardBytesSent ?? 0) + commit.bytes
        result.xorbs = report?.xorbs ?? 0
        return result
    }

    /// Creates the branch if the revision does not exist; `main` comes with the repository.
    private func ensureBranch() async throws {
        guard let revision = repo.revision, revision != RepoReference.defaultRevision else { return }
        do {
            _ = try await hub.repoInfo(repo)
        } catch let error as HubError where error.code == .revisionNotFound && !revision.hasPrefix("refs/") {
            hub.logger.debug("creating the branch", metadata: ["repo": "\(repo.id)", "revision": "\(revision)"])
            try await hub.createBranch(revision, of: repo)
        }
    }

    /// Drops the files whose content is at their path already. Only files that the repository has something for are
    /// read; ids of the other kind mean a change.
    private func withoutUnchanged(_ plans: [UploadPlan]) async throws -> [UploadPlan] {
        var changed: [UploadPlan] = []
        for plan in plans {
            let own: String? =
                switch (plan.mode, plan.currentID?.utf8.count) {
                case (.lfs, 64?): try await sha256(of: plan.file)
                case (.regular, 40?): try await ContentDigest.gitBlob(plan.file.localPath, size: plan.file.size)
                default: nil
                }
            if let own, own == plan.currentID {
                observer.finished(plan.file.name, outcome: .alreadyPresent)
            } else {
                changed.append(plan)
            }
        }
        return changed
    }

    /// The SHA-256 of a file; from memory when it was read before and has not changed.
    private func sha256(of file: PushSource.File) async throws -> String {
        if let known = await hub.engine.knownSHA256(path: file.localPath) { return "\(known)" }
        let hashed = try await hub.engine.hash(path: file.localPath, withSHA256: true, observer: SilentObserver())
        return hashed.sha256.map { "\($0)" } ?? ""
    }

    private func unchanged(plans: [UploadPlan], ignored: Int) async throws -> PushResult {
        let head = try await hub.resolveCommit(repo)
        var result = PushResult(
            commitURL: "\(hub.pageURL(repo))/commit/\(head)", commit: head, isUnchanged: true)
        result.unchangedFiles = plans.count - ignored
        result.ignoredFiles = ignored
        result.totalBytes = source.files.reduce(0) { $0 + $1.size }
        return result
    }

    /// Brings the content of large files into the hub's storage; nil when there are none.
    private func upload(_ files: [PushSource.File]) async throws -> PushReport? {
        guard !files.isEmpty else { return nil }
        guard !hub.settings.disablesXet else {
            throw HubError(
                .unsupported, "HF_HUB_DISABLE_XET is set, but '\(files[0].name)' can only be uploaded over Xet.",
                hint: "Unset HF_HUB_DISABLE_XET.")
        }
        return try await hub.engine.push(
            files.map { PushFile(path: $0.localPath, name: $0.name, size: $0.size) }, to: hub.storage(of: repo, .write),
            observer: observer)
    }

    private func commit(
        inline: [PushSource.File], report: PushReport?
    ) async throws -> (reply: CommitReply, bytes: UInt64) {
        let stored = (report?.files ?? []).map { (name: $0.name, sha256: "\($0.sha256)", size: $0.size) }
        let body = try CommitBody(summary: summary, inline: inline, stored: stored)
        let reply: HubReply
        do {
            reply = try await hub.send(
                HubRequest(
                    method: .POST, target: "\(repo.apiPath)/commit/\(repo.revisionSegment)",
                    headers: ["Content-Type": "application/x-ndjson"], body: body.requestBody,
                    subject: hub.subject(repo, isWrite: true)))
        } catch let error as HubError where error.code == .unreachable {
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

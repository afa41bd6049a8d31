internal import HubWire
internal import NIOCore
internal import NIOHTTP1
internal import Transport

/// What a hub said about a revision, to be asked for again.
package struct RevisionMark: Sendable, Hashable {
    package var commit: String
    /// What the hub calls its answer; nil where it calls it nothing.
    package var etag: String?

    package init(commit: String, etag: String? = nil) {
        self.commit = commit
        self.etag = etag
    }
}

extension Hub {
    /// Asks which commit a revision stands for; an answer that has not changed costs nearly nothing.
    /// - Parameter known: the last answer.
    /// - Returns: `known` when it still holds.
    /// - Throws: ``HubError``.
    package func look(at repo: RepoReference, knowing known: RevisionMark?) async throws -> RevisionMark {
        var request = HubRequest(
            target: "\(repo.apiPath)/revision/\(repo.revisionSegment)", patience: .brief,
            maximumReplyBytes: 256 << 20, subject: subject(repo))
        if let etag = known?.etag { request.headers.add(name: "If-None-Match", value: etag) }
        let reply = try await exchange(request)
        if let known, reply.status == 304 { return known }
        guard (200..<300).contains(reply.status) else { throw HubError(reply, subject: request.subject) }
        guard let commit = try reply.decoded(RepoInfo.self).sha, RepoReference.isCommit(commit) else {
            throw HubError(
                .notAHub, "\(settings.endpoint) does not say which commit '\(repo.effectiveRevision)' of \(repo.id) is."
            )
        }
        let etag = reply.headers.first(name: "ETag").flatMap { $0.utf8.count <= 256 ? $0 : nil }
        return RevisionMark(commit: commit, etag: etag)
    }
}

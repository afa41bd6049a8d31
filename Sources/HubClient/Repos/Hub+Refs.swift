public import HubWire
internal import NIOHTTP1

extension Hub {
    /// Branches and tags.
    /// - Parameter withPullRequests: whether pull requests shall be listed too.
    public func refs(_ repo: RepoReference, withPullRequests: Bool = false) async throws -> RefList {
        let reply = try await send(
            HubRequest(
                target: "\(repo.apiPath)/refs" + (withPullRequests ? "?include_prs=1" : ""), patience: .brief,
                maximumReplyBytes: 64 << 20, subject: subject(repo)))
        return try reply.decoded(RefList.self)
    }

    /// Creates a branch (hub-api §1.5).
    /// - Parameters:
    ///   - start: the revision that it begins at; the head of `main` by default.
    ///   - existOK: whether a branch that exists is as good as a new one.
    /// - Returns: whether it is new.
    /// - Throws: ``HubError``; `conflict` when it exists, `unsupported` when the hub has no route for it.
    @discardableResult
    public func createBranch(
        _ name: String, of repo: RepoReference, at start: String? = nil, existOK: Bool = false
    ) async throws -> Bool {
        struct Body: Encodable { var startingPoint: String? }
        do {
            try await changeRef(.POST, "branch", name, Body(startingPoint: start), of: repo, revision: start)
            return true
        } catch let error as HubError where error.code == .conflict {
            guard !existOK else { return false }
            throw HubError.taken("\(repo.id) has a branch '\(name)' already.", status: error.status)
        }
    }

    /// Deletes a branch.
    /// - Throws: ``HubError``; `revision_not_found` when there is none of that name.
    public func deleteBranch(_ name: String, of repo: RepoReference) async throws {
        do {
            try await changeRef(.DELETE, "branch", name, nil, of: repo, revision: name)
        } catch let error as HubError where error.status == 403 && name == RepoReference.defaultRevision {
            // No hub lets go of it, whatever the token may do.
            throw HubError(
                .badRequest, "The branch '\(name)' of \(repo.id) is its main one, which cannot be deleted.",
                hint: "Delete the repository with 'shoal repos delete', or its files with 'shoal repos delete-files'.",
                status: error.status)
        }
    }

    /// Gives a revision a tag.
    /// - Parameters:
    ///   - revision: what is tagged; the head of `main` by default.
    ///   - message: text of the tag.
    ///   - existOK: whether a tag that exists is as good as a new one, whatever it stands for.
    /// - Returns: whether it is new.
    /// - Throws: ``HubError``; `conflict` when it exists.
    @discardableResult
    public func createTag(
        _ name: String, of repo: RepoReference, at revision: String? = nil, message: String? = nil,
        existOK: Bool = false
    ) async throws -> Bool {
        struct Body: Encodable {
            var tag: String
            var message: String?
        }
        try RepoReference.validate(revision: name)
        let tagged = revision ?? RepoReference.defaultRevision
        do {
            try await changeRef(.POST, "tag", tagged, Body(tag: name, message: message), of: repo, revision: tagged)
            return true
        } catch let error as HubError where error.code == .conflict {
            guard !existOK else { return false }
            throw HubError.taken("\(repo.id) has a tag '\(name)' already.", status: error.status)
        }
    }

    /// Deletes a tag.
    /// - Throws: ``HubError``; `revision_not_found` when there is none of that name.
    public func deleteTag(_ name: String, of repo: RepoReference) async throws {
        try await changeRef(.DELETE, "tag", name, nil, of: repo, revision: name)
    }

    private func changeRef(
        _ method: HTTPMethod, _ kind: String, _ name: String, _ body: (any Encodable & Sendable)?,
        of repo: RepoReference, revision: String?
    ) async throws {
        try RepoReference.validate(revision: name)
        let verb = method == .DELETE ? "delete" : "create"
        try await change(
            method, "\(repo.apiPath)/\(kind)/\(PercentEncoding.encode(segment: name))", body, of: repo,
            what: "\(verb) \(kind == "tag" ? "tags" : "branches")", revision: revision)
    }
}

public import HubWire
internal import NIOCore
internal import NIOHTTP1
internal import Transport

extension Hub {
    /// Who the token belongs to.
    /// - Throws: ``HubError`` with code `not_logged_in` without a token, `bad_token` for a wrong one.
    public func whoAmI() async throws -> WhoAmI {
        guard hasToken else {
            throw HubError(.notLoggedIn, "Nobody is logged in.", hint: "Run 'shoal login', or set HF_TOKEN.")
        }
        let reply = try await send(
            HubRequest(
                target: "/api/whoami-v2", patience: .brief, subject: HubErrorSubject(hasToken: hasToken)))
        return try reply.decoded(WhoAmI.self)
    }

    /// The facts about a repository at its revision; its `sha` is the commit.
    /// - Parameter files: whether `siblings` shall carry sizes.
    public func repoInfo(_ repo: RepoReference, files: Bool = false) async throws -> RepoInfo {
        let reply = try await send(
            HubRequest(
                target: "\(repo.apiPath)/revision/\(repo.revisionSegment)" + (files ? "?blobs=true" : ""),
                headers: [HubHeader.downloadCounter: "1"], patience: .brief, maximumReplyBytes: 256 << 20,
                subject: subject(repo)))
        return try reply.decoded(RepoInfo.self)
    }

    /// The commit that the reference's revision stands for now, 40 hex digits.
    func resolveCommit(_ repo: RepoReference) async throws -> String {
        if RepoReference.isCommit(repo.effectiveRevision) { return repo.effectiveRevision }
        guard let commit = try await repoInfo(repo).sha, RepoReference.isCommit(commit) else {
            throw HubError(
                .notAHub, "\(settings.endpoint) does not say which commit '\(repo.effectiveRevision)' of \(repo.id) is."
            )
        }
        return commit
    }

    /// Branches, tags and pull requests.
    public func refs(_ repo: RepoReference) async throws -> RefList {
        let reply = try await send(
            HubRequest(
                target: "\(repo.apiPath)/refs", patience: .brief, maximumReplyBytes: 64 << 20, subject: subject(repo)))
        return try reply.decoded(RefList.self)
    }

    /// Creates a repository and returns the address of its page.
    /// - Parameters:
    ///   - isPrivate: nil leaves the choice to the hub. An existing repository keeps its visibility.
    ///   - existOK: whether an existing repository is as good as a new one.
    public func createRepo(_ repo: RepoReference, isPrivate: Bool? = nil, existOK: Bool = false) async throws -> String
    {
        var body = CreateRepoRequest(
            name: repo.id.name, organization: repo.id.namespace, type: repo.type == .model ? nil : repo.type,
            visibility: isPrivate.map { $0 ? "private" : "public" })
        // The hub wants an SDK for a space; a static page is the one that runs nothing.
        if repo.type == .space { body.sdk = "static" }
        let reply = try await exchange(
            HubRequest(method: .POST, target: "/api/repos/create", headers: jsonHeaders, body: try Hub.json(body)))
        switch reply.status {
        case 200..<300:
            return try reply.decoded(CreateRepoReply.self).url
        case 409 where existOK:
            return (try? reply.decoded(CreateRepoReply.self).url) ?? pageURL(repo)
        case 401, 402, 403:
            // A token for one repository may write there without the right to create any.
            if existOK, hasToken, (try? await repoInfo(RepoReference(type: repo.type, id: repo.id))) != nil {
                return pageURL(repo)
            }
            throw HubError(reply, subject: subject(repo, isWrite: true))
        case 409:
            throw HubError(.conflict, "The \(repo.type.rawValue) \(repo.id) exists already.", status: 409)
        default:
            throw HubError(reply, subject: subject(repo, isWrite: true))
        }
    }

    /// Creates a branch at the head of `main`, unless it exists.
    /// - Throws: ``HubError``; `unsupported` when the hub has no route for it.
    func createBranch(_ name: String, of repo: RepoReference) async throws {
        let reply = try await exchange(
            HubRequest(
                method: .POST, target: "\(repo.apiPath)/branch/\(PercentEncoding.encode(segment: name))",
                headers: jsonHeaders, body: .bytes(ByteBuffer(string: "{}"))))
        guard (200..<300).contains(reply.status) || reply.status == 409 else {
            // A missing repository has an error code; a missing route has none.
            if reply.status == 404, reply.headers.first(name: HubHeader.errorCode) == nil {
                throw HubError(
                    .unsupported, "This hub cannot create branches.",
                    hint: "Push to main, or to a branch that exists.", status: reply.status)
            }
            throw HubError(reply, subject: subject(repo, isWrite: true))
        }
    }

    var jsonHeaders: HTTPHeaders { ["Content-Type": "application/json"] }
}

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
        try await repoInfo(repo, files: files, countsAsDownload: false)
    }

    /// - Parameter countsAsDownload: whether the hub shall count a download: one begins with this question.
    private func repoInfo(_ repo: RepoReference, files: Bool, countsAsDownload: Bool) async throws -> RepoInfo {
        let reply = try await send(
            HubRequest(
                target: "\(repo.apiPath)/revision/\(repo.revisionSegment)" + (files ? "?blobs=true" : ""),
                headers: countsAsDownload ? [HubHeader.downloadCounter: "1"] : [:], patience: .brief,
                maximumReplyBytes: 256 << 20, subject: subject(repo)))
        return try reply.decoded(RepoInfo.self)
    }

    /// The commit that the reference's revision stands for now, 40 hex digits.
    /// - Parameter isDownload: whether a download begins with this question, which hubs count.
    func resolveCommit(_ repo: RepoReference, isDownload: Bool = false) async throws -> String {
        try await resolve(repo, isDownload: isDownload).commit
    }

    /// The same, and who may read the repository, as far as the hub says.
    func resolve(
        _ repo: RepoReference, isDownload: Bool
    ) async throws -> (commit: String, visibility: ContentVisibility?) {
        if RepoReference.isCommit(repo.effectiveRevision) { return (repo.effectiveRevision, nil) }
        let info = try await repoInfo(repo, files: false, countsAsDownload: isDownload)
        guard let commit = info.sha, RepoReference.isCommit(commit) else {
            throw HubError(
                .notAHub, "\(settings.endpoint) does not say which commit '\(repo.effectiveRevision)' of \(repo.id) is."
            )
        }
        return (commit, ContentVisibility(info, isAnonymous: !hasToken))
    }

    /// Creates a repository and returns the address of its page.
    /// - Parameters:
    ///   - isPrivate: nil leaves the choice to the hub. An existing repository keeps its visibility.
    ///   - existOK: whether an existing repository is as good as a new one.
    public func createRepo(_ repo: RepoReference, isPrivate: Bool? = nil, existOK: Bool = false) async throws -> String
    {
        try await createRepo(repo, visibility: isPrivate.map { $0 ? .private : .public }, existOK: existOK)
    }

    /// Creates a repository and returns the address of its page.
    /// - Parameters:
    ///   - visibility: nil leaves the choice to the hub. An existing repository keeps its visibility.
    ///   - sdk: what a space runs on, such as `gradio`; `static` by default.
    ///   - existOK: whether an existing repository is as good as a new one.
    public func createRepo(
        _ repo: RepoReference, visibility: RepoVisibility?, sdk: String? = nil, existOK: Bool = false
    ) async throws -> String {
        var body = CreateRepoRequest(
            name: repo.id.name, organization: repo.id.namespace, type: repo.type == .model ? nil : repo.type,
            visibility: visibility?.rawValue)
        // The hub wants an SDK for a space; a static page is the one that runs nothing.
        if repo.type == .space { body.sdk = sdk ?? "static" }
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
            throw HubError.taken("The \(repo.type.rawValue) \(repo.id) exists already.", status: 409)
        default:
            throw HubError(reply, subject: subject(repo, isWrite: true))
        }
    }

    /// The repository of a page as ``createRepo(_:isPrivate:existOK:)`` returns it; nil when none can be made out. The
    /// page may have another host than the hub that was asked, which may be a mirror.
    func repoID(ofPage page: String) -> RepoID? {
        var path = page[...]
        if path.hasPrefix(settings.endpoint) {
            path = path.dropFirst(settings.endpoint.count)
        } else if let scheme = path.firstRange(of: "://") {
            path = path[scheme.upperBound...].drop { $0 != "/" }
        }
        var parts = path.prefix { $0 != "?" && $0 != "#" }.split(separator: "/")
        if parts.count > 1, RepoType(plural: parts[parts.count - 2]) != nil { return RepoID(parts[parts.count - 1]) }
        parts = parts.suffix(2)
        return RepoID(parts.joined(separator: "/"))
    }

    var jsonHeaders: HTTPHeaders { ["Content-Type": "application/json"] }
}

extension HubError {
    /// A name that is to be given and stands for something already.
    static func taken(_ message: String, status: Int?) -> HubError {
        HubError(
            .conflict, message, hint: "choose another name, or say --exist-ok if what there is will do", status: status)
    }

    /// The same, where only another name helps.
    static func taken(by repo: RepoReference, _ id: RepoID, _ error: HubError) -> HubError {
        guard error.code == .conflict else { return error }
        return HubError(
            .conflict, "there is a \(repo.type.rawValue) \(id) already", hint: "choose another name",
            status: error.status)
    }
}

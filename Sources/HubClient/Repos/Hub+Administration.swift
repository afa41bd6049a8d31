public import HubWire
internal import NIOCore
internal import NIOHTTP1
internal import Transport

/// Who may see a repository.
public enum RepoVisibility: String, Sendable, Hashable, CaseIterable {
    case `public`, `private`
    /// Spaces only: the page is public, the files are not.
    case protected
}

extension Hub {
    /// Deletes a repository with everything in it (hub-api §1.5).
    /// - Parameter missingOK: whether a repository that does not exist is as good as a deleted one.
    /// - Returns: whether there was one.
    /// - Throws: ``HubError``.
    @discardableResult
    public func deleteRepo(_ repo: RepoReference, missingOK: Bool = false) async throws -> Bool {
        let body = CreateRepoRequest(
            name: repo.id.name, organization: repo.id.namespace, type: repo.type == .model ? nil : repo.type,
            visibility: nil)
        do {
            try await change(.DELETE, "/api/repos/delete", body, of: repo, what: "delete repositories")
            return true
        } catch let error as HubError where missingOK && error.code == .repoNotFound {
            return false
        }
    }

    /// Gives a repository another name or namespace.
    /// - Throws: ``HubError``; `conflict` when the new name is taken.
    public func moveRepo(_ repo: RepoReference, to id: RepoID) async throws {
        struct Body: Encodable {
            var fromRepo: String
            var toRepo: String
            var type: RepoType
        }
        let body = Body(fromRepo: repo.id.description, toRepo: id.description, type: repo.type)
        do {
            try await change(.POST, "/api/repos/move", body, of: repo, what: "move repositories")
        } catch let error as HubError {
            throw HubError.taken(by: repo, id, error)
        }
    }

    /// Copies a repository inside the hub and returns the address of the copy's page.
    /// - Throws: ``HubError``; `conflict` when the new name is taken.
    public func duplicateRepo(
        _ repo: RepoReference, to id: RepoID, visibility: RepoVisibility? = nil
    ) async throws -> String {
        struct Body: Encodable {
            var repository: String
            var visibility: String?
        }
        let body = Body(repository: id.description, visibility: visibility?.rawValue)
        do {
            let reply = try await change(
                .POST, "\(repo.apiPath)/duplicate", body, of: repo, what: "duplicate repositories")
            return try reply.decoded(CreateRepoReply.self).url
        } catch let error as HubError {
            throw HubError.taken(by: repo, id, error)
        }
    }

    /// Changes who may see a repository, and whether they must ask before they download; nil leaves a setting alone.
    /// - Throws: ``HubError``.
    public func updateSettings(
        of repo: RepoReference, visibility: RepoVisibility? = nil, gating: Gating? = nil
    ) async throws {
        struct Body: Encodable {
            var visibility: String?
            var gated: Gating?
        }
        let body = Body(visibility: visibility?.rawValue, gated: gating)
        try await change(.PUT, "\(repo.apiPath)/settings", body, of: repo, what: "change settings")
    }

    /// The repositories of the token's owner, or of an organization, as the hub describes them: `id`, `type`,
    /// `visibility`, `updatedAt`, `storage` in bytes, and what else it tells.
    public func ownRepos(namespace: String? = nil) async throws -> [JSONValue] {
        let place = namespace.map { "organizations/\(PercentEncoding.encode(segment: $0))/" } ?? ""
        return try await listing("/api/\(place)settings/repositories")
    }

    /// Sends a change that is never repeated, and gives a missing route a sentence of its own.
    @discardableResult
    func change(
        _ method: HTTPMethod, _ target: String, _ body: (any Encodable & Sendable)?, of repo: RepoReference,
        what: String, revision: String? = nil
    ) async throws -> HubReply {
        let content: HTTPRequest.Body = try body.map { try Hub.json($0) } ?? .none
        let reply = try await exchange(
            HubRequest(method: method, target: target, headers: body == nil ? [:] : jsonHeaders, body: content))
        if (200..<300).contains(reply.status) { return reply }
        // Hubs name the error when they know the route; without a name the route itself is missing.
        if reply.status == 404 || reply.status == 405 || reply.status == 501,
            reply.headers.first(name: HubHeader.errorCode) == nil
        {
            throw HubError(.unsupported, "The hub at \(settings.endpoint) cannot \(what).", status: reply.status)
        }
        var subject = subject(repo, isWrite: true)
        if let revision { subject.repo?.revision = revision }
        throw HubError(reply, subject: subject)
    }

    /// All pages of a list of objects, or as many as hold `limit` of them.
    func listing(_ target: String, limit: Int? = nil) async throws -> [JSONValue] {
        var items: [JSONValue] = []
        var next: String? = target
        var seen = Set<String>()
        while let page = next, seen.insert(page).inserted, items.count < min(limit ?? .max, Hub.maximumTreeEntries) {
            let reply = try await send(
                HubRequest(
                    target: page, patience: .brief, maximumReplyBytes: 64 << 20,
                    subject: HubErrorSubject(hasToken: settings.token != nil)))
            items += try reply.decoded([JSONValue].self)
            next = LinkHeader.next(reply.headers).flatMap { Origin.resolve(location: $0, against: reply.url) }
        }
        return limit.map { Array(items.prefix($0)) } ?? items
    }
}

internal import HubWire
internal import NIOHTTP1
internal import Transport

extension Hub {
    private static let patience = Duration.seconds(4)

    /// Adds names that may have been meant to an error about a repository, revision or file that does not exist.
    ///
    /// Asks the hub, for a few seconds at most. Whatever goes wrong with that, the error comes back as it was.
    public func explained(_ error: any Error) async -> any Error {
        guard let original = error as? HubError, let subject = original.subject, let repo = subject.repo,
            !settings.isOffline
        else { return error }
        let better = try? await withDeadline(Hub.patience) {
            TransportError(code: .timedOut, message: "no hint in time", url: self.settings.endpoint)
        } _: {
            var failure = original
            switch failure.code {
            case .repoNotFound: failure.hint = await self.hint(repo: repo, else: failure.hint)
            case .revisionNotFound: try await self.explain(revision: repo, isWrite: subject.isWrite, in: &failure)
            case .entryNotFound:
                guard let path = subject.path else { break }
                let paths = try await self.tree(repo, recursive: true).map(\.path)
                failure.hint = NearNames.hint(NearNames.paths(like: path, in: paths), else: failure.hint)
            default: break
            }
            return failure
        }
        return better ?? error
    }

    private func hint(repo: RepoReference, else hint: String?) async -> String? {
        async let similar = similarRepos(repo)
        async let type = otherType(repo)
        let names = await similar
        guard names.isEmpty, let type = await type else { return NearNames.hint(names, else: hint) }
        return "there is a \(type.rawValue) of this name: \(type.urlPrefix)\(repo.id)"
    }

    /// Repositories with a name like this, found by the hub's search and in the list of its owner.
    private func similarRepos(_ repo: RepoReference) async -> [String] {
        async let searched = list(repo.type, "search=\(PercentEncoding.encode(segment: repo.id.name))&limit=50")
        async let owned = list(
            repo.type, "author=\(PercentEncoding.encode(segment: repo.id.namespace ?? ""))&limit=200",
            when: repo.id.namespace != nil)
        // A misspelt name is often found by its first half.
        let start = String(repo.id.name.prefix(max(3, repo.id.name.count / 2)))
        async let started = list(repo.type, "search=\(PercentEncoding.encode(segment: start))&limit=50")
        let found = Set(await searched + owned + started)
        let text = "\(repo.id)"
        let near = EditDistance.nearest(to: text, in: found)
        let elsewhere = found.filter { id in
            id != text && RepoID(id)?.name.lowercased() == repo.id.name.lowercased() && !near.contains(id)
        }
        return Array((near + elsewhere.sorted()).filter { $0 != text }.prefix(3)).map { repo.type.urlPrefix + $0 }
    }

    private func list(_ type: RepoType, _ query: String, when isWanted: Bool = true) async -> [String] {
        struct Item: Decodable { var id: String }
        guard isWanted, let reply = try? await send(HubRequest(target: "/api/\(type.plural)?\(query)")),
            let items = try? reply.decoded([Item].self)
        else { return [] }
        return items.map(\.id)
    }

    /// The type of repository that exists under this name where the asked one does not.
    private func otherType(_ repo: RepoReference) async -> RepoType? {
        for type in RepoType.allCases where type != repo.type {
            let other = RepoReference(type: type, id: repo.id)
            if (try? await send(HubRequest(target: other.apiPath, maximumReplyBytes: 64 << 20))) != nil { return type }
        }
        return nil
    }

    /// Names the revisions that there are; a tag, which changes never go to, gets a sentence of its own.
    private func explain(revision repo: RepoReference, isWrite: Bool, in failure: inout HubError) async throws {
        let wanted = repo.effectiveRevision
        let isRef = wanted.hasPrefix("refs/")
        let refs = try await refs(repo, withPullRequests: isRef)
        if isWrite, refs.tags.contains(where: { $0.name == wanted }) {
            failure.message =
                "'\(wanted)' is a tag of the \(repo.type.rawValue) \(repo.id), and tags cannot be pushed to"
            failure.hint = "name a branch with --revision; 'shoal repos branch list' shows them"
            return
        }
        let special = isRef ? ((refs.pullRequests ?? []) + refs.converts).map(\.ref) : []
        let names = special + refs.branches.map(\.name) + refs.tags.map(\.name)
        // Numbers are all alike: another pull request is not what was meant.
        let near = isRef ? [] : EditDistance.nearest(to: wanted, in: names)
        guard near.isEmpty, !names.isEmpty else {
            failure.hint = NearNames.hint(near, else: failure.hint)
            return
        }
        let shown = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
        failure.hint = "its \(special.isEmpty ? "" : "pull requests, ")branches and tags: \(shown)"
    }
}

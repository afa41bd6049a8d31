package import HubClient
internal import HubWire
internal import PublishWire
package import Transfer

/// Brings a repository of a hub into the Hugging Face cache, and publishes it from there.
package struct Mirrorer: Sendable {
    package let hub: Hub
    package let sharer: Sharer
    package let observer: any TransferObserver
    /// Says no where the user has ruled that a repository is given to nobody.
    package var permits: @Sendable (RepoReference) throws -> Void = { _ in }
    /// Names the process group of git while it runs, and 0 afterwards.
    package var noteChild: @Sendable (Int32) -> Void = { _ in }

    /// - Parameter hub: the one of the order's address.
    package init(_ hub: Hub, sharer: Sharer, observer: any TransferObserver = SilentObserver()) {
        self.hub = hub
        self.sharer = sharer
        self.observer = observer
    }

    /// Pulls what is missing, and publishes all of it. What an interrupted run has left is continued.
    /// - Throws: ``PublishError``, `HubError`, `TorrentError`, what hashing throws, and `CancellationError`.
    package func mirror(_ order: MirrorOrder) async throws -> MirrorResult {
        try order.check()
        let repo = order.address.repo
        try permits(repo)
        let told = try await requireOpen(repo)
        var request = PullRequest(repo: repo)
        if order.skipsLarge {
            request.repo.revision = told?.commit ?? repo.revision
            request.files = try await smallFiles(of: request.repo)
            request.areFilesLiteral = true
        }
        let pull = try await hub.pull(request, observer: observer)
        let pinned = RepoReference(type: repo.type, id: repo.id, revision: pull.commit)
        guard let model = try CachedModel.find(pinned, in: [hub.settings.cacheDirectory]) else {
            throw PublishError(
                .localFile, "\(repo) was pulled, and is not in the cache \(hub.settings.cacheDirectory)",
                hint: "run the same command again")
        }
        try await CachePrivacy(hub).require(model)
        var result = MirrorResult(
            share: try await publish(model, order, created: told?.created), commit: pull.commit, pull: pull)
        if pull.isOffline, !hub.settings.isOffline {
            result.notes.append("\(order.address.endpoint) does not answer: this is the commit that the cache knows")
        }
        if order.depth > 0 {
            result.history = try await publishHistory(order, at: pull.commit, beside: result.share)
        }
        return result
    }

    /// Publishes what the cache has of a commit.
    private func publish(_ model: CachedModel, _ order: MirrorOrder, created: Int64?) async throws -> ShareResult {
        let id = try order.name()
        let version = order.version(of: model.commit)
        let name = ModelName(id, version: version)
        if let same = try await again(name, order, at: order.address.endpoint) { return same }
        var content = try model.content(hub: hub)
        if order.skipsLarge { Self.leaveOutLarge(model, &content) }
        content.source?.hub = order.address.endpoint
        let facts = await ManifestFacts(of: content, kind: id.kind)
        var shared = ShareRequest(id: id, licence: try licence(facts, order))
        shared.version = version
        shared.origin = .mirrored
        shared.torrentName = model.commit
        shared.webSeeds = [order.address.webSeed]
        shared.isPublic = order.isPublic
        shared.signs = order.signs
        shared.pieceLength = order.pieceLength
        shared.created = created
        if order.skipsLarge { shared.tags.append(MirrorOrder.smallTag) }
        var result = try await sharer.share(content, as: shared, facts: facts, expecting: model.listedHashes)
        if !order.seeds {
            result.entry = try await sharer.registry.update(result.entry.name) { $0.seeds = false }
        }
        return result
    }

    /// The version as it is in the registry, when that is all there and unchanged.
    /// - Parameter hub: the one that has the files; nil for those that none has.
    private func again(_ name: ModelName, _ order: MirrorOrder, at hub: String?) async throws -> ShareResult? {
        guard let entry = try? sharer.registry.read(name), entry.origin == .mirrored,
            entry.source?.hub == hub, (entry.publisher != nil) == order.signs,
            order.licence == nil || entry.licence == order.licence
        else { return nil }
        do {
            var result = try await sharer.shareAgain(entry, isPublic: order.isPublic)
            if !order.seeds {
                result.entry = try await sharer.registry.update(name) { $0.seeds = false }
            }
            return result
        } catch is PublishError {
            // It was changed, or is damaged: it is made anew.
            return nil
        }
    }

    /// What the card says goes before what the user says.
    private func licence(_ facts: ManifestFacts, _ order: MirrorOrder) throws(PublishError) -> String {
        guard let told = try? LicenceName.check(facts.license) else {
            do throws(PublishError) {
                return try LicenceName.check(order.licence)
            } catch {
                guard order.licence == nil else { throw error }
                throw PublishError(
                    .noLicence, "the card of \(order.address.repo.id) names no licence: nobody may pass it on without",
                    hint:
                        "if you know that it may be shared, name its licence with --license; the files are in the cache"
                )
            }
        }
        if let named = order.licence, let named = try? LicenceName.check(named), named != told {
            observer.warned("the card says that the licence is \(told), so --license \(named) is not used")
        }
        return told
    }

    private func publishHistory(
        _ order: MirrorOrder, at commit: String, beside model: ShareResult
    ) async throws -> ShareResult {
        let history = GitHistory(order.address, depth: order.depth, id: model.entry.id, noteChild: noteChild)
        let name = ModelName(try history.name(), version: history.version)
        if let same = try await again(name, order, at: nil), same.manifest?.description == history.description,
            history.isCurrent(same.entry.folder, at: commit)
        {
            return same
        }
        let folder = try await history.fetch(for: sharer.registry)
        let content = try FolderWalk.look(at: folder).content
        var shared = ShareRequest(id: try history.name(), licence: model.manifest?.license ?? model.entry.licence ?? "")
        shared.version = history.version
        shared.origin = .mirrored
        shared.isPublic = order.isPublic
        shared.signs = order.signs
        shared.description = history.description
        shared.tags = ["git-history"]
        var result = try await sharer.share(content, as: shared, facts: ManifestFacts())
        if !order.seeds {
            result.entry = try await sharer.registry.update(result.entry.name) { $0.seeds = false }
        }
        return result
    }
}

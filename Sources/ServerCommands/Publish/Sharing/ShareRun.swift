internal import Commands
internal import HubClient
internal import HubWire
internal import Publish
internal import PublishWire
internal import SwarmWire
internal import Terminal
internal import Torrents

/// What became of one model.
struct ShareReport: Sendable {
    var name: String
    var result: ShareResult?
    var failure: CommandFailure?
}

/// One run of `shoal share`.
struct ShareRun {
    let session: PublishSession
    let options: ShareOptions
    let seeds: Bool
    let display: ProgressDisplay

    func worker(hub: Hub, engine: any TorrentEngine) -> ShareWorker {
        var sharer = Sharer(
            session.folder, engine: engine, transfer: hub.engine, observer: ProgressObserver(display: display))
        sharer.permits = ShareRules.permits(hub)
        sharer.label = session.settings.catalogue.label
        sharer.creator = "shoal/\(ShoalVersion.current)"
        return ShareWorker(run: self, sharer: sharer, hub: hub)
    }
}

/// Finds out what a word means, and shares it.
struct ShareWorker {
    let run: ShareRun
    let sharer: Sharer
    let hub: Hub

    private var options: ShareOptions { run.options }
    private var registry: Registry { sharer.registry }
    private var caches: [String] { run.session.caches(hub.settings) }

    func share(_ word: String, folder: String?) async throws -> ShareReport {
        ShareReport(name: word, result: try await settled(try await result(of: word, folder: folder)))
    }

    /// Everything that the registry knows, and what lies among the models with a licence that is known.
    func shareAll() async throws -> [ShareReport] {
        try run.session.folder.prepare()
        var reports: [ShareReport] = []
        let listing = try registry.list()
        for fault in listing.faults { display("warning: " + fault) }
        let isPublic = options.skipDHT.map { !$0 }
        let rules = try ShareRules()
        for entry in listing.entries {
            reports.append(
                try await report(entry.name.description) {
                    try rules.check(entry)
                    return try await sharer.shareAgain(entry, isPublic: isPublic)
                })
        }
        for candidate in try registry.candidates(caches: []) {
            let content = try FolderWalk.look(at: candidate.folder).content
            let facts = await ManifestFacts(of: content, kind: candidate.id.kind)
            guard let licence = try? LicenceName.check(facts.license) else {
                display("\(candidate.id) is left out: no licence is known; name it with --license")
                continue
            }
            var request = ShareRequest(id: candidate.id, licence: licence)
            request.version = candidate.version ?? ModelVersion.usual
            request.isPublic = options.skipDHT != true
            request.signs = run.session.settings.security.signsManifests
            request.pieceLength = run.session.settings.torrent.pieceLength
            reports.append(
                try await report(candidate.id.description) { [request] in
                    try rules.check([candidate.id.description])
                    return try await sharer.share(content, as: request, facts: facts)
                })
        }
        guard !reports.isEmpty else {
            throw PublishError(
                .nothingToShare, "there is nothing to share yet",
                hint: "share a folder with 'shoal share ./model --name org/model --license …'")
        }
        return reports
    }

    /// What one of several ended with; only an interruption ends all.
    private func report(_ name: String, _ body: () async throws -> ShareResult) async throws -> ShareReport {
        do {
            return ShareReport(name: name, result: try await settled(try await body()))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return ShareReport(name: name, failure: CommandFailure(describing: error))
        }
    }

    private func settled(_ result: ShareResult) async throws -> ShareResult {
        var result = result
        for note in result.leftOut { display(note) }
        guard !run.seeds else { return result }
        result.entry = try await registry.update(result.entry.name) { $0.seeds = false }
        return result
    }

    private func display(_ line: String) { run.display.note(line) }

    private func result(of word: String, folder: String?) async throws -> ShareResult {
        let path = FolderPath.absolute(word, home: Environment.home)
        if word.hasSuffix(".torrent"), FileFacts(path)?.isFile == true {
            return try await shareTorrent(path, folder: folder)
        }
        let isPath = ["/", "./", "../", "~"].contains { word.hasPrefix($0) } || word == "." || word == ".."
        if isPath || options.name != nil { return try await shareFolder(path) }
        if let name = try? ModelName(parsing: word) {
            if let entry = try registry.find(name.id, version: name.version) { return try await shareEntry(entry) }
            if let model = try CachedModel.find(Self.reference(name), in: caches) {
                return try await shareCached(model, as: model.id)
            }
        }
        guard FileFacts(path) != nil else {
            let name = try ModelName(parsing: word)
            throw PublishError(
                .unknownModel, "there is no \(name) in the registry or the cache, and no such folder",
                hint: "fetch it with 'shoal pull \(name.id)' or 'shoal get \(name)', or name a folder")
        }
        return try await shareFolder(path)
    }

    private static func reference(_ name: ModelName) throws -> RepoReference {
        guard let id = RepoID(name.id.text) else { throw PublishError.unknown(name) }
        return RepoReference(type: name.id.kind == .dataset ? .dataset : .model, id: id, revision: name.version)
    }

    private func shareEntry(_ entry: RegistryEntry) async throws -> ShareResult {
        guard !options.isNaming else {
            throw CommandFailure.usage(
                "\(entry.name) is in the registry already and is given as it is",
                hint:
                    "to change what is said about it, share its folder: shoal share \(entry.folder) --name \(entry.id.text)"
            )
        }
        try ShareRules().check(entry)
        return try await sharer.shareAgain(entry, isPublic: options.skipDHT.map { !$0 })
    }

    private func shareFolder(_ path: String) async throws -> ShareResult {
        // A snapshot of a cache is a repository of a hub, whichever way it is named.
        if let model = CachedModel.of(folder: path, in: caches) {
            return try await shareCached(model, as: try options.id(default: model.id))
        }
        let id = try options.id(default: nil)
        let outcome = try FolderWalk.look(at: path, caches: caches)
        let repositories = outcome.content.repositories(caches: caches)
        try await CachePrivacy(hub).require(repositories: repositories)
        let reach = try ShareRules().check([id.description], repositories: repositories)
        let facts = await ManifestFacts(of: outcome.content, kind: id.kind)
        var request = try options.request(id: id, facts: facts, settings: run.session.settings)
        // The entry does not know these repositories; what a rule keeps in this network is told to nobody else.
        if reach < .everybody { request.isPublic = false }
        return try await sharer.share(outcome.content, as: request, facts: facts)
    }

    private func shareCached(_ model: CachedModel, as id: CatalogueID?) async throws -> ShareResult {
        guard let id else {
            throw CommandFailure.usage(
                "\(model.repo.id) needs a name of two halves to be shared", hint: "give it one with --name org/name")
        }
        try ShareRules().check([id.description, ShareRules.name(of: model.repo)])
        try await CachePrivacy(hub).require(model)
        let content = try model.content(hub: hub)
        let facts = await ManifestFacts(of: content, kind: id.kind)
        var request = try options.request(id: id, facts: facts, settings: run.session.settings)
        if options.version == nil { request.version = Self.version(of: model) }
        return try await sharer.share(content, as: request, facts: facts, expecting: model.listedHashes)
    }

    /// The revision as the user named it, where it can be a version; else the commit.
    private static func version(of model: CachedModel) -> String {
        let named = model.repo.effectiveRevision
        return (try? ModelVersion.check(named)) == nil ? model.commit : named
    }

    private func shareTorrent(_ path: String, folder: String?) async throws -> ShareResult {
        guard let torrent = PlacedFile.read(path, limit: Metainfo.largestTorrent) else {
            throw PublishError(.localFile, "cannot read \(path)", hint: "check that it is a torrent of up to 64 MiB")
        }
        let place = folder.map { FolderPath.absolute($0, home: Environment.home) } ?? FolderPath.folder(of: path)
        var request: ShareRequest?
        if options.name != nil {
            request = try options.request(
                id: try options.id(default: nil), facts: ManifestFacts(), settings: run.session.settings)
        }
        return try await sharer.take(torrent: torrent, at: place, caches: caches, as: request)
    }
}

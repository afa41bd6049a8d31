internal import HubClient
internal import HubWire
internal import PublishWire
internal import Transfer
internal import Transport
internal import Xet

/// Who is asked besides peers.
extension GetSession {
    private static let mostWebSeeds = 16

    /// What the torrent itself or the registry has, and web seeds that the torrent, the link or the user names.
    func addWebSeeds(to feeder: PieceFeeder) async {
        if let papers = TorrentPapers(in: metainfo) ?? knownPapers(), let source = PapersSource(papers, in: metainfo) {
            await feeder.add(source)
        }
        await add(order.webSeeds, .anywhere, to: feeder)
        await add(order.link?.webSeeds ?? [], .world, to: feeder)
        await add(metainfo.webSeeds, order.isFromDisk ? .site : .world, to: feeder)
    }

    private func add(_ addresses: [String], _ reach: GuardedTransport.Reach, to feeder: PieceFeeder) async {
        let hubs = Set(context.endpoints.compactMap { Origin($0) })
        for address in addresses where !webSeeds.contains(address) && webSeeds.count < Self.mostWebSeeds {
            guard address.hasPrefix("http://") || address.hasPrefix("https://") else { continue }
            webSeeds.insert(address)
            let isOwnHub = Origin(address).map(hubs.contains) ?? false
            let transport = GuardedTransport(
                context.transport, to: address, isOwnHub ? .anywhere : reach, lookUp: context.lookUp)
            await feeder.add(
                WebSeed(
                    address, torrent: metainfo.name, isSingleFile: metainfo.isSingleFile,
                    transport: transport, patience: context.timing.web))
        }
    }

    /// What only the manifest tells of: the hub, and further web seeds.
    func addSources(to feeder: PieceFeeder) async {
        guard let review else { return }
        if let hub = hubCopy(review) { await feeder.add(hub) }
        swarm = swarmCopy(review)
        if let swarm { await feeder.add(swarm) }
        await add(review.manifest.webSeeds, .world, to: feeder)
    }

    /// Whether others may have what comes, while it does or afterwards.
    var isGivenAway: Bool { order.isPublic || order.seeds }

    private func hubCopy(_ review: ManifestReview) -> HubCopy? {
        guard order.usesHubs, let source = review.manifest.source, let hub = context.hub?(source.endpoint) else {
            return nil
        }
        var byPath: [TorrentPath: ModelManifest.File] = [:]
        for file in review.manifest.files { byPath[file.path] = file }
        var files: [Int: HubCopy.File] = [:]
        for place in missing {
            guard let file = byPath[metainfo.files[place].path] else { continue }
            // Files that a hub keeps in its large storage have a Xet hash, others the id of their blob.
            let etag = file.xetHash == nil ? file.gitOID.map { Hex.encode($0) } : file.sha256.map { Hex.encode($0) }
            guard let etag else { continue }
            files[place] = HubCopy.File(path: file.path.description, etag: etag, xetHash: file.xetHash)
        }
        guard !files.isEmpty else { return nil }
        let type: RepoType = review.manifest.kind == .dataset ? .dataset : .model
        // What a hub shows to this user alone must not be handed on to everybody.
        return HubCopy(
            isGivenAway ? hub.anonymous() : hub,
            repo: RepoReference(type: type, id: source.repo, revision: source.commit), files: files)
    }

    private func swarmCopy(_ review: ManifestReview) -> SwarmCopy? {
        let isPublic = order.isPublic && !metainfo.isPrivate
        // What a private swarm gives must not be handed on to everybody.
        guard isPublic || !isGivenAway else { return nil }
        var hashes: [TorrentPath: FileHash] = [:]
        for file in review.manifest.files { hashes[file.path] = file.xetHash.flatMap { FileHash($0) } }
        var files: [Int: XetFileRequest] = [:]
        for place in missing {
            let file = metainfo.files[place]
            guard let hash = hashes[file.path] else { continue }
            files[place] = XetFileRequest(hash: hash, size: UInt64(file.size), name: file.path.description)
        }
        guard !files.isEmpty, let enter = context.swarm?(names(of: review), isPublic) else { return nil }
        return SwarmCopy(files, entering: enter)
    }

    /// What rules may call a model: by its own name, and that of the repository that it was copied from.
    private func names(of review: ManifestReview) -> [String] {
        let type: RepoType = review.manifest.kind == .dataset ? .dataset : .model
        let source = review.manifest.source.map { RepoReference(type: type, id: $0.repo).description }
        return [review.id.description] + [source].compactMap(\.self)
    }
}

internal import NIOPosix
internal import PublishWire
internal import Transfer

/// What is there before anything comes.
extension GetSession {
    /// The folder for the files: the user's; that of the version that is brought up to date; `ORG/NAME` below that of all
    /// models; `ORG/NAME@VERSION` where that belongs to another version. Foreign torrents may share a name, so theirs is
    /// always `torrents/NAME@HASH`.
    func chooseDestination() throws(PublishError) -> Destination {
        let name = registryName
        try requireReplaceable(name)
        if let folder = order.folder { return Destination(folder: folder) }
        let usual = "\(context.folder.models)/\(name.id.folderPath)"
        let own = "\(usual)@\(name.version ?? ModelVersion.usual)"
        let versions = try context.registry.versions(of: name.id)
        if let old = versions.first(where: { $0.version == name.version }), old.origin == .got,
            [usual, own].contains(old.folder)
        {
            return Destination(folder: old.folder)
        }
        let isTaken = review == nil || versions.contains { $0.version != name.version && $0.folder == usual }
        return Destination(folder: isTaken ? own : usual)
    }

    /// What the registry calls it. Foreign torrents, which have no manifest, are called after the torrent and its hash.
    var registryName: ModelName {
        if let review {
            let version = review.manifest.version
            let isUsable = (try? ModelVersion.check(version)) != nil
            return ModelName(review.id, version: isUsable ? version : ModelVersion.usual)
        }
        if let name = order.name { return ModelName(name.id, version: name.version ?? ModelVersion.usual) }
        let hash = Hex.encode(metainfo.hashes.short)
        let id = CatalogueID("torrents/\(metainfo.name)") ?? CatalogueID("torrents/\(hash)")
        // Hexadecimal digits are always a name.
        guard let id else { preconditionFailure("a hash is the name of a model") }
        return ModelName(id, version: hash)
    }

    /// Whether the registry is to hear of it: only what is whole.
    var isRegistered: Bool { choice.isComplete && (review != nil || companions.isEmpty) }

    /// Makes sure that the registry loses nothing that is the user's own, or somebody else's.
    func requireReplaceable(_ name: ModelName) throws(PublishError) {
        guard isRegistered else { return }
        try requireNamespaceOfOthers(name)
        guard let old = try? context.registry.read(name), old.hashes != metainfo.hashes else { return }
        guard old.origin == .got else {
            throw PublishError(
                .versionExists, "\(name) is published from this machine, and this is another one",
                hint: "it stays as it is; to have this one in its place: shoal registry rm \(name), and again")
        }
        let publisher = review?.publisher?.fingerprint
        guard review?.verdict == .trusted || (publisher != nil && publisher == old.publisher) else {
            throw PublishError(
                .versionExists, "\(name) is here already, and nothing shows that this one is by the same publisher",
                hint: "to have it in place of that: shoal registry rm \(name), and again")
        }
    }

    /// A namespace in which the user publishes is the user's, although nobody has pinned it.
    private func requireNamespaceOfOthers(_ name: ModelName) throws(PublishError) {
        guard let review, review.verdict != .trusted else { return }
        let own = try context.registry.list().entries.first { entry in
            // What was shared from a hub's repository, or mirrored, is not the user's by its name.
            entry.origin == .shared && entry.source == nil && entry.publisher != nil
                && entry.id.namespace.lowercased() == name.id.namespace.lowercased()
                && entry.publisher != review.publisher?.fingerprint && entry.hashes != metainfo.hashes
        }
        guard let own else { return }
        let hint = review.publisher.map { "if it is meant: shoal trust add \(name.id.namespace) \($0.fingerprint)" }
        throw PublishError(
            .pinConflict, "\(own.name) is published from this machine, and \(name) is not by the same publisher",
            hint: hint ?? "get it from its publisher, signed")
    }

    /// Makes sure that no file of the user is replaced: what is there and not right stays, unless a version of the same
    /// model has brought it there, or the user wants it replaced.
    func requireFree(_ places: [Int], in destination: Destination) throws(PublishError) {
        guard !order.overwrites else { return }
        var files = places.map { metainfo.files[$0].path }.filter { destination.holds($0) }
        guard !files.isEmpty else { return }
        let folder = FolderPath.real(destination.folder)
        let versions = (try? context.registry.versions(of: registryName.id)) ?? []
        for entry in versions where entry.origin == .got && FolderPath.real(entry.folder) == folder {
            guard review != nil || entry.hashes == metainfo.hashes,
                let known = try? context.registry.metainfo(of: entry)
            else { continue }
            let brought = Set(known.payload.map { known.files[$0].path })
            files.removeAll { brought.contains($0) }
        }
        guard files.isEmpty else { throw Destination.refusal(files, in: destination.folder) }
    }

    /// Finds files of the destination that are right already.
    func findPresent(_ places: [Int], in destination: Destination) async throws {
        let placed = PlacedRecord(workplace.placedFile(context.folder))
        for place in places {
            let file = metainfo.files[place]
            let path = destination.path(of: file.path)
            guard let facts = FileFacts(path, followingLinks: false), facts.isFile, facts.size == file.size else {
                continue
            }
            let expectation = expectation(of: place)
            guard file.size == 0 || !expectation.isEmpty || placed.has(path, facts) else { continue }
            if file.size > 0, !expectation.isEmpty {
                let follower = FileFollower(path: path, size: file.size, withRoot: expectation.needsRoot)
                let hashes = try await NIOThreadPool.singleton.runIfActive { try follower.finish() }
                guard expectation.fault(of: hashes) == nil else { continue }
            }
            present.insert(place)
            state.done += file.size
            observer.finished(file.path.description, outcome: .alreadyPresent)
        }
        try requireFree(places.filter { !present.contains($0) }, in: destination)
    }
}

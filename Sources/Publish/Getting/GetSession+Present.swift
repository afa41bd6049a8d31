internal import NIOPosix
internal import PublishWire
internal import Transfer

/// What is there before anything comes.
extension GetSession {
    /// The folder for the files: the user's, or `ORG/NAME` below that of all models; `ORG/NAME@VERSION` where that
    /// belongs to another version.
    func chooseDestination() throws(PublishError) -> Destination {
        if let folder = order.folder { return Destination(folder: folder) }
        let name = registryName
        let usual = "\(context.folder.models)/\(name.id.folderPath)"
        for other in try context.registry.versions(of: name.id) where other.folder == usual {
            if other.version != name.version || other.hashes != metainfo.hashes {
                return Destination(folder: "\(usual)@\(name.version ?? ModelVersion.usual)")
            }
        }
        return Destination(folder: usual)
    }

    /// What the registry calls it. Foreign torrents, which have no manifest, are called after the torrent.
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
        return ModelName(id, version: ModelVersion.usual)
    }

    /// Finds files of the destination that are right already.
    func findPresent(_ places: [Int], in destination: Destination) async throws {
        let expectations = review?.expectations(in: metainfo) ?? [:]
        for place in places {
            let file = metainfo.files[place]
            let path = destination.path(of: file.path)
            guard let facts = FileFacts(path, followingLinks: false), facts.isFile, facts.size == file.size else {
                continue
            }
            let expectation = expectations[place] ?? FileExpectation(root: file.piecesRoot)
            guard file.size == 0 || !expectation.isEmpty else { continue }
            if file.size > 0 {
                let follower = FileFollower(path: path, size: file.size, withRoot: expectation.needsRoot)
                let hashes = try await NIOThreadPool.singleton.runIfActive { try follower.finish() }
                guard expectation.fault(of: hashes) == nil else { continue }
            }
            present.insert(place)
            state.done += file.size
            observer.finished(file.path.description, outcome: .alreadyPresent)
        }
    }
}

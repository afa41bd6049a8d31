internal import NIOPosix
internal import PublishWire
internal import Torrents
internal import Transfer

/// Making visible what is verified, and writing down that it is there.
extension GetSession {
    func finish(_ torrent: TorrentID, _ feeder: PieceFeeder) async throws -> GetResult {
        tell(.placing)
        try await keep(torrent)
        _ = try await look(torrent, feeder)
        // The engine counts once a second; what no source has brought came from peers.
        let new = verified.reduce(0) { $0 + metainfo.files[$1].size } - (resumed ?? 0)
        notePeers(new - state.fromSources.values.reduce(0, +))
        if !metainfo.hasPieceLayers, let bytes = try? await engine.metainfo(of: torrent),
            let told = try? Metainfo(bytes, requiresLayers: false), told.hashes == metainfo.hashes
        {
            // By now it knows those of what it has fetched.
            metainfo = told
        }
        try await engine.remove(torrent)
        guard let destination else { preconditionFailure("what is finished was settled before") }
        let wanted = metainfo.payload.filter { choice.wanted[$0] && (review != nil || !companions.contains($0)) }
        let empty = wanted.filter { metainfo.files[$0].size == 0 && !present.contains($0) }
        // It may have been hours since the files were looked at.
        try requireReplaceable(registryName)
        try requireFree(verified.sorted() + empty, in: destination)
        try await place(verified.sorted(), empty, in: destination)
        await pinPublisher()
        let entry = try await register(destination)
        workplace.discard()
        tell(.done)
        return result(wanted, destination, entry)
    }

    private func place(_ whole: [Int], _ empty: [Int], in destination: Destination) async throws {
        let files = whole.map { place in
            let source = copied.contains(place) ? workplace.copy(place) : workplace.file(place)
            return (source: source, path: metainfo.files[place].path)
        }
        let emptyFiles = empty.map { metainfo.files[$0].path }
        try notePlaced(whole, in: destination)
        // The disk may take long to write down what the engine has left in memory.
        try await FileFlush.flush(files.map(\.source))
        try await NIOThreadPool.singleton.runIfActive {
            for file in files { try destination.place(file.source, as: file.path) }
            for file in emptyFiles { try destination.placeEmpty(file) }
            destination.seal(files.map(\.path) + emptyFiles)
        }
        for file in emptyFiles { observer.finished(file.description, outcome: .transferred) }
    }

    /// A run that is ended before all of them have their names leaves what the next one can know them by.
    private func notePlaced(_ whole: [Int], in destination: Destination) throws {
        let unproven = whole.filter { expectation(of: $0).isEmpty }
        guard !unproven.isEmpty else { return }
        let record = workplace.placedFile(context.folder)
        var placed = PlacedRecord(record)
        let paths = unproven.map { destination.path(of: metainfo.files[$0].path) }
        for (place, path) in zip(unproven, paths) { placed.note(workplace.file(place), as: path) }
        try placed.write(to: record, coming: Set(paths))
    }

    /// The first use of a namespace decides who it belongs to.
    private func pinPublisher() async {
        guard let review, let publisher = review.publisher, review.verdict != .trusted, !review.isOwn else { return }
        let (id, now) = (review.id, context.now())
        let epoch = await PublisherEpoch.known(of: publisher, in: context.folder)
        do {
            try await TrustFile.change(context.folder) { (book) throws(PublishError) in
                _ = try book.pinOnFirstUse(id, by: publisher, at: now, epoch: epoch)
            }
        } catch {
            // The files are what the signature says; whose name that is, the user has to judge.
            observer.warned(error.message)
        }
    }

    private func register(_ destination: Destination) async throws -> RegistryEntry? {
        guard isRegistered else { return nil }
        let name = registryName
        var entry = RegistryEntry(
            id: name.id, version: name.version ?? ModelVersion.usual, origin: .got, folder: destination.folder,
            hashes: metainfo.hashes, size: metainfo.payloadSize, fileCount: metainfo.payload.count, added: context.now()
        )
        entry.seeds = order.seeds
        entry.isPublic = order.isPublic && !metainfo.isPrivate
        if let manifest = review?.manifest {
            entry.licence = manifest.license
            entry.modelType = manifest.modelType
            entry.formats = manifest.formats
            entry.publisher = review?.publisher?.fingerprint
            entry.source = manifest.source.map {
                RegistryEntry.Source(hub: $0.endpoint, repo: "\($0.repo)", commit: $0.commit)
            }
        }
        if let known = try? context.registry.find(name.id, version: entry.version), known.hashes == entry.hashes,
            known.origin != .got
        {
            // What the user shares from elsewhere stays as it is.
            return known
        }
        try await completeLayers(destination)
        try await context.registry.add(
            entry, torrent: metainfo.bytes, manifest: review?.json, signature: review?.signature)
        return entry
    }

    /// Reads files that were there already for what a magnet link does not tell, and who gives the torrent must know.
    private func completeLayers(_ destination: Destination) async throws {
        let (known, places) = (metainfo, metainfo.filesWithoutLayer)
        guard !places.isEmpty else { return }
        metainfo = try await NIOThreadPool.singleton.runIfActive {
            var layers: [[UInt8]: [UInt8]] = [:]
            for place in places {
                let file = known.files[place]
                guard let root = file.piecesRoot, layers[root] == nil else { continue }
                layers[root] = try PieceLayer.read(
                    destination.path(of: file.path), size: file.size, pieceLength: known.pieceLength)
            }
            return try known.adding(layers: layers)
        }
    }

    private func result(_ wanted: [Int], _ destination: Destination, _ entry: RegistryEntry?) -> GetResult {
        let proof: GetResult.Proof = review == nil ? .pieces : review?.publisher == nil ? .unsigned : .signed
        return GetResult(
            hashes: metainfo.hashes, entry: entry, name: review?.id.description ?? metainfo.name,
            folder: destination.folder,
            files: wanted.map { place in
                let file = metainfo.files[place]
                return GetResult.File(
                    path: file.path.description, size: file.size,
                    outcome: present.contains(place) ? .alreadyPresent : .transferred)
            },
            proof: proof, manifest: review?.manifest, publisher: review?.publisher, verdict: review?.verdict,
            isOwn: review?.isOwn ?? false,
            fromPeers: state.fromPeers, fromSources: state.fromSources, resumed: resumed ?? 0, peers: mostPeers,
            elapsed: .now - began)
    }
}

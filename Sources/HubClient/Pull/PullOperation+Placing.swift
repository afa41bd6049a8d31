internal import ChunkStore
internal import Transfer
internal import Xet

extension PullOperation {
    /// Places all files, some at once, large ones first so that none of them is left alone at the end.
    func place(
        _ files: [TreeListing.File], choice: FileSelection.Outcome, from listing: TreeListing, commit: String,
        peers: (any PeerSource)? = nil
    ) async throws -> PullResult {
        try destination.requireSpace(for: files, commit: commit)
        let copies = isForced ? nil : LocalCopies(cache: cache, engine: hub.engine)
        // Small ones in the order of the listing, in which their pusher packed them: neighbours travel together.
        let ranks = files.map { $0.size > TransferEngine.largestSmallFile ? $0.size : 0 }
        let order = files.indices.sorted { (ranks[$0], $1) > (ranks[$1], $0) }
        let wanted = order.lazy.map { files[$0] }.filter { isForced || !destination.holds($0, commit: commit) }
        let fetcher = FileFetcher(
            hub: hub, repo: repo, commit: commit, files: Array(wanted), copies: copies, peers: peers,
            observer: observer)
        defer { fetcher.close() }
        for file in files { observer.began(TransferItem(name: file.path, totalBytes: file.size)) }
        let placements = try await withThrowingTaskGroup(of: (Int, Placement?).self) { group in
            var placements = [Placement?](repeating: nil, count: files.count)
            var missing: [Int] = []
            var pending = order.makeIterator()
            func startNext() {
                guard let index = pending.next() else { return }
                group.addTask { (index, try await placeOne(files[index], commit: commit, fetcher: fetcher)) }
            }
            for _ in 0..<max(1, hub.settings.maximumFilesAtOnce) { startNext() }
            while let (index, placement) = try await group.next() {
                if placement == nil { missing.append(index) }
                placements[index] = placement
                startNext()
            }
            guard missing.isEmpty else {
                throw offlineError(missing: missing.sorted().map { files[$0].path }, of: files.count)
            }
            return placements
        }
        var result = result(
            zip(files, placements).map { ($0, $1 ?? .alreadyPresent) },
            single: choice.single.map { listing.files[$0] }, commit: commit)
        result.unmatchedPatterns = choice.unmatched
        return result
    }

    /// Files outside of the cache are found again by what is remembered of them.
    func remember(_ file: TreeListing.File, _ placement: Placement, commit: String) async {
        guard placement.outcome == .transferred, file.size >= ManifestShelf.smallestFile,
            let hash = file.xetHash.flatMap({ FileHash($0) })
        else { return }
        // The SHA-256 is the hub's word; only the Xet hash was verified.
        await hub.engine.remember([(destination.path(of: file, commit: commit), hash, nil)])
    }

    /// - Returns: nil when the network is off and the file is not on this machine.
    func placeOne(_ file: TreeListing.File, commit: String, fetcher: FileFetcher) async throws -> Placement? {
        do {
            let placement = try await destination.place(file, commit: commit, fetcher: fetcher)
            // At once: whoever edits the file later must not be taken for the one who pulled it.
            if isLocalDirectory { await remember(file, placement, commit: commit) }
            observer.finished(file.path, outcome: placement.outcome)
            return placement
        } catch let error as HubError where error.code == .offline && hub.settings.isOffline {
            observer.finished(file.path, outcome: .failed)
            return nil
        } catch {
            observer.finished(file.path, outcome: .failed)
            throw error
        }
    }

    func result(
        _ placed: [(file: TreeListing.File, placement: Placement)], single: TreeListing.File?, commit: String
    ) -> PullResult {
        var statistics = PullResult.Statistics()
        for (file, placement) in placed {
            statistics.networkBytes += placement.statistics.networkBytes
            statistics.peerBytes += placement.statistics.peerBytes
            statistics.resumedBytes += placement.statistics.resumedBytes
            statistics.reusedBytes += placement.statistics.reusedBytes
            statistics.verifiedChunks += placement.statistics.verifiedChunks
            if let trust = placement.statistics.trust { statistics.trust[trust, default: 0] += 1 }
            if placement.outcome == .alreadyPresent { statistics.reusedBytes += file.size }
        }
        return PullResult(
            path: destination.path(of: single, commit: commit), commit: commit,
            files: placed.map { PulledFile(path: $0.file.path, size: $0.file.size, outcome: $0.placement.outcome) },
            statistics: statistics, isOffline: hub.settings.isOffline)
    }
}

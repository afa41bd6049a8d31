internal import HubClient
internal import HubWire
internal import Logging
internal import NIOPosix
internal import PublishWire
internal import Torrents
internal import Transfer

/// Files of this machine with the same content, which nobody has to send.
extension GetSession {
    /// The manifest of a torrent that is on this machine already.
    func knownPapers() -> TorrentPapers? {
        guard let hash = metainfo.hashes.v2 ?? metainfo.hashes.v1,
            let entry = try? context.registry.find(hash: hash),
            let manifest = context.registry.bytes(.manifest, of: entry)
        else { return nil }
        return TorrentPapers(manifest: manifest, signature: context.registry.bytes(.signature, of: entry))
    }

    /// Files that models of the registry have, by the root of their blocks: what can be told before the manifest.
    func findInRegistry() -> [Int: String] {
        var byRoot: [[UInt8]: [Int]] = [:]
        let companions = Set(companions)
        for place in metainfo.payload where choice.wanted[place] && !companions.contains(place) {
            if let root = metainfo.files[place].piecesRoot { byRoot[root, default: []].append(place) }
        }
        guard !byRoot.isEmpty else { return [:] }
        var found: [Int: String] = [:]
        for entry in (try? context.registry.list().entries) ?? [] {
            guard entry.isPublic || !isGivenAway else { continue }
            guard let other = try? context.registry.metainfo(of: entry) else { continue }
            for place in other.payload {
                guard let root = other.files[place].piecesRoot, let mine = byRoot[root] else { continue }
                let path = entry.place(of: other.files[place].path)
                guard let facts = FileFacts(path), facts.isFile, facts.size == other.files[place].size else { continue }
                for wanted in mine where found[wanted] == nil { found[wanted] = path }
            }
        }
        return found
    }

    /// All that is missing and here.
    func findCopies() -> [Int: String] {
        var found = registryCopies.filter { place, path in
            missing.contains(place) && path != destination?.path(of: metainfo.files[place].path)
        }
        if let review { addCached(review, to: &found) }
        return found
    }

    /// Copies what is here, while others are asked for the rest. What turns out to be something else is asked for too.
    func copyFiles(_ torrent: TorrentID, _ feeder: PieceFeeder) async throws {
        for (place, original) in copies.sorted(by: { $0.key < $1.key }) {
            let expectation = expectation(of: place)
            let hashes = try await copy(original, place, expectation)
            if let hashes, expectation.fault(of: hashes) == nil {
                missing.remove(place)
                verified.insert(place)
                copied.insert(place)
                observer.finished(metainfo.files[place].path.description, outcome: .transferred)
                observer.kept()
                continue
            }
            context.logger.info("a file of this machine is not what its name says", metadata: ["path": "\(original)"])
            copiedBytes -= told[place] ?? 0
            workplace.discardCopy(place)
            await verify(place)
            wantedNow[place] = true
            try await engine.setWanted(wantedNow, of: torrent)
            await feeder.want(wantedNow)
        }
    }

    /// - Returns: nil when it cannot be copied to its end.
    private func copy(
        _ original: String, _ place: Int, _ expectation: FileExpectation
    ) async throws -> FileFollower.Hashes? {
        let file = metainfo.files[place]
        let copy = LocalCopy(of: original, to: workplace.copy(place), size: file.size, withRoot: expectation.needsRoot)
        while true {
            try Task.checkCancellation()
            let before = copy.position
            let hashes: FileFollower.Hashes?
            do {
                hashes = try await NIOThreadPool.singleton.runIfActive { try copy.step() }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                // Whatever keeps it from being copied, others have it.
                return nil
            }
            let step = copy.position - before
            observer.advanced(file.path.description, bytes: UInt64(step))
            told[place, default: 0] += step
            state.done += step
            copiedBytes += step
            if let hashes { return hashes }
        }
    }

    /// Whether a hub has said that everybody can read a repository of the cache.
    private func isOpen(_ cached: CachedContent, _ review: ManifestReview) -> Bool {
        [review.manifest.source?.commit, cached.commit(of: "main")].contains { commit in
            commit.flatMap { cached.visibility(of: $0) } == .public
        }
    }

    /// The repository in Hugging Face caches, under the name of the source or the model's own.
    private func addCached(
        _ review: ManifestReview, to found: inout [Int: String]
    ) {
        let names = Set([review.manifest.source?.repo, review.manifest.name].compactMap { $0 })
        let type: RepoType = review.manifest.kind == .dataset ? .dataset : .model
        for root in context.caches {
            for name in names {
                let cached = CachedContent(root: root, repo: RepoReference(type: type, id: name))
                guard cached.exists, !isGivenAway || isOpen(cached, review) else { continue }
                for place in missing where found[place] == nil {
                    guard let sha256 = expectations[place]?.sha256 else { continue }
                    let size = UInt64(metainfo.files[place].size)
                    if let path = cached.blob(Hex.encode(sha256), size: size) { found[place] = path }
                }
            }
        }
    }
}

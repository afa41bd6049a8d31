internal import Logging
internal import Synchronization
internal import Transfer
internal import Xet

/// Looks for files on this disk that may have parts of a file that is wanted: the same content under another name or in
/// another repository, older revisions, files of the same name elsewhere (hub-api §2.1). Python's downloads count as
/// much as our own.
final class LocalCopies: Sendable {
    /// Smaller files come faster over the network than they are found.
    private static let smallestFile: UInt64 = 1 << 20
    /// Snapshots of the repository, and other repositories, that are looked into.
    private static let maximumSnapshots = 8
    private static let maximumRepositories = 64
    private static let maximumCandidates = 12

    /// A folder `snapshots/<commit>` and the repository's folder above it.
    private struct Snapshot: Sendable {
        var path: String
        var repository: String
        var commit: String
    }

    /// A file to look at.
    private struct Place {
        var path: String
        var snapshot: Snapshot?
    }

    private struct Scene: Sendable {
        /// Folders of all repositories in the cache.
        var repositories: [String]
        /// Of the wanted repository, newest first.
        var own: [Snapshot]
        /// The newest of each other repository.
        var others: [Snapshot]
    }

    private let cache: RepoCache
    private let engine: TransferEngine
    private let scene = Mutex<Scene?>(nil)
    private let listings = Mutex<[String: TreeListing?]>([:])

    init(cache: RepoCache, engine: TransferEngine) {
        self.cache = cache
        self.engine = engine
    }

    /// A finished copy of the whole content, by the names that caches give their blobs; its bytes are not looked at.
    func blob(of file: TreeListing.File) -> String? {
        currentScene().repositories.lazy.map { LocalPath.join($0, "blobs/\(file.etag)") }
            .first { Disk.status($0).map { $0.isRegular && $0.size == file.size } ?? false }
    }

    /// The most promising first.
    /// - Parameter target: the file that will be replaced, where there is one.
    func candidates(for file: TreeListing.File, replacing target: String? = nil) async -> [LocalCandidate] {
        guard file.size >= Self.smallestFile else { return [] }
        let scene = currentScene()
        var found: [LocalCandidate] = []
        if let copy = blob(of: file) {
            found.append(LocalCandidate(path: LocalPath.resolved(copy), hash: file.xetHash.flatMap { FileHash($0) }))
        }
        var places: [Place] = target.map { [Place(path: $0, snapshot: nil)] } ?? []
        places += scene.own.map { Place(path: LocalPath.join($0.path, file.path), snapshot: $0) }
        places += namesakes(of: file, in: scene.own)
        places += scene.others.map { Place(path: LocalPath.join($0.path, file.path), snapshot: $0) }
        for place in places where found.count < Self.maximumCandidates {
            let path = place.path
            guard let status = Disk.status(path), status.isRegular, status.size >= Self.smallestFile,
                TransferEngine.isSimilar(status.size, file.size)
            else { continue }
            let real = LocalPath.resolved(path)
            guard !found.contains(where: { $0.path == real }) else { continue }
            found.append(await candidate(real, listed: path, in: place.snapshot))
        }
        for candidate in await engine.namesakes(of: file.path, size: file.size)
        where !found.contains(where: { $0.path == candidate.path }) {
            found.append(candidate)
        }
        return found
    }

    /// What can be told of a file without reading it: its hash, by the store's name or the listing of its commit, and
    /// where its chunk list would be.
    private func candidate(_ real: String, listed path: String, in snapshot: Snapshot?) async -> LocalCandidate {
        var hash: String?
        let name = LocalPath.name(of: real)
        if real.hasPrefix(LocalPath.join(cache.root, "blobs/")), name.utf8.count == FileHash.textLength { hash = name }
        if hash == nil, let snapshot, let listing = listing(of: snapshot) {
            let inside = path.dropFirst(snapshot.path.count + 1)
            hash = listing.files.first { $0.path == inside }?.xetHash
        }
        let known = hash.flatMap { FileHash($0) }
        let manifest = snapshot.flatMap { snapshot in
            known.map { LocalPath.join(snapshot.repository, ".shoal/\($0).manifest") }
        }
        return await engine.candidate(path: real, hash: known, manifest: manifest)
    }

    /// Files of the same kind under other names in the same repository.
    private func namesakes(of file: TreeListing.File, in snapshots: [Snapshot]) -> [Place] {
        func kind(_ path: String) -> Substring? { LocalPath.name(of: path).split(separator: ".").dropFirst().last }
        return snapshots.prefix(2).flatMap { snapshot in
            (listing(of: snapshot)?.files ?? [])
                .filter { other in
                    other.path != file.path && kind(other.path) == kind(file.path)
                        && TransferEngine.isSimilar(other.size, file.size)
                }
                .sorted { abs(Int64($0.size) - Int64(file.size)) < abs(Int64($1.size) - Int64(file.size)) }
                .prefix(4).map { Place(path: LocalPath.join(snapshot.path, $0.path), snapshot: snapshot) }
        }
    }

    private func listing(of snapshot: Snapshot) -> TreeListing? {
        listings.withLock { listings in
            if let known = listings[snapshot.path] { return known }
            let listing = TreeListing.read(snapshot.repository, commit: snapshot.commit)
            listings[snapshot.path] = .some(listing)
            return listing
        }
    }

    private func currentScene() -> Scene {
        scene.withLock { scene in
            if let scene { return scene }
            let found = look()
            scene = found
            return found
        }
    }

    private func look() -> Scene {
        let folders = ((try? Disk.names(in: cache.root)) ?? []).filter { name in
            ["models--", "datasets--", "spaces--"].contains { name.hasPrefix($0) }
        }.map { LocalPath.join(cache.root, $0) }
        let others = folders.filter { $0 != cache.folder }.map { ($0, Disk.status($0)?.modified ?? 0) }
            .sorted { $0.1 > $1.1 }.prefix(Self.maximumRepositories)
        return Scene(
            repositories: [cache.folder] + folders.filter { $0 != cache.folder },
            own: snapshots(of: cache.folder, limit: Self.maximumSnapshots),
            others: others.flatMap { snapshots(of: $0.0, limit: 1) })
    }

    private func snapshots(of repository: String, limit: Int) -> [Snapshot] {
        let folder = LocalPath.join(repository, "snapshots")
        return ((try? Disk.names(in: folder)) ?? [])
            .map { ($0, Disk.status(LocalPath.join(folder, $0))?.modified ?? 0) }
            .sorted { $0.1 > $1.1 }.prefix(limit)
            .map { Snapshot(path: LocalPath.join(folder, $0.0), repository: repository, commit: $0.0) }
    }
}

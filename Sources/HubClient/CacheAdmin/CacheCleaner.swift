public import Logging

/// Removes things from a cache by the rules that Python's client follows too: links and refs first, then blobs that
/// nothing uses, then content of the shared store that nobody uses; what another process works on is left alone.
public struct CacheCleaner: Sendable {
    let inventory: CacheInventory
    let store: SharedBlobStore

    public init(_ inventory: CacheInventory, logger: Logger) {
        self.inventory = inventory
        store = SharedBlobStore(cacheRoot: inventory.root, logger: logger)
    }

    /// What a removal did.
    public struct Outcome: Sendable {
        /// Bytes that are free now.
        public var freed: UInt64 = 0
        /// What was left alone, one sentence each.
        public var kept: [String] = []
    }

    /// The bytes that removing a selection frees. A blob that something else uses counts nothing.
    public func size(of selection: CacheSelection) -> UInt64 {
        var blobs = doomed(by: selection.files)
        for part in selection.parts {
            for (blob, size) in doomed(by: part) { blobs[blob] = size }
        }
        let deleted = Set(blobs.keys)
        var entries: Set<String> = []
        var total: UInt64 = 0
        let isMarked = store.isMarked
        for (blob, size) in blobs {
            if isMarked, let entry = store.entry(linkedFrom: blob) { entries.insert(entry) } else { total += size }
        }
        return entries.reduce(total) { $0 + store.freed($1, deleting: deleted) }
    }

    /// Removes a selection.
    /// - Throws: ``HubError`` with code `in_use`, before anything is removed, when another process works in one of the
    ///   repositories; `local_file` when the file system refuses.
    public func remove(_ selection: CacheSelection) async throws -> Outcome {
        for repo in Set(selection.parts.map(\.repo.folderName) + selection.files.map(\.repo.folderName)) {
            guard !isBusy(repo) else {
                throw HubError(
                    .inUse, "Another process is working on \(LocalPath.join(inventory.root, repo)).",
                    hint: "Wait until it is done, or stop it.")
            }
        }
        var outcome = Outcome(freed: size(of: selection))
        for part in selection.parts {
            if part.isWholeRepo, !hasNewSnapshots(part.repo) {
                try await removeRepo(part.repo)
            } else {
                try await removeRevisions(part, outcome: &outcome)
            }
        }
        let files = Dictionary(grouping: selection.files, by: \.repo)
        let blobs = doomed(by: selection.files)
        for (repo, files) in files {
            for file in files { try Disk.remove(file.file.pointer) }
            let own = Set(files.map(\.file.blob)).subtracting(files.map(\.file.pointer)).filter { blobs[$0] != nil }
            try await removeBlobs(own, of: repo, outcome: &outcome)
        }
        return outcome
    }

    /// Whether a pull has finished since the cache was looked at; what it brought was not selected.
    private func hasNewSnapshots(_ repo: CachedRepo) -> Bool {
        let known = Set(repo.revisions.map(\.commit))
        let present = (try? Disk.names(in: LocalPath.join(repo.path, "snapshots"))) ?? []
        return present.contains { !known.contains($0) && !$0.hasPrefix(".") }
    }

    /// The blobs that go with revisions, by their size.
    private func doomed(by part: CacheSelection.Part) -> [String: UInt64] {
        let gone = Set(part.revisions.map(\.commit))
        let kept = Set(part.repo.revisions.filter { !gone.contains($0.commit) }.flatMap(\.files).map(\.blob))
        var blobs: [String: UInt64] = [:]
        for file in part.revisions.flatMap(\.files) where !kept.contains(file.blob) { blobs[file.blob] = file.size }
        return blobs
    }

    /// The blobs that go with single files, by their size.
    private func doomed(by files: [CacheSelection.File]) -> [String: UInt64] {
        guard !files.isEmpty else { return [:] }
        let gone = Set(files.map(\.file.pointer))
        let others = inventory.repos.flatMap(\.revisions).flatMap(\.files).filter { !gone.contains($0.pointer) }
        let kept = Set(others.map(\.blob))
        var blobs: [String: UInt64] = [:]
        for file in files where !kept.contains(file.file.blob) { blobs[file.file.blob] = file.file.size }
        return blobs
    }

    /// Takes a whole repository away in one step, then removes it; a kill in between leaves no half repository.
    private func removeRepo(_ repo: CachedRepo) async throws {
        let names = (try? Disk.names(in: LocalPath.join(repo.path, "blobs"))) ?? []
        let entries = Set(names.compactMap { store.entry(linkedFrom: LocalPath.join(repo.path, "blobs/\($0)")) })
        try Disk.createFolder(LocalPath.join(inventory.root, ".locks"))
        let grave = LocalPath.join(inventory.root, ".locks/\(Self.gravePrefix)\(Disk.randomHex())")
        // A folder that is a mount point cannot be renamed, only emptied.
        let isMoved = (try? Disk.rename(repo.path, to: grave)) != nil
        try Disk.removeTree(isMoved ? grave : repo.path)
        for entry in entries { try await store.sweep(entry) }
    }

    /// Below `.locks`, where no scan looks.
    static let gravePrefix = ".shoal-removed-"

    private func removeRevisions(_ part: CacheSelection.Part, outcome: inout Outcome) async throws {
        for ref in part.revisions.flatMap(\.refs) { try Disk.remove(LocalPath.join(part.repo.path, "refs/\(ref)")) }
        for revision in part.revisions { try Disk.removeTree(revision.path) }
        let inside = part.revisions.map { $0.path + "/" }
        let blobs = doomed(by: part).keys.filter { blob in !inside.contains { blob.hasPrefix($0) } }
        try await removeBlobs(Set(blobs), of: part.repo, outcome: &outcome)
    }

    /// How many locks are held, and so how many files are open, at once.
    private static let batchSize = 128

    /// Removes blobs under their locks, each only if no snapshot uses it at that moment.
    private func removeBlobs(_ blobs: Set<String>, of repo: CachedRepo, outcome: inout Outcome) async throws {
        let folder = LocalPath.join(repo.path, "blobs")
        var waiting = CacheOrder.sorted(blobs)
        try Disk.createFolder(LocalPath.folder(of: lockPath(repo.folderName, "")))
        while !waiting.isEmpty {
            let batch = waiting.suffix(Self.batchSize)
            waiting.removeLast(batch.count)
            var locks: [FileLock] = []
            var free: [String] = []
            for blob in batch {
                // A link may lead anywhere; what is not the repository's own stays.
                guard LocalPath.folder(of: blob) == folder else {
                    outcome.kept.append("\(blob) is not in the cache.")
                    continue
                }
                switch FileLock.attempt(lockPath(repo.folderName, LocalPath.name(of: blob)), creates: true) {
                case .held: outcome.kept.append("Another process is working on \(blob).")
                case .unavailable: free.append(blob)
                case .acquired(let lock):
                    locks.append(lock)
                    free.append(blob)
                }
            }
            let used = blobsInUse(repo)
            for blob in free where !used.contains(blob) {
                let entry = store.isMarked ? store.entry(linkedFrom: blob) : nil
                try Disk.remove(blob)
                if let entry { try await store.sweep(entry) }
            }
            withExtendedLifetime(locks) {}
        }
        removeOwnLeftovers(repo.path)
    }

    /// The blobs that the snapshots on disk lead to now.
    private func blobsInUse(_ repo: CachedRepo) -> Set<String> {
        let snapshots = LocalPath.join(repo.path, "snapshots")
        var used: Set<String> = []
        for name in (try? Disk.leaves(below: snapshots)) ?? [] {
            let pointer = LocalPath.join(snapshots, name)
            guard let text = Disk.linkText(pointer) else { continue }
            used.insert(LocalPath.leading(text, from: LocalPath.folder(of: pointer)))
        }
        return used
    }

    private func lockPath(_ folderName: String, _ etag: some StringProtocol) -> String {
        LocalPath.join(inventory.root, ".locks/\(folderName)/\(etag).lock")
    }

    /// Whether any process holds a lock of a repository: it is downloading.
    func isBusy(_ folderName: String) -> Bool {
        let locks = LocalPath.join(inventory.root, ".locks/\(folderName)")
        return ((try? Disk.names(in: locks)) ?? []).contains { name in
            guard name.hasSuffix(".lock"),
                case .held = FileLock.attempt(LocalPath.join(locks, name), creates: false)
            else { return false }
            return true
        }
    }

    /// Tries for the lock under which an incomplete file is written: that of the blob it is to become.
    func attempt(lockOf file: CacheInventory.StrayFile, creates: Bool) -> FileLock.Attempt {
        let folderName = LocalPath.name(of: LocalPath.folder(of: LocalPath.folder(of: file.path)))
        let etag = LocalPath.name(of: file.path).prefix { $0 != "." }
        guard !etag.isEmpty, folderName.firstRange(ofBytes: "--") != nil else { return .unavailable }
        let lock = lockPath(folderName, etag)
        let canCreate = creates && (try? Disk.createFolder(LocalPath.folder(of: lock))) != nil
        return FileLock.attempt(lock, creates: canCreate)
    }
}

internal import Logging
internal import Transfer

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Fills a Hugging Face cache: blobs, links, refs and listings (hub-api §2.1 to §2.5).
struct CacheDestination: PullDestination {
    private let cache: RepoCache
    private let settings: HubSettings
    private let logger: Logger
    private let sharedBlobs: SharedBlobStore
    /// What is there is fetched again and replaced.
    private let isForced: Bool

    init(cache: RepoCache, settings: HubSettings, isForced: Bool, logger: Logger) {
        self.isForced = isForced
        self.cache = cache
        self.settings = settings
        self.logger = logger
        sharedBlobs = SharedBlobStore(cacheRoot: cache.root, logger: logger)
    }

    func path(of file: TreeListing.File?, commit: String) -> String {
        file.map { cache.pointer(commit, $0.path) } ?? cache.snapshot(commit)
    }

    func knownListing(of commit: String) -> TreeListing? { TreeListing.read(cache.folder, commit: commit) }

    func validate(_ files: [TreeListing.File], commit: String) throws {
        try RepoPath.validate(all: files.map(\.path), inFolder: false)
        for file in files { try RepoPath.validateFolders(of: file.path, below: cache.snapshot(commit)) }
    }

    func prepare(
        commit: String, revision: String, listing: TreeListing?, keeping: TreeListing.Keeping
    ) throws {
        try cache.prepare()
        try listing?.write(cache.folder, commit: commit, keeping: keeping)
        if keeping == .shared { TreeListing.share(in: cache.folder, commit: commit) }
        try cache.remember(commit, as: revision)
        try Disk.createFolder(cache.snapshot(commit))
    }

    func holds(_ file: TreeListing.File, commit: String) -> Bool {
        cache.isPresent(cache.pointer(commit, file.path), size: file.size)
    }

    func parts(of file: TreeListing.File, commit: String) -> [PullPreview.Part] {
        guard !isForced else { return PullPreview.fetching(file) }
        let pointer = cache.pointer(commit, file.path)
        if cache.isPresent(pointer, size: file.size) {
            return [PullPreview.Part(origin: .inPlace, bytes: file.size, path: pointer)]
        }
        let blob = cache.blob(file.etag)
        if cache.isPresent(blob, size: file.size) {
            return [PullPreview.Part(origin: .cache, bytes: file.size, path: blob)]
        }
        if !settings.disablesSharedBlobs, !settings.disablesXet, let hash = file.xetHash,
            sharedBlobs.holds(hash, size: file.size)
        {
            let entry = sharedBlobs.entry(hash)
            let folders = (sharedBlobs.references(to: entry) ?? []).map {
                LocalPath.name(of: LocalPath.folder(of: LocalPath.folder(of: $0)))
            }
            return [
                PullPreview.Part(
                    origin: .sharedStore, bytes: file.size, path: entry, users: CacheOrder.sorted(Set(folders)))
            ]
        }
        return PullPreview.fetching(
            file, partial: cache.partial(file.etag), journal: cache.journal(file.etag), usesXet: !settings.disablesXet)
    }

    func requireSpace(for files: [TreeListing.File], commit: String) throws {
        var seen = Set<String>()
        var needed: UInt64 = 0
        for file in files where !isOnDisk(file, commit: commit) && seen.insert(file.etag).inserted {
            let partial = DiskSpace.allocated(cache.partial(file.etag))
            if partial < file.size { needed += file.size - partial }
        }
        try DiskSpace.require(needed, at: cache.root)
    }

    func place(_ file: TreeListing.File, commit: String, fetcher: FileFetcher) async throws -> Placement {
        let pointer = cache.pointer(commit, file.path)
        let blob = cache.blob(file.etag)
        if !isForced, cache.isPresent(pointer, size: file.size) { return .alreadyPresent }
        try Disk.createFolder(LocalPath.folder(of: pointer))
        let links = SnapshotLinks(cache: cache, areDisabled: settings.disablesSymlinks)
        let options = FileLock.Options(isWaiting: fetcher.tellAboutWaiting(for: file))
        return try await withFileLock(cache.lock(file.etag), options: options, logger: logger) { lock in
            if isForced { try discardPartial(file) }
            // Another process may have finished it while we waited.
            if !isForced, cache.isPresent(pointer, size: file.size) { return .alreadyPresent }
            if !isForced, cache.isPresent(blob, size: file.size) {
                try await links.place(blob, at: pointer, isNew: false)
                try discardPartial(file)
                return .alreadyPresent
            }
            let shares = links.areSupported && !settings.disablesSharedBlobs && fetcher.usesXet(file)
            let reference = cache.sharedReference(file.etag)
            if shares, !isForced, let hash = file.xetHash,
                try await sharedBlobs.link(blob, reference: reference, to: hash, size: file.size)
            {
                try await links.place(blob, at: pointer, isNew: false)
                try discardPartial(file)
                return .alreadyPresent
            }
            let statistics = try await fetch(file, to: blob, isLocked: lock != nil, fetcher: fetcher)
            var isShared = false
            if shares, let hash = file.xetHash {
                isShared = try await sharedBlobs.publish(
                    blob, reference: reference, as: hash, size: file.size, replaces: isForced)
            }
            try await links.place(blob, at: pointer, isNew: !isShared)
            return Placement(outcome: .transferred, statistics: statistics)
        }
    }

    /// Removes what an interrupted pull left of a file that somebody else has completed since.
    private func discardPartial(_ file: TreeListing.File) throws {
        let partial = PartialFile(path: cache.partial(file.etag), journal: cache.journal(file.etag))
        for path in [partial.path, partial.journal, partial.rangeJournal] { try Disk.remove(path) }
    }

    /// Fetches the content and gives it its name once it is complete.
    private func fetch(
        _ file: TreeListing.File, to blob: String, isLocked: Bool, fetcher: FileFetcher
    ) async throws -> PullStatistics {
        // Two processes must not build one partial file: without a lock each gets its own, at the price of resuming.
        let mark = isLocked ? "" : ".\(Disk.randomHex())"
        let partial = PartialFile(
            path: cache.partial(file.etag + mark), journal: cache.journal(file.etag + mark),
            manifest: file.xetHash.map(cache.manifest))
        do {
            let statistics = try await fetcher.fetch(file, into: partial)
            if let mode = Disk.newFileMode(in: cache.blobsFolder) { try Disk.setPermissions(mode, partial.path) }
            try Disk.rename(partial.path, to: blob)
            Disk.syncFolder(cache.blobsFolder)
            try Disk.remove(partial.journal)
            return statistics
        } catch {
            if !isLocked {
                unlink(partial.path)
                unlink(partial.journal)
                unlink(partial.rangeJournal)
            }
            throw error
        }
    }
}

internal import Logging
internal import Transfer

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Fills a plain folder by the rules of hub-api §2.6.
struct LocalDirectoryDestination: PullDestination {
    private let directory: LocalDirectory
    /// The main cache: a file that it has is copied, not fetched.
    private let cache: RepoCache
    /// What is there is fetched again and replaced.
    private let isForced: Bool
    private let logger: Logger

    init(directory: LocalDirectory, cache: RepoCache, isForced: Bool, logger: Logger) {
        self.isForced = isForced
        self.directory = directory
        self.cache = cache
        self.logger = logger
    }

    func path(of file: TreeListing.File?, commit: String) -> String {
        file.map { directory.file($0.path) } ?? directory.root
    }

    func knownListing(of commit: String) -> TreeListing? {
        TreeListing.read(directory.bookkeeping, commit: commit) ?? TreeListing.read(cache.folder, commit: commit)
    }

    func validate(_ files: [TreeListing.File], commit: String) throws {
        try RepoPath.validate(all: files.map(\.path), inFolder: true)
        for file in files {
            try RepoPath.validateFolders(of: file.path, below: directory.root)
            try RepoPath.validateFolders(of: ".cache/huggingface/download/\(file.path)", below: directory.root)
        }
    }

    func prepare(
        commit: String, revision: String, listing: TreeListing?, keeping: TreeListing.Keeping
    ) throws {
        try directory.prepare()
        try listing?.write(directory.bookkeeping, commit: commit, keeping: keeping)
        if keeping == .shared { TreeListing.share(in: directory.bookkeeping, commit: commit) }
    }

    func holds(_ file: TreeListing.File, commit: String) -> Bool {
        guard Disk.status(directory.file(file.path))?.isRegular == true else { return false }
        return directory.readMetadata(file.path)?.commit == commit
    }

    func parts(of file: TreeListing.File, commit: String) -> [PullPreview.Part] {
        guard !isForced else { return PullPreview.fetching(file) }
        if holds(file, commit: commit) || directory.readMetadata(file.path)?.etag == file.etag {
            return [PullPreview.Part(origin: .inPlace, bytes: file.size, path: directory.file(file.path))]
        }
        let copies = [cache.pointer(commit, file.path), cache.blob(file.etag)]
        if let copy = copies.first(where: { cache.isPresent($0, size: file.size) }) {
            return [PullPreview.Part(origin: .cache, bytes: file.size, path: copy)]
        }
        let partial = directory.partial(file.path, etag: file.etag)
        return PullPreview.fetching(file, partial: partial, journal: partial + ".journal", usesXet: true)
    }

    func requireSpace(for files: [TreeListing.File], commit: String) throws {
        var needed: UInt64 = 0
        for file in files where Disk.status(directory.file(file.path))?.size != file.size {
            let partial = DiskSpace.allocated(directory.partial(file.path, etag: file.etag))
            if partial < file.size { needed += file.size - partial }
        }
        try DiskSpace.require(needed, at: directory.root)
    }

    func place(_ file: TreeListing.File, commit: String, fetcher: FileFetcher) async throws -> Placement {
        let target = directory.file(file.path)
        try Disk.createFolder(LocalPath.folder(of: target))
        try Disk.createFolder(LocalPath.folder(of: directory.metadata(file.path)))
        let options = FileLock.Options(isWaiting: fetcher.tellAboutWaiting(for: file))
        return try await withFileLock(directory.lock(file.path), options: options, logger: logger) { lock in
            if !isForced, try await isCurrent(file, at: target, commit: commit) { return .alreadyPresent }
            if !isForced, try await copyFromCache(file, commit: commit, to: target) {
                try directory.writeMetadata(file.path, commit: commit, etag: file.etag)
                return .alreadyPresent
            }
            let mark = lock == nil ? ".\(Disk.randomHex())" : ""
            let name = directory.partial(file.path, etag: file.etag + mark)
            let partial = PartialFile(path: name, journal: name + ".journal")
            if isForced {
                try Disk.remove(partial.path)
                try Disk.remove(partial.journal)
                try Disk.remove(partial.rangeJournal)
            }
            do {
                let statistics = try await fetcher.fetch(file, into: partial, replacing: target)
                if let mode = Disk.newFileMode(in: LocalPath.folder(of: name)) {
                    try Disk.setPermissions(mode, name)
                }
                // Replaces an outdated file in one step, and a link itself, not what it points at.
                try Disk.rename(name, to: target)
                Disk.syncFolder(LocalPath.folder(of: target))
                try Disk.remove(partial.journal)
                try directory.writeMetadata(file.path, commit: commit, etag: file.etag)
                return Placement(outcome: .transferred, statistics: statistics)
            } catch {
                if lock == nil {
                    unlink(partial.path)
                    unlink(partial.journal)
                    unlink(partial.rangeJournal)
                }
                throw error
            }
        }
    }

    /// Whether the file in the folder is the wanted one: by its note, or, without a valid note, by its content.
    private func isCurrent(_ file: TreeListing.File, at target: String, commit: String) async throws -> Bool {
        guard let status = Disk.status(target), status.isRegular, status.size == file.size else { return false }
        if let known = directory.readMetadata(file.path) {
            guard known.etag == file.etag else { return false }
            if known.commit == commit { return true }
        } else {
            guard try await digest(of: target, like: file.etag, size: file.size) == file.etag else { return false }
        }
        try directory.writeMetadata(file.path, commit: commit, etag: file.etag)
        return true
    }

    /// Copies the file out of the main cache if it is there; the copy is hashed before it gets its name.
    private func copyFromCache(_ file: TreeListing.File, commit: String, to target: String) async throws -> Bool {
        let sources = [cache.pointer(commit, file.path), cache.blob(file.etag)]
        guard let source = sources.first(where: { cache.isPresent($0, size: file.size) }) else { return false }
        let temporary = directory.partial(file.path, etag: file.etag) + ".copy"
        defer { unlink(temporary) }
        try await Disk.copy(source, to: temporary)
        guard try await digest(of: temporary, like: file.etag, size: file.size) == file.etag else {
            logger.warning("a file in the cache is damaged; fetching it again", metadata: ["path": "\(source)"])
            return false
        }
        try Disk.rename(temporary, to: target)
        return true
    }

    private func digest(of path: String, like etag: String, size: UInt64) async throws -> String {
        etag.utf8.count == 64
            ? try await ContentDigest.sha256(path) : try await ContentDigest.gitBlob(path, size: size)
    }
}

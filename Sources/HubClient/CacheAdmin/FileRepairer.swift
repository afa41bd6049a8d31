internal import Logging
internal import Transfer

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Builds sound copies of damaged files and puts them in their places.
///
/// A damaged file is never written to: whoever has it open keeps reading what it read, and the sound copy takes over
/// its name in one step. Where several names of the repository stand for one file, all of them get the copy.
struct FileRepairer {
    let cache: RepoCache
    let directory: LocalDirectory?
    let commit: String
    /// The snapshot or plain folder.
    let root: String
    let fetcher: FileFetcher
    let logger: Logger

    func repair(_ file: TreeListing.File) async throws -> VerifyResult.Repair {
        try RepoPath.validateFolders(of: file.path, below: root)
        if let directory { return try await repair(file, in: directory) }
        try cache.prepare()
        return try await withFileLock(cache.lock(file.etag), logger: logger) { lock in
            let mark = lock == nil ? ".\(Disk.randomHex())" : ""
            let partial = PartialFile(
                path: cache.partial(file.etag + mark), journal: cache.journal(file.etag + mark),
                manifest: file.xetHash.map(cache.manifest))
            let pointer = cache.pointer(commit, file.path)
            let damaged = Disk.status(pointer)
            var repair = try await build(file, from: pointer, partial: partial)
            if let mode = damaged?.permissions ?? Disk.newFileMode(in: cache.blobsFolder) {
                try Disk.setPermissions(mode, partial.path)
            }
            repair.otherLinks = try await install(partial.path, as: file, pointer: pointer, damaged: damaged)
            try Disk.remove(partial.journal)
            return repair
        }
    }

    private func repair(_ file: TreeListing.File, in directory: LocalDirectory) async throws -> VerifyResult.Repair {
        let target = directory.file(file.path)
        try directory.prepare()
        try Disk.createFolder(LocalPath.folder(of: directory.metadata(file.path)))
        return try await withFileLock(directory.lock(file.path), logger: logger) { lock in
            let name = directory.partial(file.path, etag: file.etag + (lock == nil ? ".\(Disk.randomHex())" : ""))
            let partial = PartialFile(path: name, journal: name + ".journal")
            let damaged = Disk.status(target)
            var repair = try await build(file, from: target, partial: partial)
            if let mode = damaged?.permissions { try Disk.setPermissions(mode, name) }
            try Disk.rename(name, to: target)
            Disk.syncFolder(LocalPath.folder(of: target))
            try Disk.remove(partial.journal)
            try directory.writeMetadata(file.path, commit: commit, etag: file.etag)
            repair.otherLinks = (damaged?.links ?? 1) - 1
            return repair
        }
    }

    /// Builds the sound copy: good chunks from the damaged file, the rest from the network.
    private func build(
        _ file: TreeListing.File, from damaged: String, partial: PartialFile
    ) async throws -> VerifyResult.Repair {
        let kept = Disk.exists(damaged) ? try await fetcher.salvage(file, from: damaged, into: partial) : 0
        let statistics = try await fetcher.fetch(file, into: partial)
        return VerifyResult.Repair(
            path: file.path, size: file.size, networkBytes: statistics.networkBytes, keptBytes: kept, otherLinks: 0)
    }

    /// Gives the sound copy the names of the damaged file.
    /// - Returns: how many other names the damaged file has outside the repository.
    private func install(
        _ sound: String, as file: TreeListing.File, pointer: String, damaged: Disk.Status?
    ) async throws -> UInt64 {
        let blob = cache.blob(file.etag)
        let store = SharedBlobStore(cacheRoot: cache.root, logger: logger)
        if let entry = store.isMarked ? store.entry(linkedFrom: blob) : nil, Disk.linkText(pointer) != nil {
            guard try await store.replace(entry, with: sound) else {
                throw HubError(
                    .localFile, "The shared copy of '\(file.path)' cannot be replaced: \(entry).",
                    hint: "Check who owns the cache.")
            }
            Disk.syncFolder(LocalPath.folder(of: entry))
            return (damaged?.links ?? 1) - 1
        }
        var names = damaged.map { namesInRepo(of: $0) } ?? []
        if names.isEmpty { names = [Disk.linkText(pointer) != nil ? blob : pointer] }
        try Disk.rename(sound, to: names[0])
        for name in names.dropFirst() {
            let temporary = "\(name).\(Disk.randomHex()).tmp"
            guard link(names[0], temporary) == 0 else { throw Disk.failure("link", temporary, errno) }
            try Disk.rename(temporary, to: name)
        }
        for folder in Set(names.map(LocalPath.folder(of:))) { Disk.syncFolder(folder) }
        let own = UInt64(names.count)
        return max(damaged?.links ?? own, own) - own
    }

    /// The blobs and snapshot files of the repository that are this very file: one, unless there are hard links.
    private func namesInRepo(of file: Disk.Status) -> [String] {
        [cache.blobsFolder, LocalPath.join(cache.folder, "snapshots")].flatMap { folder in
            ((try? Disk.leaves(below: folder)) ?? []).map { LocalPath.join(folder, $0) }
        }.filter { path in
            guard let status = Disk.status(path, followingLinks: false), status.isRegular else { return false }
            return status.inode == file.inode && status.device == file.device
        }
    }
}

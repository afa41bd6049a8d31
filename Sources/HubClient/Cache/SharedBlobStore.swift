internal import Logging

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The store that all repositories of a cache share: one copy of a file by its Xet hash (hub-api §2.3).
///
/// The list `<hash>.refs` names the blobs that link to an entry; it is written and synced before a link appears, and
/// both happen under the entry's lock, so that a garbage collector never removes what is in use. Everything here is
/// best effort: when something is in the way, the repository keeps a blob of its own.
struct SharedBlobStore: Sendable {
    let root: String
    let folder: String
    let logger: Logger
    static let markerName = ".huggingface-shared-blobs"
    private static let layoutVersion = "1\n"

    init(cacheRoot: String, logger: Logger) {
        root = cacheRoot
        folder = LocalPath.join(cacheRoot, "blobs")
        self.logger = logger
    }

    func entry(_ xetHash: String) -> String { LocalPath.join(folder, "\(xetHash.prefix(2))/\(xetHash)") }

    /// Whether the store has the file.
    func holds(_ xetHash: String, size: UInt64) -> Bool { isMarked && isUsable(entry(xetHash), size: size) }

    /// Makes a repository's blob a link to the stored file, if the store has it.
    /// - Returns: whether it is a link now.
    func link(_ blob: String, reference: String, to xetHash: String, size: UInt64) async throws -> Bool {
        let entry = entry(xetHash)
        guard isMarked, isUsable(entry, size: size) else { return false }
        return try await locked(entry) {
            guard isUsable(entry, size: size) else { return false }
            try attach(blob, reference: reference, to: entry)
            return true
        } ?? false
    }

    /// Moves a repository's fresh blob into the store and leaves a link behind.
    /// - Parameter replaces: whether the fresh file takes the place of one that the store has.
    /// - Returns: whether the blob is a link now; otherwise it is still the file itself.
    func publish(
        _ blob: String, reference: String, as xetHash: String, size: UInt64, replaces: Bool = false
    ) async throws -> Bool {
        let entry = entry(xetHash)
        let prefix = LocalPath.folder(of: entry)
        guard prepare(), prepareFolder(prefix) else { return false }
        return try await locked(entry) {
            if !replaces, isUsable(entry, size: size) {
                try attach(blob, reference: reference, to: entry)
                return true
            }
            // The link is ready and listed before the file moves: between the two renames nobody can lose it.
            let link = try makeLink(blob, to: entry)
            defer { unlink(link) }
            try append(reference, to: entry + ".refs")
            try adopt(blob, as: entry)
            do {
                try Disk.rename(link, to: blob)
            } catch {
                try Disk.rename(entry, to: blob)
                throw error
            }
            return true
        } ?? false
    }

    /// Puts a sound copy in the place of a damaged entry; all links to it see the new content at once.
    /// - Returns: whether it is in place; otherwise the file is still under its own name.
    func replace(_ entry: String, with file: String) async throws -> Bool {
        try await locked(entry) {
            guard Disk.status(entry, followingLinks: false)?.isRegular ?? true else { return false }
            try adopt(file, as: entry)
            return true
        } ?? false
    }

    /// Moves a file into the store, read-only and of the group that the store's folder has.
    private func adopt(_ file: String, as entry: String) throws(HubError) {
        let old = Disk.status(file, followingLinks: false)
        try Disk.setPermissions(fileMode, file)
        let group = Disk.status(LocalPath.folder(of: entry))?.group
        if let group, old?.group != group { chown(file, uid_t.max, group) }
        try Disk.rename(file, to: entry)
    }

    private func attach(_ blob: String, reference: String, to entry: String) throws(HubError) {
        let link = try makeLink(blob, to: entry)
        defer { unlink(link) }
        try append(reference, to: entry + ".refs")
        try Disk.rename(link, to: blob)
    }

    private func makeLink(_ blob: String, to entry: String) throws(HubError) -> String {
        let blobs = LocalPath.folder(of: blob)
        let temporary = LocalPath.join(blobs, ".\(LocalPath.name(of: blob)).\(Disk.randomHex()).shared")
        try Disk.link(LocalPath.relative(entry, from: blobs), at: temporary)
        return temporary
    }

    private func append(_ reference: String, to list: String) throws(HubError) {
        let file = open(list, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard file >= 0 else { throw Disk.failure("open", list, errno) }
        defer { close(file) }
        fchmod(file, 0o666)
        let line = Array((reference + "\n").utf8)
        guard line.withUnsafeBytes({ Disk.writeFully(file, $0) }), fsync(file) == 0 else {
            throw Disk.failure("write", list, errno)
        }
    }

    /// Runs `body` under the entry's lock; failures of the store are logged and give nil.
    func locked<R>(_ entry: String, _ body: () throws -> R) async throws -> R? {
        let options = FileLock.Options(mode: 0o666, softPath: entry + ".lock.soft")
        do {
            return try await withFileLock(entry + ".lock", options: options, logger: logger) { lock in
                guard lock != nil else { return nil }
                return try body()
            }
        } catch let error as HubError {
            logger.debug("shared store not used", metadata: ["entry": "\(entry)", "error": "\(error.message)"])
            return nil
        }
    }

    private func isUsable(_ entry: String, size: UInt64) -> Bool {
        guard let status = Disk.status(entry, followingLinks: false) else { return false }
        return status.isRegular && status.size == size && access(entry, R_OK) == 0
    }

    var isMarked: Bool {
        let marker = LocalPath.join(folder, SharedBlobStore.markerName)
        return Disk.status(folder, followingLinks: false)?.isDirectory == true
            && Disk.status(marker, followingLinks: false)?.isRegular == true
            && Disk.text(marker, upTo: 64) == SharedBlobStore.layoutVersion
    }

    /// Creates and marks the store; a folder that somebody else made is left alone.
    private func prepare() -> Bool {
        if isMarked { return true }
        guard prepareFolder(folder), let names = try? Disk.names(in: folder) else { return false }
        guard names.allSatisfy({ $0.hasPrefix(SharedBlobStore.markerName + ".") && $0.hasSuffix(".tmp") }) else {
            logger.debug("a folder 'blobs' without a marker is not used", metadata: ["path": "\(folder)"])
            return false
        }
        let marker = LocalPath.join(folder, SharedBlobStore.markerName)
        try? Disk.write(SharedBlobStore.layoutVersion, to: marker, mode: fileMode)
        return isMarked
    }

    /// Creates a folder of the store with the access rights of the cache itself.
    private func prepareFolder(_ path: String) -> Bool {
        if mkdir(path, 0o777) != 0, errno != EEXIST { return false }
        guard let status = Disk.status(path, followingLinks: false), status.isDirectory else { return false }
        let wanted = (Disk.status(root)?.permissions ?? 0o700) & (0o777 | S_ISGID | S_ISVTX)
        if status.permissions != wanted { chmod(path, wanted) }
        return true
    }

    /// Read-only, for everybody who may enter the cache.
    private var fileMode: mode_t {
        let rights = Disk.status(root)?.permissions ?? 0
        return 0o400 | (rights & S_IXGRP != 0 ? 0o040 : 0) | (rights & S_IXOTH != 0 ? 0o004 : 0)
    }
}

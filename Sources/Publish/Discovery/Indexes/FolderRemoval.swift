internal import PublishWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Removes folders that Shoal has made; links in them are removed, not followed.
enum FolderRemoval {
    static func remove(_ path: String, depth: Int = 8) {
        guard depth > 0, let facts = FileFacts(path, followingLinks: false) else { return }
        if facts.isFolder {
            for name in (try? PlacedFile.names(in: path)) ?? nil ?? [] { remove("\(path)/\(name)", depth: depth - 1) }
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    /// Removes what killed processes left in a folder, an hour after nobody can be at work on it any more.
    static func removeAbandoned(in folder: String, now: Int64) {
        for name in (try? PlacedFile.names(in: folder)) ?? nil ?? [] {
            let path = "\(folder)/\(name)"
            guard let facts = FileFacts(path, followingLinks: false) else { continue }
            if facts.modified / 1_000_000_000 + 3_600 < now { remove(path) }
        }
    }

    /// Gives a folder its name.
    /// - Returns: whether it has it now, or another that was there first: names are hashes of what is inside.
    static func place(_ folder: String, at path: String) throws(PublishError) {
        guard rename(folder, path) != 0 else { return }
        let code = errno
        guard code == EEXIST || code == ENOTEMPTY else { throw .storage("write", path, code) }
        remove(folder)
    }
}

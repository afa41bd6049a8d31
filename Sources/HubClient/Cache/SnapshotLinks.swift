internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Makes the entries of `snapshots/<commit>/`: relative links to blobs, or real files where links do not work
/// (hub-api §2.5).
struct SnapshotLinks: Sendable {
    let areSupported: Bool

    /// Finds out by a trial whether links work in the cache.
    init(cache: RepoCache, areDisabled: Bool) {
        guard !areDisabled else {
            areSupported = false
            return
        }
        let trial = LocalPath.join(cache.ownFolder, "link_\(Disk.randomHex())")
        areSupported = symlink("target", trial) == 0
        if areSupported { unlink(trial) }
    }

    /// Makes `pointer` show the content of `blob`.
    /// - Parameter isNew: whether nothing else uses the blob, so that it may be moved where links do not work.
    func place(_ blob: String, at pointer: String, isNew: Bool) async throws {
        if areSupported {
            let text = LocalPath.relative(blob, from: LocalPath.folder(of: pointer))
            for _ in 0..<3 {
                if symlink(text, pointer) == 0 { return }
                guard errno == EEXIST else { throw Disk.failure("create the link", pointer, errno) }
                // Another process may have been faster; anything else in the way is out of date or dangling.
                if Disk.linkText(pointer) == text, Disk.exists(pointer) { return }
                try Disk.remove(pointer)
            }
            throw Disk.failure("create the link", pointer, EEXIST)
        }
        if isNew {
            try Disk.rename(blob, to: pointer)
        } else {
            try await Disk.copy(blob, to: pointer)
        }
    }
}

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension FileDeduplicator {
    /// Makes the second file share the storage of the first. Blocks the thread.
    func unify(_ original: Candidate, _ other: Candidate) -> Action {
        let (first, second) = (original.status, other.status)
        guard first.owner == second.owner, first.group == second.group, first.permissions == second.permissions else {
            return .otherRights
        }
        let source = open(original.path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard source >= 0 else { return .busy }
        defer { close(source) }
        let target = open(other.path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard target >= 0 else { return .busy }
        defer { close(target) }
        guard isUnchanged(source, first), isUnchanged(target, second) else { return .busy }
        if SharedStorage.isShared(source, target) { return .alreadyShared }
        if isDryRun { return .possible }
        switch SharedStorage.share(source, with: target, length: second.size) {
        case .shared: return .reflinked
        case .different: return .busy
        case .unsupported: break
        }
        guard links else { return .unsupported }
        return link(original, source, other, target)
    }

    /// Compares all bytes, then puts a second name of the original in the place of the other file.
    private func link(_ original: Candidate, _ source: Int32, _ other: Candidate, _ target: Int32) -> Action {
        let lock = blobLock(of: other.path)
        if case .held? = lock { return .busy }
        return withExtendedLifetime(lock) {
            let temporary = "\(other.path).\(Disk.randomHex()).tmp"
            guard haveSameBytes(source, target), makeLink(original.path, temporary) else { return .busy }
            // The last look before the name changes hands: both files as they were when they were compared.
            guard isUnchanged(source, original.status), isUnchanged(target, other.status),
                let present = Disk.status(other.path, followingLinks: false), present.inode == other.status.inode,
                let new = Disk.status(temporary, followingLinks: false), new.inode == original.status.inode,
                (try? Disk.rename(temporary, to: other.path)) != nil
            else {
                unlink(temporary)
                return .busy
            }
            return .linked
        }
    }

    private func makeLink(_ path: String, _ name: String) -> Bool {
        #if canImport(Glibc)
            Glibc.link(path, name) == 0
        #else
            Darwin.link(path, name) == 0
        #endif
    }

    private func haveSameBytes(_ first: Int32, _ second: Int32) -> Bool {
        let one = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        let other = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer {
            one.deallocate()
            other.deallocate()
        }
        while true {
            guard let count = Disk.readFully(first, into: one), Disk.readFully(second, into: other) == count,
                let left = one.baseAddress, let right = other.baseAddress, memcmp(left, right, count) == 0
            else { return false }
            if count < one.count { return true }
        }
    }

    private func isUnchanged(_ file: Int32, _ status: Disk.Status) -> Bool {
        var raw = stat()
        guard fstat(file, &raw) == 0 else { return false }
        let now = Disk.Status(raw)
        return now.inode == status.inode && now.device == status.device && now.size == status.size
            && now.modified == status.modified
    }

    /// The lock of a blob of a cache, which other programs take before they touch it.
    private func blobLock(of path: String) -> FileLock.Attempt? {
        let blobs = LocalPath.folder(of: path)
        let repo = LocalPath.folder(of: blobs)
        guard LocalPath.name(of: blobs) == "blobs", LocalPath.name(of: repo).firstRange(ofBytes: "--") != nil else {
            return nil
        }
        let locks = LocalPath.join(LocalPath.folder(of: repo), ".locks/\(LocalPath.name(of: repo))")
        return FileLock.attempt(LocalPath.join(locks, LocalPath.name(of: path) + ".lock"), creates: true)
    }
}

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What the file system of a folder can do, found out by trying.
public struct FolderFacts: Sendable, Hashable {
    public var path: String
    /// Bytes that this user may still write; nil when nothing tells.
    public var freeBytes: UInt64?
    /// Why nothing can be written; nil when it can.
    public var problem: String?
    public var hasLinks = false
    public var hasLocks = false
    /// Files may have holes, so that pieces can be written in any order.
    public var hasHoles = false

    /// Tries in a folder, which is made if it is missing, and leaves nothing behind.
    public init(trying path: String) {
        self.path = path
        freeBytes = DiskSpace.free(at: path)
        do throws(HubError) {
            try Disk.createFolder(path)
        } catch {
            problem = error.message
            return
        }
        let trial = LocalPath.join(path, ".shoal_trial_\(Disk.randomHex())")
        let file = open(trial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            problem = Disk.failure("create", trial, errno).message
            return
        }
        defer {
            close(file)
            unlink(trial)
        }
        hasLocks = flock(file, LOCK_EX | LOCK_NB) == 0
        let link = trial + "_link"
        hasLinks = symlink("target", link) == 0
        if hasLinks { unlink(link) }
        var byte: UInt8 = 1
        guard pwrite(file, &byte, 1, 1 << 20) == 1 else {
            problem = Disk.failure("write", trial, errno).message
            return
        }
        hasHoles = DiskSpace.allocated(trial) < 1 << 20
    }
}

#if canImport(Glibc)
    public import Glibc
#else
    public import Darwin
#endif

/// What tells without reading it whether a file is still the one that was read before.
public struct FileIdentity: Hashable, Sendable {
    public var size: UInt64
    /// Last change of the content, in nanoseconds since 1970.
    public var modified: Int64
    /// Last change of the content or of anything about the file, in nanoseconds since 1970; nobody can set it back.
    public var changed: Int64
    public var inode: UInt64
    public var device: UInt64

    public init(size: UInt64, modified: Int64, changed: Int64, inode: UInt64, device: UInt64) {
        self.size = size
        self.modified = modified
        self.changed = changed
        self.inode = inode
        self.device = device
    }

    public init(_ status: stat) {
        size = UInt64(max(status.st_size, 0))
        #if canImport(Glibc)
            let (modified, changed) = (status.st_mtim, status.st_ctim)
        #else
            let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
        #endif
        self.modified = Self.nanoseconds(modified)
        self.changed = Self.nanoseconds(changed)
        inode = UInt64(status.st_ino)
        device = UInt64(truncatingIfNeeded: status.st_dev)
    }

    /// Looks at a regular file, following links; nil for anything else.
    public init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        self.init(status)
    }

    /// Whether nobody has written to the file since, as far as its times tell. A new name or mode is no change.
    public func hasSameContent(as other: FileIdentity) -> Bool {
        (size, modified, inode, device) == (other.size, other.modified, other.inode, other.device)
    }

    /// Whether a change made after `instant` would have to show in the times: they must lie clearly before it, by more
    /// than a tick of the clock that stamps files. What Git calls "racily clean" is not settled.
    /// - Parameter instant: nanoseconds since 1970.
    public func isSettled(before instant: Int64) -> Bool {
        let latest = max(modified, changed)
        // File systems that keep whole seconds show it; the others follow the kernel's tick.
        let tick: Int64 = latest % 1_000_000_000 == 0 ? 2_000_000_000 : 20_000_000
        return latest < instant && instant - latest > tick
    }

    /// The present time in nanoseconds since 1970.
    public static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return nanoseconds(time)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        let (product, overflow) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? (time.tv_sec < 0 ? .min : .max) : product + Int64(time.tv_nsec)
    }
}

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// How much room a disk has.
enum DiskSpace {
    /// Bytes that this user may still write below a path; the path itself need not exist. Nil when nothing tells.
    static func free(at path: String) -> UInt64? {
        var existing = path
        while !Disk.exists(existing), existing != "/", existing != "." { existing = LocalPath.folder(of: existing) }
        var raw = statvfs()
        guard statvfs(existing, &raw) == 0 else { return nil }
        // Some network file systems report nothing at all.
        guard raw.f_blocks > 0 else { return nil }
        return UInt64(raw.f_bavail).multipliedReportingOverflow(by: UInt64(raw.f_frsize)).partialValue
    }

    /// Bytes that a file occupies already, holes left out.
    static func allocated(_ path: String) -> UInt64 {
        var raw = stat()
        return stat(path, &raw) == 0 ? UInt64(max(raw.st_blocks, 0)) * 512 : 0
    }

    /// Refuses to start what cannot end well.
    /// - Parameter needed: bytes that will be written below `path`.
    static func require(_ needed: UInt64, at path: String) throws(HubError) {
        guard needed > 0, let free = free(at: path), free < needed else { return }
        throw HubError(
            .noSpace,
            "not enough space for \(text(needed)) in \(path): \(text(free)) are free, \(text(needed - free)) are missing",
            hint: "free some space, or choose another disk with --cache-dir or --local-dir")
    }

    /// A size for people, such as `1.5 GB`.
    static func text(_ bytes: UInt64) -> String {
        var (value, unit) = (Double(bytes), 0)
        let units = ["B", "kB", "MB", "GB", "TB", "PB"]
        while value >= 1000, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let tenths = Int((value * 10).rounded(.up))
        return unit == 0 ? "\(bytes) B" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}

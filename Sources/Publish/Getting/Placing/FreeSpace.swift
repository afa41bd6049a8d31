internal import PublishWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// How much room a disk has.
enum FreeSpace {
    /// What is left for everybody else.
    private static let reserve: Int64 = 16 << 20

    /// Refuses to begin what cannot end well.
    /// - Parameter needed: bytes that are still to be written below `folder`, which is there.
    static func require(_ needed: Int64, at folder: String) throws(PublishError) {
        var status = statvfs()
        // Some network file systems report nothing at all.
        guard needed > 0, statvfs(folder, &status) == 0, status.f_blocks > 0 else { return }
        let free = Int64(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
        guard free < needed + reserve else { return }
        throw PublishError(
            .noSpace,
            "not enough space in \(folder): \(megabytes(needed)) MB are needed, \(megabytes(free)) MB are free",
            hint: "free some space, leave files out with --exclude, or choose another disk with -o")
    }

    private static func megabytes(_ bytes: Int64) -> Int64 { (bytes + 999_999) / 1_000_000 }
}

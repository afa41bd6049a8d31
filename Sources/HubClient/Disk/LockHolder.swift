#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Who holds a `flock`, as the kernel lists it in `/proc/locks`.
enum LockHolder {
    /// The process that holds the lock on an open file; nil where the system does not tell.
    static func process(of file: Int32) -> pid_t? {
        var raw = stat()
        guard fstat(file, &raw) == 0, let table = open("/proc/locks") else { return nil }
        return process(of: UInt64(raw.st_ino), in: table)
    }

    /// Looks a lock up in the text of `/proc/locks`: `1: FLOCK  ADVISORY  WRITE 4711 fd:01:1234 0 EOF`.
    static func process(of inode: UInt64, in table: String) -> pid_t? {
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count >= 6, fields[1] == "FLOCK",
                fields[5].split(separator: ":").last.flatMap({ UInt64($0) }) == inode,
                let process = pid_t(fields[4]), process > 0
            else { continue }
            return process
        }
        return nil
    }

    /// Files in `/proc` have no size to go by.
    private static func open(_ path: String) -> String? {
        #if canImport(Glibc)
            let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        #else
            let file = Darwin.open(path, O_RDONLY | O_CLOEXEC)
        #endif
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256 << 10)
        let count = bytes.withUnsafeMutableBytes { Disk.readFully(file, into: $0) }
        return count.map { String(decoding: bytes[..<$0], as: UTF8.self) }
    }
}

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The few POSIX calls that storing objects needs, with errors that name the path.
enum SystemCall {
    static func message(_ code: CInt) -> String { String(cString: strerror(code)) }

    static func failure(_ call: String, _ path: String) -> ContentError {
        .system(call: call, path: path, code: errno)
    }

    /// - Returns: true when the directory did not exist before.
    static func makeDirectory(_ path: String) throws -> Bool {
        if mkdir(path, 0o700) == 0 { return true }
        guard errno == EEXIST else { throw failure("mkdir", path) }
        return false
    }

    /// Makes the names in a directory durable.
    static func synchronizeDirectory(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("fsync", path) }
    }

    static func rename(_ old: String, to new: String) throws {
        #if canImport(Glibc)
            let result = Glibc.rename(old, new)
        #else
            let result = Darwin.rename(old, new)
        #endif
        guard result == 0 else { throw failure("rename", old) }
    }

    static func remove(_ path: String) { _ = unlink(path) }
}

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The folder that holds everything a hub knows.
enum DataDirectory {
    /// Makes the folder and its parents, readable by the owner alone.
    static func create(_ path: String) throws(HubServerError) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            prefix += part
            if mkdir(prefix, 0o700) != 0, errno != EEXIST {
                throw .storage("cannot make the folder \(prefix)", errno: errno)
            }
            prefix += "/"
        }
        var info = stat()
        guard stat(path, &info) == 0 else { throw .storage("cannot open the folder \(path)", errno: errno) }
        guard info.st_mode & S_IFMT == S_IFDIR else { throw .storage("\(path) is not a folder", errno: ENOTDIR) }
        guard access(path, R_OK | W_OK | X_OK) == 0 else {
            throw .storage("cannot write into the folder \(path)", errno: errno)
        }
    }

    /// Makes names created or renamed in a folder survive a power cut.
    static func sync(_ path: String) throws(HubServerError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .storage("cannot open the folder \(path)", errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .storage("cannot sync the folder \(path)", errno: errno) }
    }
}

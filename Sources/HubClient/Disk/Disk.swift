#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Short file-system calls, with errors that name the file and the cure.
enum Disk {
    /// What `lstat` or `stat` tells.
    struct Status: Sendable {
        var mode: mode_t
        var size: UInt64
        var device: UInt64
        var inode: UInt64
        var group: gid_t
        var owner: uid_t
        /// How many names the file has.
        var links: UInt64
        /// Unix seconds.
        var modified: Double
        /// Unix seconds; how exact it is depends on how the file system is mounted.
        var accessed: Double

        var isRegular: Bool { mode & S_IFMT == S_IFREG }
        var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
        var isLink: Bool { mode & S_IFMT == S_IFLNK }
        var permissions: mode_t { mode & 0o7777 }

        init(_ raw: stat) {
            mode = raw.st_mode
            size = UInt64(max(raw.st_size, 0))
            device = UInt64(truncatingIfNeeded: raw.st_dev)
            inode = UInt64(raw.st_ino)
            group = raw.st_gid
            owner = raw.st_uid
            links = UInt64(raw.st_nlink)
            #if canImport(Glibc)
                let (modification, access) = (raw.st_mtim, raw.st_atim)
            #else
                let (modification, access) = (raw.st_mtimespec, raw.st_atimespec)
            #endif
            modified = Double(modification.tv_sec) + Double(modification.tv_nsec) / 1e9
            accessed = Double(access.tv_sec) + Double(access.tv_nsec) / 1e9
        }
    }

    /// Describes what is at a path; nil when nothing is there or it cannot be seen.
    static func status(_ path: String, followingLinks: Bool = true) -> Status? {
        var raw = stat()
        let outcome = followingLinks ? stat(path, &raw) : lstat(path, &raw)
        return outcome == 0 ? Status(raw) : nil
    }

    static func exists(_ path: String) -> Bool { status(path) != nil }

    /// Creates a folder and its parents.
    static func createFolder(_ path: String) throws(HubError) {
        guard mkdir(path, 0o777) != 0 else { return }
        switch errno {
        case EEXIST:
            if status(path)?.isDirectory == true { return }
            throw failure("create the folder", path, EEXIST)
        case ENOENT where path != "/" && path != ".":
            try createFolder(LocalPath.folder(of: path))
            if mkdir(path, 0o777) != 0, errno != EEXIST { throw failure("create the folder", path, errno) }
        default:
            throw failure("create the folder", path, errno)
        }
    }

    static func rename(_ source: String, to target: String) throws(HubError) {
        #if canImport(Glibc)
            let outcome = Glibc.rename(source, target)
        #else
            let outcome = Darwin.rename(source, target)
        #endif
        if outcome != 0 { throw failure("rename \(source) to", target, errno) }
    }

    /// Removes a file or link; a missing one is fine.
    static func remove(_ path: String) throws(HubError) {
        if unlink(path) != 0, errno != ENOENT { throw failure("remove", path, errno) }
    }

    static func setPermissions(_ mode: mode_t, _ path: String) throws(HubError) {
        if chmod(path, mode) != 0 { throw failure("change the permissions of", path, errno) }
    }

    static func link(_ text: String, at path: String) throws(HubError) {
        if symlink(text, path) != 0 { throw failure("create the link", path, errno) }
    }

    static func linkText(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let length = buffer.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { readlink(path, $0.assumingMemoryBound(to: CChar.self), bytes.count) } ?? -1
        }
        return length < 0 ? nil : String(validating: buffer[..<length], as: UTF8.self)
    }

    /// The names in a folder, without `.` and `..`, sorted by bytes.
    /// - Parameter isLenient: whether a name that is not UTF-8 is shown with replacement characters, not an error.
    static func names(in folder: String, isLenient: Bool = false) throws(HubError) -> [String] {
        guard let handle = opendir(folder) else { throw failure("list", folder, errno) }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
                    isLenient ? String(cString: $0) : String(validatingCString: $0)
                }
            }
            guard let name else {
                throw HubError(
                    .localFile, "A file name in \(folder) is not UTF-8.", hint: "Rename it, or exclude its folder.")
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// An error about a file, from an `errno`.
    static func failure(_ action: String, _ path: String, _ code: Int32) -> HubError {
        let (kind, hint): (HubError.Code, String?) =
            switch code {
            case EACCES, EPERM: (.noPermission, "check who owns \(path), or choose another folder")
            case ENOSPC, EDQUOT:
                (.noSpace, "free some space, or choose another folder with --cache-dir or --local-dir")
            // What was listed a moment ago may have gone since.
            case ENOENT: (.localPathNotFound, nil)
            case EROFS:
                (.readOnly, "the file system is read-only; choose another folder with --cache-dir or --local-dir")
            case ENAMETOOLONG: (.localFile, "the path is too long for this file system; choose a shorter folder")
            default: (.localFile, nil)
            }
        return HubError(kind, "cannot \(action) \(path): \(String(cString: strerror(code)))", hint: hint)
    }
}

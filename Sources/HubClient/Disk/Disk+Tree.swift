#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension Disk {
    /// Everything below a folder that is not a folder itself, as paths relative to it; links are named, not followed.
    ///
    /// - Parameter isLenient: whether a folder that cannot be read counts as empty, or is an error.
    /// - Throws: ``HubError`` when a name is not UTF-8.
    static func leaves(below folder: String, isLenient: Bool = true) throws(HubError) -> [String] {
        var found: [String] = []
        var pending = [""]
        while let prefix = pending.popLast() {
            let path = prefix.isEmpty ? folder : LocalPath.join(folder, prefix)
            if isLenient, access(path, R_OK | X_OK) != 0 { continue }
            for name in try names(in: path) {
                let relative = prefix.isEmpty ? name : prefix + "/" + name
                guard let status = status(LocalPath.join(folder, relative), followingLinks: false) else { continue }
                if status.isDirectory { pending.append(relative) } else { found.append(relative) }
            }
        }
        return found
    }

    /// Removes a file, a link (never what it leads to), or a folder with all that is in it; a missing one is fine.
    static func removeTree(_ path: String) throws(HubError) {
        guard let status = status(path, followingLinks: false) else { return }
        guard status.isDirectory else { return try remove(path) }
        try removeFolder(named: path, in: AT_FDCWD, path: path)
    }

    /// Works on open folders, so that nobody can put a link in the way of the deletion.
    private static func removeFolder(named name: String, in parent: Int32, path: String) throws(HubError) {
        let descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw failure("open the folder", path, errno)
        }
        guard let handle = fdopendir(descriptor) else {
            close(descriptor)
            throw failure("list", path, errno)
        }
        defer { closedir(handle) }
        while let entry = readdir(handle) {
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) + [0] }
            if bytes == [0x2E, 0] || bytes == [0x2E, 0x2E, 0] { continue }
            // As bytes: what is removed need not be UTF-8.
            let outcome = bytes.withUnsafeBufferPointer { buffer in
                buffer.withMemoryRebound(to: CChar.self) { text in
                    text.baseAddress.map { unlinkat(descriptor, $0, 0) } ?? 0
                }
            }
            if outcome == 0 || errno == ENOENT { continue }
            let shown = LocalPath.join(path, String(decoding: bytes.dropLast(), as: UTF8.self))
            guard errno == EISDIR || errno == EPERM, let text = String(validating: bytes.dropLast(), as: UTF8.self)
            else { throw failure("remove", shown, errno) }
            try removeFolder(named: text, in: descriptor, path: shown)
        }
        if unlinkat(parent, name, AT_REMOVEDIR) != 0, errno != ENOENT {
            throw failure("remove the folder", path, errno)
        }
    }
}

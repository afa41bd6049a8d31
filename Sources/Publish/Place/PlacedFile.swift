package import PublishWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Small files of the publish folder: each is whole or not there, also after a power cut.
package enum PlacedFile {
    /// Reads a regular file.
    /// - Returns: nil when it is missing, cannot be read, or has more than `limit` bytes.
    package static func read(_ path: String, limit: Int) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let got = bytes.withUnsafeMutableBytes { take(file, into: .init(rebasing: $0[filled...])) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { return nil }
            guard got > 0 else { break }
            filled += got
        }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }

    /// Replaces a file in one step; folders above it are made.
    /// - Parameter mode: 0o600 for what only its owner may read.
    package static func write(
        _ bytes: [UInt8], to path: String, mode: UInt32 = 0o644
    ) throws(PublishError) {
        let folder = FolderPath.folder(of: path)
        try createFolder(folder)
        // Without the file's own name, which may be as long as names can be.
        let temporary = "\(folder)/.shoal.\(getpid()).\(UInt32.random(in: .min ... .max)).tmp"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(mode))
        guard file >= 0 else { throw .storage("write", path, errno) }
        let isWritten = bytes.withUnsafeBytes { put(file, $0) } && fsync(file) == 0
        var code = errno
        close(file)
        if isWritten {
            if rename(temporary, path) == 0 { return syncFolder(folder) }
            code = errno
        }
        unlink(temporary)
        throw .storage("write", path, code)
    }

    /// Removes a file; a missing one is fine.
    package static func remove(_ path: String) throws(PublishError) {
        if unlink(path) != 0, errno != ENOENT { throw .storage("remove", path, errno) }
    }

    /// Makes a folder and those above it.
    /// - Parameter mode: of folders that are new.
    package static func createFolder(_ path: String, mode: UInt32 = 0o755) throws(PublishError) {
        if mkdir(path, mode_t(mode)) == 0 { return }
        let code = errno
        switch code {
        case ENOENT where path != "/" && !path.isEmpty:
            try createFolder(FolderPath.folder(of: path), mode: mode)
            if mkdir(path, mode_t(mode)) != 0, errno != EEXIST { throw .storage("make the folder", path, errno) }
        default:
            // A folder above may be closed to us and be there all the same.
            guard FileFacts(path)?.isFolder == true else { throw .storage("make the folder", path, code) }
        }
    }

    /// The names in a folder, sorted by bytes, without `.` and `..`; nil when there is no such folder.
    /// - Throws: ``PublishError`` when it cannot be read.
    package static func names(in folder: String) throws(PublishError) -> [String]? {
        guard let handle = opendir(folder) else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .storage("list", folder, errno)
        }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            guard let name = String(validating: bytes, as: UTF8.self) else {
                throw PublishError(
                    .unsafePath, "a file name in \(folder) is not UTF-8", hint: "rename it, or leave it out")
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Removes a folder with files whose names are known; what else is in it stays, and the folder with it.
    package static func removeFolder(_ folder: String, files: [String]) {
        for name in files { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    /// Removes a folder, and those above it, as far as they are empty and lie below one of `roots`.
    package static func removeEmptyFolders(from folder: String, below roots: [String]) {
        var folder = folder
        while roots.contains(where: { $0 != folder && FolderPath.contains($0, folder) }), rmdir(folder) == 0 {
            folder = FolderPath.folder(of: folder)
        }
    }

    private static func syncFolder(_ folder: String) {
        let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { return }
        fsync(file)
        close(file)
    }

    private static func take(_ file: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.read(file, buffer.baseAddress, buffer.count)
        #else
            Darwin.read(file, buffer.baseAddress, buffer.count)
        #endif
    }

    private static func put(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            #if canImport(Glibc)
                let count = Glibc.write(file, rest.baseAddress, rest.count)
            #else
                let count = Darwin.write(file, rest.baseAddress, rest.count)
            #endif
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }
}

extension PublishError {
    /// A file operation that the system refused.
    /// - Parameter action: as a verb, such as `write`.
    package static func storage(_ action: String, _ path: String, _ code: Int32) -> PublishError {
        let message = "cannot \(action) \(path): \(String(cString: strerror(code)))"
        return switch code {
        case ENOSPC, EDQUOT: PublishError(.noSpace, message, hint: "free some space, or use another disk")
        case EACCES, EPERM: PublishError(.localFile, message, hint: "check who owns it, or choose another folder")
        case EROFS: PublishError(.localFile, message, hint: "the file system is read-only; choose another folder")
        default: PublishError(.localFile, message, hint: "check the path")
        }
    }
}

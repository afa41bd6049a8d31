#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A folder of the program's own state that several processes share: files appear whole, by a rename, and may vanish at
/// any time. Only its owner may look inside.
package struct StateFolder: Sendable {
    struct Entry: Sendable {
        var name: String
        var path: String
        var size: Int
        /// Nanoseconds since 1970.
        var modified: Int64
    }

    let path: String

    package init(path: String) { self.path = path }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// The regular files whose names end in `suffix`, newest first.
    func entries(suffix: String) -> [Entry] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var entries: [Entry] = []
        while let item = readdir(directory) {
            let name = Self.name(of: item)
            guard name.hasSuffix(suffix), !name.hasPrefix(".") else { continue }
            var status = stat()
            guard lstat(file(name), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            entries.append(
                Entry(
                    name: name, path: file(name), size: Int(status.st_size),
                    modified: FileIdentity(status).modified))
        }
        return entries.sorted { ($0.modified, $1.name) > ($1.modified, $0.name) }
    }

    /// The folders inside.
    func folders() -> [StateFolder] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var folders: [StateFolder] = []
        while let item = readdir(directory) {
            let name = Self.name(of: item)
            var status = stat()
            guard !name.hasPrefix("."), lstat(file(name), &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                continue
            }
            folders.append(StateFolder(path: file(name)))
        }
        return folders
    }

    private static func name(of item: UnsafeMutablePointer<dirent>) -> String {
        withUnsafeBytes(of: &item.pointee.d_name) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// Creates the folder and those above it.
    package func create() throws(StorageError) {
        var folder = ""
        for part in path.split(separator: "/") {
            folder += "/" + part
            guard mkdir(folder, 0o700) != 0, errno != EEXIST, errno != EISDIR else { continue }
            // A folder above may be closed to us and exist all the same.
            var status = stat()
            let code = errno
            guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw StorageError(errno: code, doing: "create", path: folder)
            }
        }
    }

    /// Writes a file under a temporary name and gives it its own when it is complete.
    func write(_ bytes: [UInt8], as name: String) throws(StorageError) {
        try create()
        let temporary = temporaryName()
        do throws(StorageError) {
            let output = try RandomAccessFile(path: temporary, access: .append)
            try output.append(bytes)
            try rename(temporary, to: name)
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// A path in the folder that nobody else uses.
    func temporaryName() -> String {
        file(".\(getpid()).\(String(UInt64.random(in: .min ... .max), radix: 16)).tmp")
    }

    func rename(_ temporary: String, to name: String) throws(StorageError) {
        #if canImport(Glibc)
            let outcome = Glibc.rename(temporary, file(name))
        #else
            let outcome = Darwin.rename(temporary, file(name))
        #endif
        guard outcome == 0 else { throw StorageError(errno: errno, doing: "write", path: file(name)) }
    }

    /// Removes the oldest files with a suffix until the rest fits into `limit` bytes.
    func prune(suffix: String, to limit: Int) {
        var kept = 0
        for entry in entries(suffix: suffix) {
            kept += entry.size
            if kept > limit { unlink(entry.path) }
        }
    }

    /// Removes what killed processes left half-written, an hour after nobody can be writing it any more.
    func removeAbandoned(now: UInt64) {
        guard let directory = opendir(path) else { return }
        defer { closedir(directory) }
        while let item = readdir(directory) {
            let name = Self.name(of: item)
            guard name.hasPrefix("."), name.hasSuffix(".tmp") else { continue }
            var status = stat()
            guard lstat(file(name), &status) == 0 else { continue }
            if UInt64(max(0, FileIdentity(status).modified)) / 1_000_000_000 + 3600 < now { unlink(file(name)) }
        }
    }

    /// Marks a file as used just now, so that it is among the last to be pruned.
    static func touch(_ path: String) { utimensat(AT_FDCWD, path, nil, 0) }
}

package import PublishWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What `shoal init --cleanup` would delete: what Shoal itself has put into its folders. Links are deleted, never what
/// they lead to; folders that lie in, or hold, a Hugging Face cache are left alone.
package struct Cleanup: Sendable {
    package struct Item: Sendable, Hashable {
        package var path: String
        package var purpose: String
        /// Bytes of the files in it; what has several names counts once.
        package var size: Int64
        package var files: Int
    }

    package private(set) var items: [Item] = []
    /// What is left alone although it was named, with the reason.
    package private(set) var spared: [String] = []

    /// Finds what there is. Blocks.
    /// - Parameters:
    ///   - configPath: the settings file, which goes too.
    ///   - caches: folders that nothing may be deleted of.
    ///   - home: a folder that must not go as a whole.
    package init(
        _ folder: PublishFolder, configPath: String, caches: [String], home: String? = nil
    ) throws(PublishError) {
        let caches = caches.compactMap { FolderPath.real($0) }
        let home = home.flatMap { FolderPath.real($0) }
        let made = folder.madeFolders
        if FileFacts(folder.path) != nil, made == nil {
            spared.append("\(folder.path): Shoal has not marked it as its own, as 'shoal init' does")
        } else {
            let shared = Set(folder.parts.map(\.path))
            for part in Self.parts(of: folder) {
                guard let facts = FileFacts(part.path, followingLinks: false) else { continue }
                if let made, shared.contains(part.path), !made.contains(part.path) {
                    spared.append("\(part.path): it was there before Shoal; delete by hand what Shoal has put into it")
                    continue
                }
                guard facts.isFolder || facts.isFile else {
                    spared.append("\(part.path): it is a link, and Shoal makes none")
                    continue
                }
                guard let real = FolderPath.real(part.path) else { continue }
                if caches.contains(where: { FolderPath.contains($0, real) || FolderPath.contains(real, $0) }) {
                    spared.append("\(part.path): a Hugging Face cache lies there")
                    continue
                }
                if let home, FolderPath.contains(real, home) {
                    spared.append("\(part.path): it is your home")
                    continue
                }
                let (size, files) = try Self.measure(part.path)
                items.append(Item(path: part.path, purpose: part.purpose, size: size, files: files))
            }
        }
        if let facts = FileFacts(configPath, followingLinks: false), facts.isFile {
            items.append(Item(path: configPath, purpose: "settings", size: facts.size, files: 1))
        }
    }

    package var size: Int64 { items.reduce(0) { $0 + $1.size } }

    /// Deletes what was found, and the folder of all if nothing else is in it.
    package func run(_ folder: PublishFolder) throws(PublishError) {
        for item in items { try Self.removeTree(item.path) }
        guard items.contains(where: { FolderPath.contains(folder.path, $0.path) }) || items.isEmpty else { return }
        try PlacedFile.remove(folder.markFile)
        rmdir(folder.path)
    }

    private static func parts(of folder: PublishFolder) -> [(path: String, purpose: String)] {
        folder.parts.filter { $0.path != folder.path } + [
            (folder.trustFile, "trust"), (folder.trustLock, "trust"), (folder.getting, "downloads"),
        ]
    }

    private static func measure(_ path: String) throws(PublishError) -> (size: Int64, files: Int) {
        var seen: Set<UInt64> = []
        var total: (size: Int64, files: Int) = (0, 0)
        var pending = [path]
        while let next = pending.popLast() {
            guard let facts = FileFacts(next, followingLinks: false) else { continue }
            guard facts.isFolder else {
                if seen.insert(facts.inode).inserted { total.size += facts.size }
                total.files += 1
                continue
            }
            for name in try PlacedFile.names(in: next) ?? [] { pending.append(next + "/" + name) }
        }
        return total
    }

    /// Works on open folders, so that nobody can put a link in the way.
    private static func removeTree(_ path: String) throws(PublishError) {
        guard let facts = FileFacts(path, followingLinks: false) else { return }
        guard facts.isFolder else { return try PlacedFile.remove(path) }
        try removeFolder(named: path, in: AT_FDCWD, shown: path)
    }

    private static func removeFolder(named name: String, in parent: Int32, shown: String) throws(PublishError) {
        let descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw .storage("open", shown, errno)
        }
        guard let handle = fdopendir(descriptor) else {
            let code = errno
            close(descriptor)
            throw .storage("list", shown, code)
        }
        defer { closedir(handle) }
        while let entry = readdir(handle) {
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw PublishError(.unsafePath, "a file name in \(shown) is not UTF-8", hint: "remove it by hand")
            }
            if text == "." || text == ".." { continue }
            if unlinkat(descriptor, text, 0) == 0 || errno == ENOENT { continue }
            guard errno == EISDIR || errno == EPERM else { throw .storage("remove", shown + "/" + text, errno) }
            try removeFolder(named: text, in: descriptor, shown: shown + "/" + text)
        }
        if unlinkat(parent, name, AT_REMOVEDIR) != 0, errno != ENOENT { throw .storage("remove", shown, errno) }
    }
}

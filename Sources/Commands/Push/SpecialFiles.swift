internal import HubClient

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a push of a folder cannot carry and leaves out: pipes, sockets and devices, and links to them.
enum SpecialFiles {
    /// Their paths, each beginning with `root`; nothing when `root` is no folder. Looks where a push looks: not behind
    /// links to folders, nor into `.git` and `.cache/huggingface`.
    static func find(in root: String, include: [String], exclude: [String]) -> [String] {
        let includes = include.map(glob)
        let excludes = exclude.map(glob)
        let base = root.hasSuffix("/") ? root : root + "/"
        var found: [String] = []
        var pending = [""]
        while let folder = pending.popLast() {
            for name in names(in: base + folder) {
                let path = folder + name
                if name == ".git" || path == ".cache/huggingface" || path.hasSuffix("/.cache/huggingface") { continue }
                var entry = stat()
                var target = stat()
                guard lstat(base + path, &entry) == 0 else { continue }
                if entry.st_mode & S_IFMT == S_IFDIR {
                    pending.append(path + "/")
                    continue
                }
                guard stat(base + path, &target) == 0 else { continue }
                let kind = target.st_mode & S_IFMT
                let isWanted =
                    (includes.isEmpty || includes.contains { $0.matches(path) })
                    && !excludes.contains { $0.matches(path) }
                if kind != S_IFREG, kind != S_IFDIR, isWanted { found.append(base + path) }
            }
        }
        return found.sorted()
    }

    private static func glob(_ pattern: String) -> Glob { Glob(pattern.hasSuffix("/") ? pattern + "*" : pattern) }

    private static func names(in folder: String) -> [String] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
                    String(validatingCString: $0)
                }
            }
            if let name, name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

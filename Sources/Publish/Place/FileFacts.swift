#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What is at a path.
package struct FileFacts: Sendable, Hashable {
    package enum Kind: Sendable, Hashable { case file, folder, link, other }

    package var kind: Kind
    package var size: Int64
    /// Nanoseconds since 1970.
    package var modified: Int64
    package var device: UInt64
    package var inode: UInt64
    /// Without the kind.
    package var permissions: UInt32

    package var isFile: Bool { kind == .file }
    package var isFolder: Bool { kind == .folder }
    package var isLink: Bool { kind == .link }

    /// - Returns: nil when nothing is there, or it cannot be seen.
    package init?(_ path: String, followingLinks: Bool = true) {
        var raw = stat()
        guard (followingLinks ? stat(path, &raw) : lstat(path, &raw)) == 0 else { return nil }
        kind =
            switch raw.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .other
            }
        size = Int64(max(raw.st_size, 0))
        #if canImport(Glibc)
            let time = raw.st_mtim
        #else
            let time = raw.st_mtimespec
        #endif
        modified = Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
        device = UInt64(truncatingIfNeeded: raw.st_dev)
        inode = UInt64(raw.st_ino)
        permissions = UInt32(raw.st_mode & 0o7777)
    }
}

/// Paths as text.
package enum FolderPath {
    /// The path without its last part.
    package static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The last part.
    package static func name(of path: String) -> String {
        String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
    }

    /// An absolute path without `.`, `..` and doubled slashes; links are not followed.
    package static func absolute(_ path: String, home: String) -> String {
        var full = path
        if path == "~" { full = home } else if path.hasPrefix("~/") { full = home + path.dropFirst() }
        if !full.hasPrefix("/"), let working = getcwd(nil, 0) {
            full = String(cString: working) + "/" + full
            free(working)
        }
        var parts: [Substring] = []
        for part in full.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The one name of something that is there, without links.
    package static func real(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// Whether a path is a folder or lies in it; both absolute, without links.
    package static func contains(_ folder: String, _ path: String) -> Bool {
        let (folder, path) = (Array(folder.utf8), Array(path.utf8))
        guard path.starts(with: folder) else { return false }
        return path.count == folder.count || folder == [0x2F] || path[folder.count] == 0x2F
    }
}

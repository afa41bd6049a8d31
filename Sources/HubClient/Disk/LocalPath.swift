#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Path arithmetic on text; nothing here but ``absolute(_:)`` and ``resolved(_:)`` looks at the disk.
enum LocalPath {
    static func join(_ folder: String, _ name: some StringProtocol) -> String {
        folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }

    /// The path without its last component; `/` for names in the root, `.` for bare names.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The last component.
    static func name(of path: String) -> String {
        String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
    }

    /// Makes a path absolute against the working folder and takes out `.` and `..`, without following links.
    static func absolute(_ path: String) -> String {
        var full = path
        if !path.hasPrefix("/"), let working = getcwd(nil, 0) {
            full = join(String(cString: working), path)
            free(working)
        }
        var parts: [Substring] = []
        for part in full.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// Where the text of a link leads that stands in `folder`; links on the way are not followed.
    static func leading(_ text: String, from folder: String) -> String {
        absolute(text.hasPrefix("/") ? text : join(folder, text))
    }

    /// Follows the links of the part of a path that exists, as Python's `Path.resolve()` does.
    static func resolved(_ path: String) -> String {
        let full = absolute(path)
        var existing = full
        var missing: [String] = []
        while existing != "/" {
            if let real = realpath(existing, nil) {
                defer { free(real) }
                return missing.reversed().reduce(String(cString: real)) { join($0, $1) }
            }
            missing.append(name(of: existing))
            existing = folder(of: existing)
        }
        return full
    }

    /// The link text that leads from a file in `folder` to `target`; both absolute and free of `..`.
    static func relative(_ target: String, from folder: String) -> String {
        let to = target.split(separator: "/")
        let from = folder.split(separator: "/")
        var shared = 0
        while shared < to.count, shared < from.count, to[shared].utf8.elementsEqual(from[shared].utf8) { shared += 1 }
        return (Array(repeating: "..", count: from.count - shared) + to[shared...].map(String.init))
            .joined(separator: "/")
    }
}

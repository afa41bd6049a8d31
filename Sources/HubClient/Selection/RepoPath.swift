/// Checks of paths that come from a hub and are about to become paths on disk. They are untrusted.
enum RepoPath {
    /// Checks one path of a listing.
    /// - Throws: ``HubError`` with code `unsafe_path` for an absolute path, an empty, `.` or `..` segment, a drive
    ///   letter, a backslash, a NUL or other control character, or a `.git` folder.
    static func validate(_ path: String) throws(HubError) {
        if let reason = fault(path) { throw refusal(path, reason) }
    }

    /// Checks that files can stand beside each other on any file system: no path twice (also when only case or
    /// Unicode composition differ), and none that is a file here and a folder there.
    /// - Parameter inFolder: a plain folder, which may be case-insensitive and has a bookkeeping folder of its own.
    static func validate(all paths: [String], inFolder: Bool) throws(HubError) {
        var files: [String: String] = [:]
        // A dictionary of strings compares canonical forms; bytes are compared where links keep files apart.
        var exact = Set<[UInt8]>()
        for path in paths {
            try validate(path)
            guard exact.insert(Array(path.utf8)).inserted else { throw refusal(path, "it is listed twice") }
            guard inFolder else { continue }
            if path.lowercased().hasPrefix(".cache/huggingface/") {
                throw refusal(path, "that folder is for bookkeeping")
            }
            if let other = files.updateValue(path, forKey: path.lowercased()) {
                throw refusal(path, "it differs from '\(other)' in case only, and both would be one file")
            }
        }
        for path in paths {
            let bytes = Array(path.utf8)
            for slash in bytes.indices where bytes[slash] == UInt8(ascii: "/") {
                let parent = Array(bytes[..<slash])
                let isFile =
                    inFolder
                    ? files[String(decoding: parent, as: UTF8.self).lowercased()] != nil : exact.contains(parent)
                if isFile { throw refusal(path, "one of its folders is listed as a file") }
            }
        }
    }

    /// Checks that no folder on the way to `path` is a link out of `root`, both before and after folders are made.
    static func validateFolders(of path: String, below root: String) throws(HubError) {
        let realRoot = LocalPath.resolved(root)
        var folder = root
        for part in path.split(separator: "/").dropLast() {
            folder = LocalPath.join(folder, part)
            guard let status = Disk.status(folder, followingLinks: false) else { return }
            if status.isDirectory { continue }
            guard status.isLink else { throw refusal(path, "\(folder) is not a folder") }
            let target = LocalPath.resolved(folder)
            guard target == realRoot || target.hasPrefix(realRoot + "/") else {
                throw refusal(path, "\(folder) is a link that leads out of \(root)")
            }
        }
    }

    private static func fault(_ path: String) -> String? {
        if path.isEmpty { return "it is empty" }
        if path.hasPrefix("/") { return "it is absolute" }
        for scalar in path.unicodeScalars {
            if scalar.value < 0x20 || scalar.value == 0x7F { return "it has a control character" }
            if scalar == "\\" { return "it has a backslash" }
        }
        for segment in path.split(separator: "/", omittingEmptySubsequences: false) {
            if segment.isEmpty { return "it has an empty segment" }
            if segment == "." || segment == ".." { return "it has the segment '\(segment)'" }
            let bytes = Array(segment.utf8)
            let startsWithLetter = (bytes[0] | 0x20) >= UInt8(ascii: "a") && (bytes[0] | 0x20) <= UInt8(ascii: "z")
            if bytes.count >= 2, startsWithLetter, bytes[1] == UInt8(ascii: ":") { return "it has a drive letter" }
            if isGitFolder(segment) { return "it would write into a Git folder" }
        }
        return nil
    }

    /// Names that some file system takes for `.git`: other case, trailing dots and blanks, the short name of FAT, and
    /// characters that HFS+ ignores.
    private static func isGitFolder(_ segment: Substring) -> Bool {
        let ignored: [ClosedRange<UInt32>] = [0x200C...0x200F, 0x202A...0x202E, 0x206A...0x206F, 0xFEFF...0xFEFF]
        var scalars = segment.unicodeScalars.filter { scalar in !ignored.contains { $0.contains(scalar.value) } }
        while let last = scalars.last, last == "." || last == " " { scalars.removeLast() }
        let name = String(scalars).lowercased()
        return name == ".git" || name == "git~1"
    }

    private static func refusal(_ path: String, _ reason: String) -> HubError {
        let shown = path.unicodeScalars.prefix(200).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : String($0) }
            .joined()
        return HubError(
            .unsafePath, "The hub lists the path '\(shown)', which is refused: \(reason).",
            hint: "Ask the owner of the repository to rename it, or leave it out with --exclude.")
    }
}

/// The part of a repository's `.gitattributes` that decides which files are stored by content instead of in git.
///
/// The last line that matches a path and mentions `filter` wins, as in git.
struct GitAttributes: Sendable {
    private struct Rule {
        var pattern: GitPattern
        var isLFS: Bool
    }

    private var rules: [Rule] = []
    /// The last rule of each path that is named in full, by its bytes, as git compares names; the hub writes one for each
    /// such file.
    private var paths: [[UInt8]: (order: Int, isLFS: Bool)] = [:]

    /// A longer file is not read past this size, and never made, in bytes.
    static let maximumLength = 1 << 20

    init(parsing text: String) {
        // Git's lines end at this byte alone; names may have other line separators in them.
        for bytes in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let line = Substring(bytes).filter { $0 != "\r" }
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard let pattern = words.first, !pattern.hasPrefix("#") else { continue }
            let filter = words.dropFirst().last { word in
                word.hasPrefix("filter=") || word == "-filter" || word == "!filter"
            }
            guard let filter else { continue }
            let isLFS = filter == "filter=lfs"
            if pattern.hasPrefix("/"), !pattern.utf8.contains(where: Self.isSpecial) {
                paths[Array(pattern.utf8.dropFirst())] = (rules.count, isLFS)
            } else {
                rules.append(Rule(pattern: GitPattern(pattern), isLFS: isLFS))
            }
        }
    }

    /// Whether files at `path` belong to LFS.
    func isLFS(_ path: RepoPath) -> Bool {
        let named = paths[Array("\(path)".utf8)]
        // A path named in full came after the `order` first rules.
        let later = rules[(named?.order ?? 0)...].last { $0.pattern.matches(path) }
        return later?.isLFS ?? named?.isLFS ?? false
    }

    /// The text with a line for each of the paths that it does not call LFS; nil when there is nothing to add. Git
    /// decides by these lines alone whether a clone gets a file's bytes or its pointer.
    static func covering(_ files: some Sequence<RepoPath>, in text: String) -> String? {
        let known = GitAttributes(parsing: text)
        var result = text.isEmpty || text.hasSuffix("\n") ? text : text + "\n"
        let start = result.utf8.count
        for file in files where !known.isLFS(file) {
            let line = "\(pattern(of: file)) \(lfs)\n"
            guard result.utf8.count + line.utf8.count <= maximumLength else { break }
            result += line
        }
        return result.utf8.count > start ? result : nil
    }

    /// A pattern that stands for this path alone, written as git-lfs does it.
    private static func pattern(of path: RepoPath) -> String {
        var text = "/"
        for scalar in "\(path)".unicodeScalars {
            if scalar == " " || scalar == "\t" {
                text += "[[:space:]]"
                continue
            }
            if scalar.isASCII, isSpecial(UInt8(scalar.value)) { text += "\\" }
            text.unicodeScalars.append(scalar)
        }
        return text
    }

    /// Whether a byte has a meaning of its own in a pattern.
    private static func isSpecial(_ byte: UInt8) -> Bool { "*?[\\".utf8.contains(byte) }

    private static let lfs = "filter=lfs diff=lfs merge=lfs -text"

    /// What a new repository starts with: the file kinds that the Hub keeps out of git.
    static let initialText: String = {
        let patterns = [
            "*.7z", "*.arrow", "*.avro", "*.bin", "*.bz2", "*.ckpt", "*.ftz", "*.gguf", "*.gz", "*.h5", "*.joblib",
            "*.lz4", "*.mlmodel", "*.model", "*.msgpack", "*.npy", "*.npz", "*.onnx", "*.ot", "*.parquet", "*.pb",
            "*.pickle", "*.pkl", "*.pt", "*.pth", "*.rar", "*.safetensors", "saved_model/**/*", "*.tar.*", "*.tar",
            "*.tflite", "*.tgz", "*.wasm", "*.xz", "*.zip", "*.zst", "*tfevents*",
        ]
        return patterns.map { "\($0) \(lfs)\n" }.joined()
    }()
}

/// One glob of a `.gitattributes` file: `*` and `?` stay inside a name, `**` crosses folders, and a pattern
/// without a slash looks at the file's name alone.
struct GitPattern: Sendable {
    private let segments: [[UInt8]]
    private let looksAtNameOnly: Bool

    init(_ text: some StringProtocol) {
        var parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Array($0) }
        looksAtNameOnly = parts.count == 1
        if parts.first?.isEmpty == true { parts.removeFirst() }
        // A trailing `**` needs something below it; elsewhere it stands for any number of folders, also none.
        if parts.last == Self.anyFolders { parts.append([UInt8(ascii: "*")]) }
        segments = parts
    }

    func matches(_ path: RepoPath) -> Bool {
        guard !looksAtNameOnly else {
            guard let pattern = segments.first, let name = path.names.last else { return false }
            return Self.matches(pattern[...], name.bytes[...])
        }
        return matches(path.names)
    }

    private static let anyFolders = Array("**".utf8)

    /// Walks both lists with one point to go back to, so that no pattern takes exponential time.
    private func matches(_ names: [GitName]) -> Bool {
        var p = 0
        var n = 0
        var folders: (pattern: Int, name: Int)?
        while n < names.count {
            if p < segments.count, segments[p] == Self.anyFolders {
                folders = (p + 1, n)
                p += 1
            } else if p < segments.count, Self.matches(segments[p][...], names[n].bytes[...]) {
                p += 1
                n += 1
            } else if let back = folders {
                folders = (back.pattern, back.name + 1)
                p = back.pattern
                n = back.name + 1
            } else {
                return false
            }
        }
        return segments[p...].allSatisfy { $0 == Self.anyFolders }
    }

    /// Matches one name, in the same way.
    private static func matches(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
        var p = pattern.startIndex
        var n = name.startIndex
        var star: (pattern: Int, name: Int)?
        while n < name.endIndex {
            if p < pattern.endIndex, pattern[p] == UInt8(ascii: "*") {
                star = (p + 1, n)
                p += 1
            } else if p < pattern.endIndex, let next = step(pattern, p, name[n]) {
                p = next
                n += 1
            } else if let back = star {
                star = (back.pattern, back.name + 1)
                p = back.pattern
                n = back.name + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// Where the pattern goes on after taking `byte` at `index`, or nil when it does not take it.
    private static func step(_ pattern: ArraySlice<UInt8>, _ index: Int, _ byte: UInt8) -> Int? {
        switch pattern[index] {
        case UInt8(ascii: "?"): return index + 1
        case UInt8(ascii: "\\") where index + 1 < pattern.endIndex:
            return pattern[index + 1] == byte ? index + 2 : nil
        case UInt8(ascii: "["):
            return set(pattern, index, byte)
        default: return pattern[index] == byte ? index + 1 : nil
        }
    }

    private static let spaceClass = Array("[:space:]".utf8)

    private static func set(_ pattern: ArraySlice<UInt8>, _ start: Int, _ byte: UInt8) -> Int? {
        var index = start + 1
        let isNegated = index < pattern.endIndex && [UInt8(ascii: "!"), UInt8(ascii: "^")].contains(pattern[index])
        if isNegated { index += 1 }
        var found = false
        var isFirst = true
        while index < pattern.endIndex, isFirst || pattern[index] != UInt8(ascii: "]") {
            isFirst = false
            if pattern[index...].starts(with: spaceClass) {
                if byte == 0x20 || (0x09...0x0d).contains(byte) { found = true }
                index += spaceClass.count
                continue
            }
            let low = pattern[index]
            if index + 2 < pattern.endIndex, pattern[index + 1] == UInt8(ascii: "-"),
                pattern[index + 2] != UInt8(ascii: "]")
            {
                if low <= byte, byte <= pattern[index + 2] { found = true }
                index += 3
            } else {
                if low == byte { found = true }
                index += 1
            }
        }
        // A bracket that is never closed is an ordinary character.
        guard index < pattern.endIndex else { return byte == UInt8(ascii: "[") ? start + 1 : nil }
        return found != isNegated ? index + 1 : nil
    }
}

/// A validated path inside a repository: one to many names, none of which can leave the folder it is put in.
///
/// Names are compared as bytes. Two spellings of one accented letter are two names, as they are for git and for
/// the file systems that clients write to.
struct RepoPath: Hashable, Sendable, CustomStringConvertible {
    static let maximumBytes = 1024

    let names: [GitName]

    /// Takes names that have stood in a tree already.
    init(names: some Sequence<GitName>) { self.names = Array(names) }

    /// Validates `text`; throws a ``RepoPathError`` that says what is wrong with it.
    init(_ text: String) throws(RepoPathError) {
        guard !text.isEmpty else { throw RepoPathError(path: text, reason: "it is empty") }
        guard text.utf8.count <= Self.maximumBytes else {
            throw RepoPathError(path: String(text.prefix(80)), reason: "it is longer than \(Self.maximumBytes) bytes")
        }
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
            throw RepoPathError(path: text, reason: "it holds a control character")
        }
        guard !text.utf8.contains(UInt8(ascii: "\\")) else {
            throw RepoPathError(path: text, reason: "it holds a backslash")
        }
        var names: [GitName] = []
        for part in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            let name = GitName(Array(part))
            switch name.text {
            case "": throw RepoPathError(path: text, reason: "it has an empty segment or starts with a slash")
            case ".", "..": throw RepoPathError(path: text, reason: "'\(name.text)' is not a file name")
            case let segment where segment.lowercased() == ".git":
                throw RepoPathError(path: text, reason: "'.git' is reserved")
            default: names.append(name)
            }
        }
        self.names = names
    }

    var description: String { names.map(\.text).joined(separator: "/") }
}

/// Why a path is not fit to stand in a repository.
struct RepoPathError: Error, Hashable, CustomStringConvertible {
    var path: String
    var reason: String

    var description: String { "'\(path)' is not a valid path in a repository: \(reason)" }
}

/// One name in a git tree, compared byte by byte.
struct GitName: Hashable, Sendable, CustomStringConvertible {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }
    init(_ text: String) { bytes = Array(text.utf8) }

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var description: String { text }
}

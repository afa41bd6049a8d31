import Foundation

/// One line of a git tree object.
struct GitTreeEntry: Hashable, Sendable {
    enum Mode: String, Sendable {
        case file = "100644"
        case directory = "40000"
    }

    var name: GitName
    var mode: Mode
    var id: GitObjectID

    init(name: GitName, mode: Mode, id: GitObjectID) {
        self.name = name
        self.mode = mode
        self.id = id
    }

    /// The bytes that git sorts by: a directory counts as if its name ended in a slash.
    var sortKey: [UInt8] { mode == .directory ? name.bytes + [UInt8(ascii: "/")] : name.bytes }
}

/// A git tree object: a folder's entries in git's order.
struct GitTree: Hashable, Sendable {
    private(set) var entries: [GitTreeEntry]

    static let empty = GitTree([])

    /// Sorts the entries as git does; their names must differ.
    init(_ entries: [GitTreeEntry]) {
        let keyed = entries.map { (key: $0.sortKey, entry: $0) }
        self.entries = keyed.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.entry)
    }

    /// Parses the content of a tree object as ``encoded`` writes it; nil when it is damaged.
    init?(parsing content: Data) {
        var entries: [GitTreeEntry] = []
        var rest = content[...]
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
                let mode = GitTreeEntry.Mode(rawValue: String(decoding: rest[..<space], as: UTF8.self)),
                let end = rest[space...].firstIndex(of: 0),
                let id = GitObjectID(rest[(end + 1)...])
            else { return nil }
            entries.append(GitTreeEntry(name: GitName(Array(rest[(space + 1)..<end])), mode: mode, id: id))
            rest = rest.dropFirst(end + 1 + GitObjectID.byteCount - rest.startIndex)
        }
        self.entries = entries
    }

    /// The content of the tree object, without git's header.
    var encoded: Data {
        var out = Data()
        for entry in entries {
            out.append(contentsOf: entry.mode.rawValue.utf8)
            out.append(UInt8(ascii: " "))
            out.append(contentsOf: entry.name.bytes)
            out.append(0)
            out.append(contentsOf: entry.id.bytes)
        }
        return out
    }

    var id: GitObjectID { GitObjectID(hashing: encoded, kind: "tree") }

    subscript(name: GitName) -> GitTreeEntry? { entries.first { $0.name == name } }
}

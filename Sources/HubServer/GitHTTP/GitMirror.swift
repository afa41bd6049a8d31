import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A bare git repository on disk with what the database has: a copy that git's own programs can read and that may be
/// deleted at any time.
///
/// An object stands in it only after everything it refers to. So one that is there needs no second look, and a copy that
/// a kill has interrupted is continued.
struct GitMirror: Sendable {
    let path: String

    /// What git may find in the copy besides refs and objects: nothing that runs, nothing that is not meant to be read.
    private static let config = """
        [core]
        \trepositoryformatversion = 0
        \tfilemode = false
        \tbare = true
        \thooksPath = /dev/null
        [uploadpack]
        \tallowFilter = true
        \tallowReachableSHA1InWant = true
        [http]
        \tgetanyfile = false
        \treceivepack = false
        [gc]
        \tauto = 0

        """

    /// Makes the folder a repository without objects; does nothing when it is one.
    func prepare() throws {
        let manager = FileManager.default
        guard !manager.fileExists(atPath: path + "/HEAD") else { return }
        for folder in ["", "/objects", "/objects/info", "/objects/pack", "/refs", "/refs/heads"] {
            try manager.createDirectory(atPath: path + folder, withIntermediateDirectories: true)
        }
        try write(Data(Self.config.utf8), to: path + "/config")
        try write(Data("ref: refs/heads/main\n".utf8), to: path + "/HEAD")
    }

    func has(_ id: GitObjectID) -> Bool { access(file(of: id), F_OK) == 0 }

    private func file(of id: GitObjectID) -> String {
        let name = "\(id)"
        return "\(path)/objects/\(name.prefix(2))/\(name.dropFirst(2))"
    }

    // MARK: Objects

    /// Adds a commit with everything it holds; its parents must be there.
    func add(_ commit: StoredCommit, from store: GitStore) throws {
        try add(tree: commit.tree, from: store)
        try add(commit.encoded, kind: "commit", id: commit.id)
    }

    private func add(tree id: GitObjectID, from store: GitStore) throws {
        guard !has(id) else { return }
        let tree = try store.tree(id)
        for entry in tree.entries {
            if entry.mode == .directory {
                try add(tree: entry.id, from: store)
            } else if !has(entry.id) {
                try add(store.content(entry.id), kind: "blob", id: entry.id)
            }
        }
        try add(tree.encoded, kind: "tree", id: id)
    }

    /// Adds an annotated tag; its commit must be there.
    func add(_ tag: GitTag) throws {
        guard !has(tag.id) else { return }
        try add(tag.encoded, kind: "tag", id: tag.id)
    }

    private func add(_ content: Data, kind: String, id: GitObjectID) throws {
        guard GitObjectID(hashing: content, kind: kind) == id else { throw DamagedObject(id: id) }
        try? FileManager.default.createDirectory(
            atPath: "\(path)/objects/\("\(id)".prefix(2))", withIntermediateDirectories: false)
        try write(LooseObject.encode(content, kind: kind), to: file(of: id))
    }

    private struct DamagedObject: Error, CustomStringConvertible {
        var id: GitObjectID
        var description: String { "the git object \(id) of the database does not hash to its name" }
    }

    // MARK: Refs

    /// Replaces all refs; their commits and tags must be there.
    func setRefs(_ refs: [(name: String, target: GitObjectID)], tags: [GitTag]) throws {
        let objects = Dictionary(tags.map { ("refs/tags/" + $0.name, $0.id) }) { first, _ in first }
        let lines = refs.filter { Self.isFit($0.name) }.map { ref in
            objects[ref.name].map { "\($0) \(ref.name)\n^\(ref.target)\n" } ?? "\(ref.target) \(ref.name)\n"
        }
        let text = "# pack-refs with: peeled fully-peeled sorted \n" + lines.joined()
        let target = path + "/packed-refs"
        guard FileManager.default.contents(atPath: target) != Data(text.utf8) else { return }
        try write(Data(text.utf8), to: target)
    }

    /// Branches, tags and pull requests by names that git would take.
    private static func isFit(_ name: String) -> Bool {
        guard ["refs/heads/", "refs/tags/", "refs/pr/"].contains(where: name.hasPrefix) else { return false }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return !name.contains("..") && !name.contains("@{")
            && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && !"~^:?*[\\".utf8.contains($0) }
            && parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasSuffix(".lock") && !$0.hasSuffix(".") }
    }

    private func write(_ bytes: Data, to target: String) throws {
        let temporary = "\(path)/objects/tmp_\(String(UInt64.random(in: .min ... .max), radix: 16))"
        do {
            try bytes.write(to: URL(fileURLWithPath: temporary))
            try SystemCall.rename(temporary, to: target)
        } catch {
            SystemCall.remove(temporary)
            throw error
        }
    }
}

/// The rules for names of branches and tags: git's own, and those that keep a name from meaning two things.
enum GitRefName {
    static let maximumBytes = 200

    /// Why `name` cannot be a branch or a tag; nil when it can.
    static func problem(with name: String) -> String? {
        guard !name.isEmpty else { return "it is empty" }
        guard name.utf8.count <= maximumBytes else { return "it is longer than \(maximumBytes) bytes" }
        let forbidden = "~^:?*[\\".utf8
        if name.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f || forbidden.contains($0) }) {
            return "it holds a character that git does not allow in names"
        }
        if name.contains("..") || name.contains("@{") || name == "@" || name.hasSuffix(".") {
            return "git does not allow such names"
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if parts.contains(where: { $0.isEmpty || $0.hasPrefix(".") || $0.hasSuffix(".lock") }) {
            return "git does not allow such names"
        }
        if name.hasPrefix("-") { return "it starts with a dash" }
        if name == "HEAD" || name.hasPrefix("refs/") { return "it is reserved" }
        if GitObjectID(name) != nil { return "it looks like the id of a commit" }
        return nil
    }
}

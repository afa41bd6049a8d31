import Foundation

/// A git commit object; all times are in UTC.
struct GitCommit: Hashable, Sendable {
    var tree: GitObjectID
    var parent: GitObjectID?
    /// A user name of the hub.
    var author: String
    /// Unix seconds.
    var date: Int64
    /// The first line of the message.
    var title: String
    /// The whole message, starting with the title, without a final newline.
    var message: String

    init(
        tree: GitObjectID, parent: GitObjectID?, author: String, date: Int64, summary: String, description: String = ""
    ) {
        self.tree = tree
        self.parent = parent
        self.author = author
        self.date = date
        // A NUL ends a commit object early for git, so it cannot stand in a message.
        let clean = { (text: String) in
            text.replacingOccurrences(of: "\0", with: "").trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let (head, body) = (clean(summary), clean(description))
        message = [head.isEmpty ? "Update" : head, body].filter { !$0.isEmpty }.joined(separator: "\n\n")
        title = String(message.prefix { !$0.isNewline })
    }

    /// The content of the commit object, without git's header.
    var encoded: Data {
        let person = "\(author) <\(author)@users.noreply.shoal> \(date) +0000"
        var lines = ["tree \(tree)"]
        if let parent { lines.append("parent \(parent)") }
        lines += ["author \(person)", "committer \(person)", "", message, ""]
        return Data(lines.joined(separator: "\n").utf8)
    }

    var id: GitObjectID { GitObjectID(hashing: encoded, kind: "commit") }
}

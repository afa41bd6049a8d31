import Foundation

/// An annotated tag as a git object.
struct GitTag: Hashable, Sendable {
    /// The commit it names.
    var commit: GitObjectID
    /// Without `refs/tags/`.
    var name: String
    /// A user name of the hub.
    var tagger: String
    /// Unix seconds.
    var date: Int64
    /// Without a final newline; not empty.
    var message: String

    /// The text of a message as it is kept; nil when nothing is left of it.
    static func message(_ text: String?) -> String? {
        // A NUL ends an object early for git.
        let clean = text?.replacingOccurrences(of: "\0", with: "").trimmingCharacters(in: .whitespacesAndNewlines)
        return clean?.isEmpty == false ? clean : nil
    }

    /// The content of the tag object, without git's header.
    var encoded: Data {
        let person = "\(tagger) <\(tagger)@users.noreply.shoal> \(date) +0000"
        return Data("object \(commit)\ntype commit\ntag \(name)\ntagger \(person)\n\n\(message)\n".utf8)
    }

    var id: GitObjectID { GitObjectID(hashing: encoded, kind: "tag") }
}

internal import HubClient
internal import Terminal

/// What people read of files that a push did not carry.
enum LeftOutWords {
    /// Names of ignored files that are shown; a folder may have thousands.
    private static let shown = 5

    static func lines(_ files: [PushResult.LeftOut]) -> [String] {
        var lines: [String] = []
        for file in files where file.reason != .ignored {
            let reason = file.reason == .special ? "neither a file nor a folder" : "a link to a folder"
            lines.append("left out \(TextWidth.printable(file.path)): \(reason)")
        }
        let ignored = files.filter { $0.reason == .ignored }.map { TextWidth.printable($0.path) }
        if !ignored.isEmpty {
            let rest = ignored.count > shown ? " and \(ignored.count - shown) more" : ""
            lines.append(
                "left out, as the repository's .gitignore says: \(ignored.prefix(shown).joined(separator: ", "))\(rest)"
            )
        }
        return lines
    }
}

/// The rules of a `.gitignore` file.
///
/// The last rule that matches decides, as in git; what lies in an ignored folder stays ignored.
struct GitIgnore: Sendable {
    private struct Rule {
        var pattern: GitPattern
        var isNegated: Bool
        var isForFolders: Bool
    }

    private var rules: [Rule] = []
    private static let maximumRules = 2000

    init(parsing text: String) {
        for line in text.split(whereSeparator: \.isNewline).prefix(Self.maximumRules) {
            var words = line[...]
            while let last = words.last, last == " " || last == "\t", !words.hasSuffix("\\ ") { words.removeLast() }
            guard !words.isEmpty, !words.hasPrefix("#") else { continue }
            let isNegated = words.hasPrefix("!")
            if isNegated { words.removeFirst() }
            let isForFolders = words.hasSuffix("/")
            if isForFolders { words.removeLast() }
            guard !words.isEmpty else { continue }
            rules.append(Rule(pattern: GitPattern(words), isNegated: isNegated, isForFolders: isForFolders))
        }
    }

    /// Whether git would not take a file at `path`.
    func ignores(_ path: RepoPath) -> Bool {
        guard !rules.isEmpty else { return false }
        return path.names.indices.contains { index in
            let isFolder = index < path.names.count - 1
            let part = RepoPath(names: Array(path.names[...index]))
            let rule = rules.last { ($0.isForFolders ? isFolder : true) && $0.pattern.matches(part) }
            return rule.map { !$0.isNegated } ?? false
        }
    }
}

/// What the user allows to be given, by repository.
public struct SeedPolicy: Sendable, Hashable {
    public enum Rule: String, Sendable, Hashable, CaseIterable {
        case never
        /// Only to this network, and to those who share a secret.
        case lan
        case `public`
    }

    public struct Line: Sendable, Hashable {
        /// A shell pattern for `ns/name`, with `datasets/` or `spaces/` in front where it is one.
        public var pattern: String
        public var rule: Rule

        public init(pattern: String, rule: Rule) {
            self.pattern = pattern
            self.rule = rule
        }
    }

    /// The last one that fits counts.
    public var lines: [Line] = []
    /// Whether this machine shares a secret with others, so that content that is not public can go anywhere at all.
    public var hasSecrets = false

    public init() {}

    /// Reads `PATTERN=RULE` lines with commas or blanks between them, such as `*=lan, me/*=never`.
    /// - Returns: nil for a text that is none.
    public init?(parsing text: String) {
        for part in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            guard sides.count == 2, !sides[0].isEmpty, let rule = Rule(rawValue: String(sides[1])) else { return nil }
            lines.append(Line(pattern: String(sides[0]), rule: rule))
        }
    }

    /// How far content of a repository may go.
    /// - Parameters:
    ///   - isPublic: whether everybody may read the repository, which must be known.
    ///   - matches: whether a pattern fits the repository.
    public func access(isPublic: Bool, matches: (String) -> Bool) -> SeedAccess {
        switch (lines.last { matches($0.pattern) }?.rule ?? .public, isPublic) {
        case (.never, _): .nobody
        case (_, false): hasSecrets ? .secretHolders : .nobody
        case (.lan, true): .neighbours
        case (.public, true): .everybody
        }
    }
}

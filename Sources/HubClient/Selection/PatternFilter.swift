/// Include and exclude patterns, as `hf` applies them (hub-api §3.3).
///
/// A path is kept if any include pattern matches, or there is none, and no exclude pattern matches. A pattern that
/// ends in `/` means everything below; backslashes count as slashes.
package struct PatternFilter: Sendable {
    private let includes: [Glob]
    private let excludes: [Glob]
    private let includeTexts: [String]

    package init(include: [String], exclude: [String]) {
        includeTexts = include
        includes = include.map(PatternFilter.glob)
        excludes = exclude.map(PatternFilter.glob)
    }

    package func keeps(_ path: String) -> Bool {
        let slashed = PatternFilter.slashed(path)
        return (includes.isEmpty || includes.contains { $0.matches(slashed) }) && !excludes(path)
    }

    var hasIncludes: Bool { !includes.isEmpty }

    /// Whether an exclude pattern matches.
    func excludes(_ path: String) -> Bool {
        let path = PatternFilter.slashed(path)
        return excludes.contains { $0.matches(path) }
    }

    /// The include patterns that match none of the paths: typing errors, most likely.
    package func unmatchedIncludes(in paths: [String]) -> [String] {
        zip(includeTexts, includes).filter { _, glob in
            !paths.contains { glob.matches(PatternFilter.slashed($0)) }
        }.map(\.0)
    }

    private static func glob(_ pattern: String) -> Glob {
        let pattern = slashed(pattern)
        return Glob(pattern.hasSuffix("/") ? pattern + "*" : pattern)
    }

    private static func slashed(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
        return String(decoding: text.utf8.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }, as: UTF8.self)
    }
}

/// Puts the sibling's commands, with all that is below them, into the completion script of this program.
///
/// Both scripts come from the same generator and have the same program name; here the sibling's commands are stand-ins
/// without options, which its own definitions take the place of.
enum CompletionScript {
    /// - Parameters:
    ///   - script: what this program knows.
    ///   - sibling: the same of the sibling.
    ///   - commands: the sibling's commands.
    static func merged(
        _ script: String, with sibling: String, commands: Set<String>, shell: CompletionCommand.Shell
    ) -> String {
        let (own, other) = (lines(script), lines(sibling))
        let result = commands.sorted().reduce(own) { lines, command in
            shell == .fish ? fish(lines, other, command) : functions(lines, other, command)
        }
        return result.joined(separator: "\n")
    }

    private static func lines(_ text: String) -> [Substring] {
        text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// bash and zsh have a function per command, whose name begins with that of the command above it.
    private static func functions(_ own: [Substring], _ other: [Substring], _ command: String) -> [Substring] {
        let name = "_shoal_" + command
        let theirs = blocks(other) { $0 == name || $0.hasPrefix(name + "_") }
        guard !theirs.isEmpty, let mine = blocks(own, where: { $0 == name }).first else { return own }
        let replacement = theirs.map { other[$0] }.joined(separator: [""])
        return Array(own[..<mine.lowerBound]) + replacement + own[mine.upperBound...]
    }

    /// The functions with a fitting name: from `NAME() {` to `}`.
    private static func blocks(_ lines: [Substring], where isWanted: (Substring) -> Bool) -> [Range<Int>] {
        lines.indices.compactMap { start in
            guard lines[start].hasSuffix("() {"), isWanted(lines[start].dropLast(4)),
                let end = lines[start...].firstIndex(of: "}")
            else { return nil }
            return start..<end + 1
        }
    }

    /// fish has a `case` per command for its options, and a line for each thing that can be completed.
    private static func fish(_ own: [Substring], _ other: [Substring], _ command: String) -> [Substring] {
        let marks = ["\"shoal \(command)\"", "\"shoal \(command) "]
        func isCompletion(_ line: Substring) -> Bool {
            line.hasPrefix("complete ") && marks.contains { line.firstRange(of: $0) != nil }
        }
        let theirs = other.filter(isCompletion)
        guard !theirs.isEmpty, let mine = caseBlock(own, command), let their = caseBlock(other, command) else {
            return own
        }
        let switched = own[..<mine.lowerBound] + other[their] + own[mine.upperBound...]
        return switched.filter { !isCompletion($0) } + theirs
    }

    /// The lines of `case 'COMMAND'` below the program's name.
    private static func caseBlock(_ lines: [Substring], _ command: String) -> Range<Int>? {
        let indent = String(repeating: " ", count: 8)
        guard let start = lines.firstIndex(where: { $0 == indent + "case '\(command)'" }) else { return nil }
        let end = lines[(start + 1)...].firstIndex { !$0.hasPrefix(indent + "    ") }
        return start..<(end ?? lines.endIndex)
    }
}

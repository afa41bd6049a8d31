internal import Terminal

/// Prints failures: words on standard error, and where JSON is wanted one document on standard output.
enum FailureReport {
    /// The lines for standard error.
    static func lines(_ failure: CommandFailure) -> [String] {
        var lines = ["error: " + clause(failure.message)]
        if let hint = failure.hint { lines.append("hint: " + clause(hint)) }
        return lines
    }

    /// The document for standard output.
    static func document(_ failure: CommandFailure) throws -> String {
        try JSONOutput.text(
            Document(
                error: .init(code: failure.code, message: clause(failure.message), hint: failure.hint.map(clause))))
    }

    /// Whether a command line asks for JSON; known before it is parsed, and also when it cannot be.
    static func isJSONWanted(_ arguments: [String]) -> Bool {
        let words = arguments.prefix { $0 != "--" }
        return words.contains("--json") || words.contains("--format=json")
            || zip(words, words.dropFirst()).contains { $0 == "--format" && $1 == "json" }
    }

    static func emit(_ failure: CommandFailure, json: Bool) {
        let stream = TerminalStream.error
        for line in lines(failure) {
            let label = line.prefix { $0 != ":" }
            let style: TextStyle = label == "error" ? .red : .cyan
            stream.writeLine(style(label + ":", on: stream) + line.dropFirst(label.count + 1))
        }
        if json, let document = try? document(failure) { TerminalStream.output.writeLine(document) }
    }

    /// A sentence as it reads after a label: on one line, with a small first letter and without its full stop.
    static func clause(_ sentence: String) -> String {
        var text = sentence.split(whereSeparator: \.isNewline).map { $0.trimmingSpaces() }.joined(separator: " ")
        if text.hasSuffix("."), !text.hasSuffix("..") { text.removeLast() }
        let first = text.prefix { $0.isLetter }
        let isOrdinaryWord = first.dropFirst().allSatisfy(\.isLowercase) && !properNames.contains(String(first))
        if isOrdinaryWord, let initial = text.first {
            text.replaceSubrange(...text.startIndex, with: initial.lowercased())
        }
        return TextWidth.printable(text)
    }

    private static let properNames: Set<String> = ["Git", "Hugging", "Python", "Shoal", "Xet"]

    struct Document: Encodable {
        struct Body: Encodable {
            var code: String
            var message: String
            var hint: String?
        }

        var error: Body
    }
}

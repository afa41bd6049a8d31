internal import Terminal

/// Prints failures: words on standard error, and where JSON is wanted one document on standard output.
enum FailureReport {
    /// The lines for standard error.
    static func lines(_ failure: CommandFailure) -> [String] {
        var lines = ["error: " + TextWidth.printable(oneLine(failure.message))]
        if let hint = failure.hint { lines.append("hint: " + TextWidth.printable(oneLine(hint))) }
        return lines
    }

    /// The document for standard output.
    static func document(_ failure: CommandFailure) throws -> String {
        try JSONOutput.text(Document(error: .init(code: failure.code, message: failure.message, hint: failure.hint)))
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

    /// Line ends become spaces, so that one failure is one line.
    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { $0.trimmingSpaces() }.joined(separator: " ")
    }

    struct Document: Encodable {
        struct Body: Encodable {
            var code: String
            var message: String
            var hint: String?
        }

        var error: Body
    }
}

internal import Terminal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The question before something is deleted.
package enum Confirmation {
    /// Says to people what is about to happen.
    package static func announce(_ summary: String, _ details: [String], as output: ResultOptions) {
        guard !output.isForMachines else { return }
        for line in ["about to delete " + summary] + details {
            TerminalStream.output.writeLine(TextWidth.printable(line))
        }
    }

    /// Asks, unless the answer was given with the command.
    /// - Parameters:
    ///   - question: what a yes agrees to.
    ///   - refusal: what a no has come to.
    /// - Throws: ``CommandFailure`` with code `not_confirmed` when the answer is no, or nobody can be asked.
    package static func require(
        _ isGiven: Bool, as output: ResultOptions, question: String = "proceed?",
        refusal: String = "nothing was deleted"
    ) throws {
        if isGiven { return }
        guard !output.isForMachines else {
            throw CommandFailure(
                code: "not_confirmed", message: "\(refusal): this output leaves no room for a question",
                hint: "confirm with --yes")
        }
        // Without a terminal there is nobody to read a question; an answer may be in a pipe all the same.
        if isatty(STDIN_FILENO) == 1 { TerminalStream.error.write("\(TextWidth.printable(question)) [y/N] ") }
        let answer = readLine()?.trimmingSpaces().lowercased()
        guard let answer, ["y", "yes"].contains(answer) else {
            if answer == nil, isatty(STDIN_FILENO) == 1 { TerminalStream.error.write("\n") }
            throw CommandFailure(
                code: "not_confirmed", message: refusal,
                hint: "answer y, or confirm with --yes")
        }
    }
}

/// Counted things in English.
package enum Plural {
    package static func count(_ count: Int, _ one: String, _ many: String? = nil) -> String {
        "\(count) \(count == 1 ? one : many ?? one + "s")"
    }
}

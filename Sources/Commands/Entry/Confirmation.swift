internal import Terminal

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
    /// - Parameter question: what a yes agrees to.
    /// - Throws: ``CommandFailure`` with code `not_confirmed` when the answer is no, or nobody can be asked.
    package static func require(_ isGiven: Bool, as output: ResultOptions, question: String = "proceed?") throws {
        if isGiven { return }
        guard !output.isForMachines else {
            throw CommandFailure(
                code: "not_confirmed", message: "nothing was deleted: this output leaves no room for a question",
                hint: "confirm with --yes")
        }
        TerminalStream.error.write("\(TextWidth.printable(question)) [y/N] ")
        let answer = readLine()?.trimmingSpaces().lowercased()
        guard let answer, ["y", "yes"].contains(answer) else {
            if answer == nil { TerminalStream.error.write("\n") }
            throw CommandFailure(
                code: "not_confirmed", message: "nothing was deleted", hint: "answer y, or confirm with --yes")
        }
    }
}

/// Counted things in English.
package enum Plural {
    package static func count(_ count: Int, _ one: String, _ many: String? = nil) -> String {
        "\(count) \(count == 1 ? one : many ?? one + "s")"
    }
}

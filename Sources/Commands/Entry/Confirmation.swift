internal import Terminal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Asks before something is lost.
enum Confirmation {
    /// Returns when the user agrees; `--yes` agrees beforehand.
    /// - Parameter isForMachines: whether a program reads the output, so that there is nobody to ask.
    /// - Throws: ``CommandFailure`` when the user declines, or cannot be asked.
    static func require(_ question: String, yes: Bool, isForMachines: Bool) throws {
        if yes { return }
        guard !isForMachines, isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure(
                code: "confirmation_needed", message: "nobody is there to confirm: \(question)",
                hint: "add --yes to agree beforehand")
        }
        TerminalStream.error.write("\(TextWidth.printable(question)) [y/N] ")
        guard ["y", "yes"].contains(readLine()?.trimmingSpaces().lowercased()) else {
            throw CommandFailure(code: "declined", message: "nothing was changed")
        }
    }
}

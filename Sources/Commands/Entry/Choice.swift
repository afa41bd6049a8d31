internal import Terminal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Lets the user pick from a list on the terminal.
enum Choice {
    /// - Returns: an index, or nil when the user picks none.
    /// - Throws: ``CommandFailure`` when nobody can be asked.
    static func ask(_ question: String, among names: [String], isForMachines: Bool) throws -> Int? {
        guard !isForMachines, isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure.usage(
                "nobody is there to choose among \(names.joined(separator: ", "))", hint: "name one with --token-name")
        }
        for (index, name) in names.enumerated() {
            TerminalStream.error.writeLine("  \(index + 1)  \(TextWidth.printable(name))")
        }
        TerminalStream.error.write("\(question) [1-\(names.count)]: ")
        guard let number = Int(readLine()?.trimmingSpaces() ?? ""), names.indices.contains(number - 1) else {
            return nil
        }
        return number - 1
    }
}

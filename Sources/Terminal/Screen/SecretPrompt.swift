#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Asks for a secret on the terminal without showing it, or takes the first line of a pipe.
public enum SecretPrompt {
    /// Reads one line from standard input; nil at its end. The prompt goes to standard error, and only to a person.
    public static func read(_ prompt: String) -> String? {
        guard isatty(STDIN_FILENO) == 1 else { return readLine(strippingNewline: true) }
        var mode = termios()
        guard tcgetattr(STDIN_FILENO, &mode) == 0 else { return readLine(strippingNewline: true) }
        Interruption.savedMode.pointee = mode
        Interruption.add(.isEchoOff)
        mode.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSANOW, &mode)
        defer {
            tcsetattr(STDIN_FILENO, TCSANOW, Interruption.savedMode)
            Interruption.remove(.isEchoOff)
            TerminalStream.error.write("\n")
        }
        TerminalStream.error.write(prompt)
        return readLine(strippingNewline: true)
    }
}

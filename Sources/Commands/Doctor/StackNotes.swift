internal import CStacks
internal import Terminal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the threads of a run of this program are doing, told by the run itself when `shoal doctor --bundle` asks: no
/// debugger is needed, and no right to trace other processes.
enum StackNotes {
    /// The file to tell into; only a doctor sets it.
    static let variable = "SHOAL_STACKS"
    private static let greeting = "ready\n"

    /// Makes this process one that tells, if it was started so.
    static func tellIfAsked() {
        guard let path = getenv(variable) else { return }
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        // Programs that this one starts are nobody's patients.
        unsetenv(variable)
        guard shoal_tell_stacks(file) == 0 else { return }
        TerminalStream.write(greeting, to: file)
    }

    /// Whether the process that tells into a file has begun to listen: the signal would end it before.
    static func isListening(_ file: String) -> Bool {
        ProcFile.lines(file).first.map { $0 + "\n" } == greeting
    }

    /// Asks all threads of a process that listens.
    static func ask(_ process: pid_t) {
        for thread in ProcFile.names("/proc/\(process)/task") {
            guard let id = Int32(thread) else { continue }
            _ = shoal_ask_thread(process, id)
        }
    }
}

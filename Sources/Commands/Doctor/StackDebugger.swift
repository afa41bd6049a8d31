#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A debugger of this machine that can tell the stacks of a running process by the names of functions.
struct StackDebugger: Sendable {
    var program: String
    private var name: String

    /// eu-stack, which is quick, else gdb; nil where there is neither.
    /// - Parameter path: folders with colons between them, as in `PATH`.
    static func find(in path: String) -> StackDebugger? {
        for name in ["eu-stack", "gdb"] {
            for folder in path.split(separator: ":") where folder.hasPrefix("/") {
                let program = "\(folder)/\(name)"
                if access(program, X_OK) == 0 { return StackDebugger(program: program, name: name) }
            }
        }
        return nil
    }

    /// The arguments that make it tell the stacks of a process, and leave it alone again.
    func arguments(for process: pid_t) -> [String] {
        guard name == "gdb" else { return ["-n", "64", "-p", "\(process)"] }
        return [
            "-nx", "-batch", "-iex", "set auto-load off", "-iex", "set debuginfod enabled off", "-p", "\(process)",
            "-ex",
            "thread apply all bt 64",
        ]
    }
}

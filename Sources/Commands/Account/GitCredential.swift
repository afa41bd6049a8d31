internal import Processes
internal import Terminal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Gives tokens to git's credential helpers, under the user name that Hugging Face's tools use.
enum GitCredential {
    static func approve(token: String, endpoint: String) throws {
        guard run("approve", "url=\(endpoint)\nusername=hf_user\npassword=\(token)\n\n") else {
            throw CommandFailure(
                code: "git_credential", message: "git did not take the token",
                hint: "check that git is installed; the token itself is saved")
        }
    }

    /// Takes the token away from the helpers; without git there is nothing to take.
    static func reject(endpoint: String) { _ = run("reject", "url=\(endpoint)\nusername=hf_user\n\n") }

    /// Runs `git credential ACTION` with a text on its standard input; false when it failed or there is no git.
    private static func run(_ action: String, _ input: String) -> Bool {
        guard let pipe = ProcessPipe() else { return false }
        var launch = Launch("git", ["credential", action])
        launch.input = .descriptor(pipe.reading)
        // What a helper prints must not mix with the result of the command.
        (launch.output, launch.errors) = (.descriptor(STDERR_FILENO), .descriptor(STDERR_FILENO))
        let child = try? launch.start()
        close(pipe.reading)
        guard let child else {
            close(pipe.writing)
            return false
        }
        _ = signal(SIGPIPE, SIG_IGN)
        TerminalStream.write(input, to: pipe.writing)
        close(pipe.writing)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 { guard errno == EINTR else { return false } }
        return status == 0
    }
}

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
        var pipe: [Int32] = [-1, -1]
        guard pipe.withUnsafeMutableBufferPointer({ buffer in buffer.baseAddress.map(Self.makePipe) ?? -1 }) == 0 else {
            return false
        }
        #if canImport(Glibc)
            var actions = posix_spawn_file_actions_t()
        #else
            var actions: posix_spawn_file_actions_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipe[0], STDIN_FILENO)
        // What a helper prints must not mix with the result of the command.
        posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
        posix_spawn_file_actions_addclose(&actions, pipe[1])
        let words: [String] = ["git", "credential", action]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { arguments.forEach { free($0) } }
        var child: pid_t = 0
        let outcome = posix_spawnp(&child, "git", &actions, nil, &arguments, environ)
        close(pipe[0])
        guard outcome == 0 else {
            close(pipe[1])
            return false
        }
        _ = signal(SIGPIPE, SIG_IGN)
        TerminalStream.write(input, to: pipe[1])
        close(pipe[1])
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 { guard errno == EINTR else { return false } }
        return status == 0
    }

    private static func makePipe(_ ends: UnsafeMutablePointer<Int32>) -> Int32 {
        #if canImport(Glibc)
            Glibc.pipe(ends)
        #else
            Darwin.pipe(ends)
        #endif
    }
}

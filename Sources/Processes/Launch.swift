internal import Synchronization

#if canImport(Glibc)
    package import Glibc
#else
    package import Darwin
#endif

/// Another program that is to begin: what it reads and writes, and what it belongs to.
///
/// It gets nothing of this process but what is named here: no open file, no signal that is ignored or held back.
package struct Launch: Sendable {
    package enum Stream: Sendable {
        case nothing
        case descriptor(Int32)
        /// A file that is made where there is none, for the user alone.
        case appended(String)
        case replaced(String)
    }

    package enum Company: Sendable {
        /// Ctrl-C is for both.
        case ours
        /// Ctrl-C is for whoever watches it.
        case ownGroup
        /// It outlives the terminal.
        case ownSession
    }

    /// A path, or a name that is looked for in `PATH`.
    package var program: String
    package var arguments: [String]
    /// What it finds as its own name; the program when nil.
    package var name: String?
    /// All of it; this process's own when nil.
    package var environment: [String: String]?
    package var input = Stream.nothing
    package var output = Stream.nothing
    package var errors = Stream.nothing
    package var company = Company.ours

    package init(_ program: String, _ arguments: [String]) {
        self.program = program
        self.arguments = arguments
    }

    /// For one at a time: a program that begins while a pipe is made would have the pipe too.
    static let turn = Mutex(())

    /// - Returns: its number. Somebody has to wait for it.
    package func start() throws(LaunchFailure) -> pid_t {
        #if canImport(Glibc)
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #else
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for (target, stream) in [(STDIN_FILENO, input), (STDOUT_FILENO, output), (STDERR_FILENO, errors)] {
            switch stream {
            case .nothing:
                posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_RDWR, 0)
            case .descriptor(let descriptor):
                posix_spawn_file_actions_adddup2(&actions, descriptor, target)
            case .appended(let path):
                posix_spawn_file_actions_addopen(&actions, target, path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            case .replaced(let path):
                posix_spawn_file_actions_addopen(&actions, target, path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            }
        }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGCHLD] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var flags = Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK) | Self.closing
        switch company {
        case .ours: break
        case .ownGroup:
            posix_spawnattr_setpgroup(&attributes, 0)
            flags |= Int16(POSIX_SPAWN_SETPGROUP)
        case .ownSession: flags |= Self.newSession
        }
        posix_spawnattr_setflags(&attributes, flags)

        var child: pid_t = 0
        let code = Self.withCStrings([name ?? program] + arguments) { words in
            guard let environment else {
                return Self.turn.withLock { _ in
                    posix_spawnp(&child, program, &actions, &attributes, words, environ)
                }
            }
            return Self.withCStrings(environment.map { "\($0.key)=\($0.value)" }) { variables in
                Self.turn.withLock { _ in
                    posix_spawnp(&child, program, &actions, &attributes, words, variables)
                }
            }
        }
        guard code == 0 else { throw LaunchFailure(program: program, code: code) }
        return child
    }

    // Of <spawn.h>, which C hides from Swift.
    #if canImport(Glibc)
        /// POSIX_SPAWN_SETSID.
        private static let newSession: Int16 = 0x80
        private static let closing: Int16 = 0
    #else
        private static let newSession: Int16 = 0x400
        /// POSIX_SPAWN_CLOEXEC_DEFAULT.
        private static let closing: Int16 = 0x4000
    #endif

    private static func withCStrings<Value>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
    ) -> Value {
        let pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers + [nil])
    }
}

/// A program that could not be begun.
package struct LaunchFailure: Error, CustomStringConvertible {
    package var program: String
    /// As `errno` has it.
    package var code: Int32

    /// Why, in the system's words.
    package var reason: String { String(cString: strerror(code)) }
    package var description: String { "cannot run \(program): \(reason)" }
}

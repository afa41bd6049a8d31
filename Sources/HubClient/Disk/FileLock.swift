internal import Logging

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// An advisory lock that Python's `filelock` respects: `flock(2)`, or, where the file system has none, the existence
/// of a file (hub-api §2.4).
///
/// Waiting polls and never blocks a thread. The file is left in place: removing it would split the waiters.
final class FileLock: Sendable {
    private enum Hold: Sendable {
        case flock(Int32)
        case existence(String)
    }

    private let hold: Hold

    private init(_ hold: Hold) { self.hold = hold }

    /// How the lock file is made, and what replaces it where there is no `flock`.
    struct Options: Sendable {
        /// Permissions of a new lock file; the umask does not apply.
        var mode: mode_t = 0o664
        /// The existence lock of file systems without `flock`, when it is not the lock file itself.
        var softPath: String?
        /// How long to wait for an existence lock: a crash leaves it behind.
        var softTimeout: Duration = .seconds(10)
        /// Told once when another process keeps the lock for some seconds, with its number where that can be known.
        var isWaiting: (@Sendable (pid_t?) -> Void)?
    }

    /// Waits until the lock is ours.
    /// - Returns: nil when the place can hold no lock at all (read-only, forbidden): the caller goes on without.
    static func acquire(_ path: String, options: Options = .init(), logger: Logger) async throws -> FileLock? {
        guard let (file, isNew) = openFile(path, mode: options.mode) else {
            logger.debug("no lock", metadata: ["path": "\(path)", "errno": "\(errno)"])
            return nil
        }
        var waited = Duration.zero
        var hasTold = false
        var pause = Duration.milliseconds(10)
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            switch code {
            case EINTR: continue
            case EWOULDBLOCK, EACCES:
                do {
                    try await Task.sleep(for: pause)
                } catch {
                    close(file)
                    throw error
                }
                waited += pause
                pause = min(pause * 2, .milliseconds(200))
                if waited >= .seconds(2), !hasTold {
                    hasTold = true
                    let holder = LockHolder.process(of: file)
                    if holder != getpid() { options.isWaiting?(holder) }
                }
                if waited >= .seconds(10) {
                    logger.info("still waiting for a lock", metadata: ["path": "\(path)"])
                    waited = .zero
                }
            case ENOSYS, EOPNOTSUPP, ENOLCK, EINVAL:
                close(file)
                // The file that we made ourselves must not count as somebody's existence lock.
                if isNew, options.softPath == nil { unlink(path) }
                return try await acquireSoft(options.softPath ?? path, options: options, logger: logger)
            default:
                close(file)
                return nil
            }
        }
        return FileLock(.flock(file))
    }

    /// What an attempt to take a lock without waiting has found.
    enum Attempt: Sendable {
        case acquired(FileLock)
        /// Somebody else holds it.
        case held
        /// The place can hold no lock, or, when none was to be created, there is none.
        case unavailable
    }

    /// Takes the lock if it is free.
    /// - Parameter creates: whether a missing lock file is made.
    static func attempt(_ path: String, creates: Bool) -> Attempt {
        guard creates || Disk.exists(path), let (file, _) = openFile(path, mode: Options().mode) else {
            return .unavailable
        }
        if flock(file, LOCK_EX | LOCK_NB) == 0 { return .acquired(FileLock(.flock(file))) }
        let code = errno
        close(file)
        return code == EWOULDBLOCK || code == EACCES ? .held : .unavailable
    }

    /// Opens the lock file, creating it if need be; the file of another user may be readable only, which is enough.
    private static func openFile(_ path: String, mode: mode_t) -> (file: Int32, isNew: Bool)? {
        let flags = O_CLOEXEC | O_NOFOLLOW
        let new = open(path, O_RDWR | O_CREAT | O_EXCL | flags, mode)
        if new >= 0 {
            fchmod(new, mode)
            return (new, true)
        }
        guard errno == EEXIST else { return nil }
        for access in [O_RDWR, O_RDONLY] {
            let old = open(path, access | flags)
            if old >= 0 { return (old, false) }
        }
        return nil
    }

    private static func acquireSoft(_ path: String, options: Options, logger: Logger) async throws -> FileLock? {
        let clock = ContinuousClock()
        let end = clock.now + options.softTimeout
        while true {
            let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, options.mode)
            if file >= 0 {
                close(file)
                return FileLock(.existence(path))
            }
            guard errno == EEXIST, clock.now < end else {
                logger.debug("no existence lock", metadata: ["path": "\(path)"])
                return nil
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    deinit {
        switch hold {
        case .flock(let file): close(file)
        case .existence(let path): unlink(path)
        }
    }
}

/// Runs `body` while holding a lock; `nil` tells it that no lock was to be had.
func withFileLock<R>(
    _ path: String, options: FileLock.Options = .init(), logger: Logger, _ body: (FileLock?) async throws -> R
) async throws -> R {
    let lock = try await FileLock.acquire(path, options: options, logger: logger)
    let result = try await body(lock)
    return withExtendedLifetime(lock) { result }
}

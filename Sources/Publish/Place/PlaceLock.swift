package import PublishWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Keeps commands that run at once from changing the same thing: `flock(2)` on a file that stays. The kernel drops it
/// with the process.
package final class PlaceLock: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes the lock if it is free; nil when somebody else has it.
    package static func attempt(_ path: String) throws(PublishError) -> PlaceLock? {
        try PlacedFile.createFolder(FolderPath.folder(of: path))
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .storage("open", path, errno) }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            close(descriptor)
            guard code != EWOULDBLOCK else { return nil }
            throw .storage("lock", path, code)
        }
        return PlaceLock(descriptor)
    }

    /// Waits for the lock without holding up a thread.
    /// - Throws: ``PublishError`` with code `busy` after `patience`.
    package static func acquire(
        _ path: String, patience: Duration = .seconds(60)
    ) async throws(PublishError) -> PlaceLock {
        let end = ContinuousClock.now + patience
        var pause = Duration.milliseconds(5)
        while true {
            if let lock = try attempt(path) { return lock }
            guard ContinuousClock.now < end, (try? await Task.sleep(for: pause)) != nil else {
                throw PublishError(
                    .busy, "another command has held \(path) for long", hint: "let it end, or end it, and try again")
            }
            pause = min(pause * 2, .milliseconds(200))
        }
    }
}

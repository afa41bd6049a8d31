internal import NIOPosix
internal import PublishWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Brings the bytes of files to the disk.
enum FileFlush {
    /// Of files that are flushed one after another, each waits for a journal of its own; of many at once a file system
    /// writes one for all (10,000 small files: a fifteenth of the time).
    private static let width = 16

    static func flush(_ paths: [String]) async throws {
        guard !paths.isEmpty else { return }
        let threads = NIOThreadPool(numberOfThreads: min(width, paths.count))
        threads.start()
        do {
            try await withThrowingTaskGroup { group in
                for start in 0..<min(width, paths.count) {
                    group.addTask {
                        for path in stride(from: start, to: paths.count, by: width).lazy.map({ paths[$0] }) {
                            try await threads.runIfActive {
                                guard sync(path) else { throw PublishError.storage("write", path, errno) }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        } catch {
            try? await threads.shutdownGracefully()
            throw error
        }
        try await threads.shutdownGracefully()
    }

    /// Blocks. A failure leaves its number in `errno`.
    static func sync(_ path: String, _ flags: Int32 = 0) -> Bool {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags)
        guard file >= 0 else { return false }
        let isDone = fsync(file) == 0
        let code = errno
        close(file)
        errno = code
        return isDone
    }
}

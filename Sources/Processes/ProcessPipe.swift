internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Two ends, of which no other program that begins meanwhile gets one.
package struct ProcessPipe: Sendable {
    package let reading: Int32
    package let writing: Int32

    /// - Returns: nil when the system has none left; `errno` says why.
    package init?() {
        var ends: [Int32] = [-1, -1]
        let isMade = Launch.turn.withLock { _ in
            guard pipe(&ends) == 0 else { return false }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return true
        }
        guard isMade else { return nil }
        (reading, writing) = (ends[0], ends[1])
    }
}

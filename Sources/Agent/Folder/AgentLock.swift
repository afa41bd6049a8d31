#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Makes an agent the only one in its folder for as long as this object lives; the kernel drops it with the process.
package final class AgentLock: Sendable {
    private let descriptor: Int32

    /// - Throws: ``AgentError`` with code `already_running`.
    package init(_ folder: AgentFolder) throws(AgentError) {
        descriptor = open(folder.lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .storage("cannot write into \(folder.path)", errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            // The object is whole from here on: leaving by an error runs `deinit`, which closes.
            let code = errno
            guard code == EWOULDBLOCK else { throw .storage("cannot lock \(folder.lockFile)", code) }
            let place = AgentDocument(in: folder).map { " at \($0.url)" } ?? ""
            throw AgentError(
                code: "already_running", message: "an agent is already running\(place)",
                hint: "'shoal status' tells about it, 'shoal stop' ends it")
        }
        // Only words for people depend on it, so that a full disk is no reason not to begin.
        let note = Array("\(getpid())\n".utf8)
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, note, note.count, 0) }
    }

    deinit { close(descriptor) }

    /// Whether somebody holds it.
    package static func isHeld(_ folder: AgentFolder) -> Bool {
        let descriptor = open(folder.lockFile, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return false }
        return errno == EWOULDBLOCK
    }

    /// The process that holds it; nil when nobody does, or nobody says.
    package static func holder(_ folder: AgentFolder) -> Int32? {
        guard isHeld(folder), let bytes = SmallFile.read(folder.lockFile),
            let holder = Int32(String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)),
            // Smaller numbers stand for groups of processes, and for the first of the system.
            holder > 1, kill(holder, 0) == 0 || errno == EPERM
        else { return nil }
        return holder
    }
}

internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Contents of which wrong bytes have gone to a client before that was known. The client keeps what it has and asks for
/// the rest: it must be sent all of it. Outlives the agent, as the client's part outlives the client.
final class TaintedFiles: Sendable {
    private let folder: String
    private let known = Mutex<Set<String>>([])

    init(folder: String) { self.folder = folder }

    private func path(_ etag: String) -> String { "\(folder)/\(etag).tainted" }

    func contains(_ etag: String) -> Bool {
        known.withLock { $0.contains(etag) } || access(path(etag), F_OK) == 0
    }

    func insert(_ etag: String) {
        known.withLock { _ = $0.insert(etag) }
        let file = open(path(etag), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        if file >= 0 { close(file) }
    }
}

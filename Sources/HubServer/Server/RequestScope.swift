import Synchronization

/// What becomes known about a request while it is answered, for those who do not answer it: access log and limits.
final class RequestScope: Sendable {
    /// Set by the router for the time of one request.
    @TaskLocal static var current: RequestScope?

    private let found = Mutex<Caller.User?>(nil)
    private let given = Mutex<String?>(nil)

    /// The user whose credentials the request carries, once they have been found valid.
    var user: Caller.User? { found.withLock { $0 } }

    /// Their name, also where a CAS token is all that was shown.
    var userName: String? { user?.name ?? given.withLock { $0 } }

    /// Takes the name that a verified CAS token carries; empty for an anonymous reader.
    func identified(name: String) { if !name.isEmpty { given.withLock { $0 = name } } }

    func identified(_ user: Caller.User) { found.withLock { $0 = user } }
}

/// Who sends a request.
enum Caller: Sendable, Equatable {
    case anonymous
    case user(User)

    struct User: Sendable, Equatable {
        var name: String
        var role: TokenRole
        /// Unix seconds.
        var tokenCreatedAt: Int64
    }

    var user: User? {
        if case .user(let user) = self { user } else { nil }
    }

    var name: String? { user?.name }

    /// Whether the caller may see a repository at all.
    func canRead(_ repo: Repo) -> Bool {
        !repo.isPrivate || user?.role == .admin || name == repo.namespace
    }

    /// Whether the caller may create and change repositories of a namespace.
    func canWrite(namespace: String) -> Bool {
        switch user?.role {
        case .admin: true
        case .write: name == namespace
        case .read, nil: false
        }
    }
}

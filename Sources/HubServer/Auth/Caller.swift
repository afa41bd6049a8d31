/// Who sends a request.
package enum Caller: Sendable, Equatable {
    case anonymous
    case user(User)

    package struct User: Sendable, Equatable {
        package var name: String
        package var role: TokenRole
        /// Unix seconds.
        package var tokenCreatedAt: Int64
    }

    package var user: User? {
        if case .user(let user) = self { user } else { nil }
    }

    package var name: String? { user?.name }

    /// Whether the caller may see a repository at all.
    package func canRead(_ repo: Repo) -> Bool {
        !repo.isPrivate || user?.role == .admin || name == repo.namespace
    }

    /// Whether the caller may create and change repositories of a namespace.
    package func canWrite(namespace: String) -> Bool {
        switch user?.role {
        case .admin: true
        case .write: name == namespace
        case .read, nil: false
        }
    }
}

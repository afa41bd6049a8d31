import HubWire

/// Who sends a request.
enum Caller: Sendable, Equatable {
    case anonymous
    case user(User)

    struct User: Sendable, Equatable {
        var name: String
        /// What the token at hand allows.
        var role: TokenRole
        /// Unix seconds.
        var tokenCreatedAt: Int64
        var tokenName: String
        /// What a fine-grained token is limited to.
        var grants: [TokenGrant] = []
        /// The user's roles, by name of the organisation.
        var memberships: [String: MemberRole] = [:]
    }

    var user: User? {
        if case .user(let user) = self { user } else { nil }
    }

    var name: String? { user?.name }

    /// Whether the caller may see a repository at all. The files of a gated one need more: ``GateKeeper``.
    func canRead(_ repo: Repo) -> Bool { !repo.isPrivate || access(to: repo) >= .read }

    /// Whether the caller may change a repository.
    func canWrite(_ repo: Repo) -> Bool { access(to: repo) == .write }

    /// Whether the caller may create repositories in a namespace.
    func canCreate(in namespace: String) -> Bool {
        guard let user else { return false }
        return user.standing(in: namespace) >= .contribute && user.ceiling(namespace: namespace) == .write
    }

    /// What the caller's own standing and token give, whatever the repository gives to everybody.
    func access(to repo: Repo) -> AccessLevel {
        guard let user else { return .none }
        var standing = user.standing(in: repo.namespace)
        if standing == .contribute { standing = repo.creator == user.name ? .write : .read }
        return min(standing, user.ceiling(repo))
    }
}

/// How much somebody may do; each level includes the ones before it.
enum AccessLevel: Int, Sendable, Comparable {
    case none
    /// Reads private repositories.
    case read
    /// Also creates repositories and changes those it has created.
    case contribute
    /// Changes everything.
    case write

    static func < (left: AccessLevel, right: AccessLevel) -> Bool { left.rawValue < right.rawValue }
}

extension Caller.User {
    /// What the user may do in a namespace, whichever token is used.
    func standing(in namespace: String) -> AccessLevel {
        if role == .admin || namespace == name { return .write }
        return memberships[namespace]?.level ?? .none
    }

    /// What the token lets the user do with a repository, at most.
    func ceiling(_ repo: Repo) -> AccessLevel {
        guard role == .fineGrained else { return role == .read ? .read : .write }
        return grants.filter { $0.covers(repo) }.map(\.permission.level).max() ?? .none
    }

    /// What the token lets the user do in a whole namespace, at most.
    func ceiling(namespace: String) -> AccessLevel {
        guard role == .fineGrained else { return role == .read ? .read : .write }
        return grants.filter { $0.target == .namespace(namespace) }.map(\.permission.level).max() ?? .none
    }

    /// Whether the token may speak for the user where no repository of the user's is concerned: open a discussion on
    /// somebody's public repository, say.
    var maySpeak: Bool { role == .write || role == .admin }
}

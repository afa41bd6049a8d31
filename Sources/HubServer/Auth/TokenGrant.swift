import HubWire

/// One thing that a fine-grained token is limited to, written `read:alice`, `write:alice/model` or
/// `read:datasets/alice/words`.
struct TokenGrant: Sendable, Hashable, LosslessStringConvertible {
    enum Permission: String, Sendable {
        case read, write

        var level: AccessLevel { self == .read ? .read : .write }
    }

    enum Target: Sendable, Hashable {
        /// A user's or an organisation's name: all of its repositories.
        case namespace(String)
        case repo(RepoType, namespace: String, name: String)
    }

    var permission: Permission
    var target: Target

    init?(_ text: String) {
        let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, let permission = Permission(rawValue: String(halves[0])) else { return nil }
        self.permission = permission
        var names = halves[1].split(separator: "/", omittingEmptySubsequences: false)
        let type = names.count == 3 ? RepoType(plural: names.removeFirst()) : .model
        guard let type, names.allSatisfy({ RepoID.isValid(segment: $0) }) else { return nil }
        switch names.count {
        case 1: target = .namespace(String(names[0]))
        case 2: target = .repo(type, namespace: String(names[0]), name: String(names[1]))
        default: return nil
        }
    }

    var description: String { "\(permission.rawValue):\(targetText)" }

    /// The namespace, or the path of the repository's page.
    var targetText: String {
        switch target {
        case .namespace(let name): name
        case .repo(let type, let namespace, let name): "\(type.urlPrefix)\(namespace)/\(name)"
        }
    }

    func covers(_ repo: Repo) -> Bool {
        target == .namespace(repo.namespace)
            || target == .repo(repo.type, namespace: repo.namespace, name: repo.name)
    }
}

/// What a member of an organisation may do in its namespace.
enum MemberRole: String, Sendable, CaseIterable {
    case read
    /// Reads, creates repositories and changes those it has created.
    case contributor
    case write

    var level: AccessLevel {
        switch self {
        case .read: .read
        case .contributor: .contribute
        case .write: .write
        }
    }
}

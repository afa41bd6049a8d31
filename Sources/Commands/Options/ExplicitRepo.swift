internal import HubClient
internal import HubWire

/// What a repository's name says by itself, against the options beside it.
enum ExplicitRepo {
    /// Gives a repository the type of an option.
    /// - Parameter text: the repository as it was typed.
    /// - Throws: ``CommandFailure`` when the name says another type.
    static func apply(_ type: RepoType?, to repo: inout RepoReference, typed text: String) throws {
        guard let type, type != repo.type else { return }
        guard repo.type == .model, !text.contains("://"), !text.hasPrefix("models/") else {
            throw CommandFailure.usage(
                "'\(text)' is the name of a \(repo.type.rawValue), and the option says \(type.rawValue)",
                hint: "leave one of them out")
        }
        repo.type = type
    }

    /// Gives a repository the revision of an option.
    /// - Parameter text: the repository as it was typed.
    /// - Throws: ``CommandFailure`` when the name has another revision.
    static func apply(revision: String?, to repo: inout RepoReference, typed text: String) throws {
        guard let revision else { return }
        guard !revision.isEmpty else {
            throw CommandFailure.usage("--revision is empty", hint: "name a branch, tag or commit, or leave it out")
        }
        if let named = repo.revision, named != revision {
            throw CommandFailure.usage(
                "'\(text)' names the revision '\(named)', and --revision names '\(revision)'",
                hint: "leave one of them out")
        }
        repo.revision = revision
    }
}

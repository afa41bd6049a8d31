import GRDB
import HubWire

extension HubAdministration {
    /// Switches a repository off, or on again. What is off answers 403 to everybody (hub-api §1.11) and is kept as it is.
    ///
    /// - Parameter name: `namespace/name`, behind `datasets/` or `spaces/` where it is one.
    public func setDisabled(_ isDisabled: Bool, repo name: String) throws {
        var parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        var type = RepoType.model
        if parts.count == 3, let named = RepoType.allCases.first(where: { $0.plural == parts[0] }) {
            type = named
            parts.removeFirst()
        }
        try database.pool.write { db in
            guard parts.count == 2, let repo = try Repo.find(type, namespace: parts[0], name: parts[1], in: db) else {
                throw HubServerError(
                    code: .noSuchRepo, message: "there is no repository '\(name)'",
                    hint: "write NAMESPACE/NAME for a model, datasets/NAMESPACE/NAME or spaces/NAMESPACE/NAME")
            }
            try repo.setDisabled(isDisabled, in: db)
        }
    }
}

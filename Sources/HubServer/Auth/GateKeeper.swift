import GRDB
import HubWire

/// Decides who may have the files of a gated repository (hub-api §1.11).
enum GateKeeper {
    /// Passes whoever may read the files; members of the namespace need not ask.
    ///
    /// - Throws: the failure that clients turn into `GatedRepoError`.
    static func check(_ caller: Caller, at repo: Repo, baseURL: String, in db: Database) throws {
        guard repo.gating != .open, caller.access(to: repo) < .read else { return }
        let name = "\(repo.type.rawValue) \(repo.fullName)"
        guard let user = caller.user else {
            throw HubFailure.gated(
                "Access to \(name) is restricted. You must have access to it and be authenticated to access it. "
                    + "Please log in.", isKnown: false)
        }
        switch try AccessRequest.find(user.name, repo: repo.id, in: db)?.status {
        case .accepted:
            // A token made for other repositories does not open this one, whatever its user may do.
            guard user.ceiling(repo) >= .read else {
                throw HubFailure.gated("This token is not allowed to read the gated \(name).", isKnown: true)
            }
        case .pending:
            throw HubFailure.gated(
                "Your request to access \(name) is awaiting a review from the repo authors.", isKnown: true)
        case .rejected:
            throw HubFailure.gated(
                "Your request to access \(name) has been rejected by the repo's authors.", isKnown: true)
        case nil:
            throw HubFailure.gated(
                "Access to \(name) is restricted and you are not in the authorized list. "
                    + "Visit \(baseURL)/\(repo.urlPath) to ask for access.", isKnown: true)
        }
    }
}

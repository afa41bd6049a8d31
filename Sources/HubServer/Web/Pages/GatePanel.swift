import GRDB
import HTTPTypes
import HubWire
import Hummingbird

/// What a viewer is told who may not have the files of a gated repository, and the form that asks for them.
extension RepoPages {
    struct Gate: Sendable {
        /// The API's own words.
        var message: String
        var mayAsk: Bool
    }

    /// Nil when the viewer may have the files.
    func gate(_ repo: Repo, in db: Database) throws -> Gate? {
        do {
            try GateKeeper.check(request.caller, at: repo, baseURL: request.hub.baseURL, in: db)
            return nil
        } catch let failure as HubFailure {
            let asked = try request.caller.name.map { try AccessRequest.find($0, repo: repo.id, in: db) != nil }
            return Gate(message: failure.message, mayAsk: request.session != nil && asked == false)
        }
    }

    func panel(_ gate: Gate, _ view: View) -> HTML {
        let form: HTML? =
            gate.mayAsk
            ? request.session.map { session in
                """
                <form method="post" action="\(view.links.root)/ask-access"><input type="hidden" name="csrf" \
                value="\(FormGuard(secrets: services.secrets).token(for: session.sealed))">\
                <button class="primary" type="submit">Ask for access</button></form>
                """
            } : nil
        return "<section class=\"card\"><h2>Gated</h2><p>\(gate.message)</p>\(form)</section>"
    }

    /// Files the viewer's request, as the API does.
    func askForAccess() async throws -> Response {
        guard request.hub.request.method == .post else { throw HubFailure.methodNotAllowed("POST") }
        let fields = try await FormGuard.fields(of: request.hub.request)
        guard FormGuard.isSameSite(request.hub.request),
            FormGuard(secrets: services.secrets).isValid(fields[FormGuard.field], for: request.session?.sealed)
        else { throw HubFailure(.forbidden, "The form was too old or came from elsewhere. Please try again.") }
        _ = try await AccessRequestRoutes(services: services).ask(request.hub, type, name)
        let repo = try await services.database.pool.read { db in try self.repo(in: db, needsFiles: false) }
        return Response(status: .seeOther, headers: [.location: PageLinks(repo).root, .cacheControl: "no-store"])
    }
}

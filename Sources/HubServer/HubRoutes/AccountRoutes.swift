import HubWire
import Hummingbird

/// Routes about the caller, and those that clients ask out of habit.
struct AccountRoutes: Sendable {
    func whoAmI(_ request: HubRequest) throws -> Response {
        guard let user = request.caller.user else {
            throw HubFailure(.unauthorized, "Log in with a token: none was sent")
        }
        var reply = WhoAmI(type: "user", name: user.name)
        reply.id = user.name
        reply.fullname = user.name
        reply.orgs = []
        reply.auth = WhoAmI.Auth(
            type: "access_token",
            accessToken: WhoAmI.Auth.AccessToken(
                displayName: "\(user.name)-\(user.role.rawValue)", role: user.role.rawValue,
                createdAt: HubDate.text(seconds: user.tokenCreatedAt)))
        return try .json(reply)
    }

    /// Every `hf` process asks this and waits for the answer.
    func agentHarnesses() throws -> Response {
        struct Reply: Encodable {
            var standardEnvVars: [String] = []
            var harnesses: [String: String] = [:]
        }
        return try .json(Reply())
    }

    /// Asked before a README is uploaded. Cards mean nothing to this hub, so each is fine.
    func validateYAML(_ request: HubRequest) async throws -> Response {
        struct Card: Decodable {
            var content: String
        }
        struct Reply: Encodable {
            var warnings: [String] = []
            var errors: [String] = []
        }
        _ = try await request.json(Card.self)
        return try .json(Reply())
    }
}

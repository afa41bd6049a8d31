import Foundation
import HTTPTypes
import HubWire
import Hummingbird
import NIOCore

/// Routes that clients ask out of habit.
enum HabitRoutes {
    /// Every `hf` process asks this and waits for the answer.
    static func agentHarnesses() throws -> Response {
        try .json(["standardEnvVars": [], "harnesses": [:]] as JSONValue)
    }

    /// Asked before a README is uploaded; errors keep the client from uploading it.
    static func validateYAML(_ request: HubRequest) async throws -> Response {
        struct Card: Decodable {
            var content: String
        }
        let check = CardCheck(readme: try await request.json(Card.self).content)
        let listed = { (messages: [String]) in JSONValue.array(messages.map { ["message": .string($0)] }) }
        let reply: JSONValue = ["warnings": listed(check.warnings), "errors": listed(check.errors)]
        guard check.errors.isEmpty else {
            var response = HubFailure.badRequest(check.errors.joined(separator: "; ")).response
            response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: try JSONEncoder().encode(reply)))
            return response
        }
        return try .json(reply)
    }
}

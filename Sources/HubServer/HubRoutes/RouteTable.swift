import HTTPTypes
import Hummingbird

/// What one path answers, by method.
struct RouteTable: Sendable {
    typealias Answer = @Sendable () async throws -> Response

    private var answers: [HTTPRequest.Method: Answer] = [:]

    static func get(_ answer: @escaping Answer) -> RouteTable { RouteTable().adding(.get, answer) }
    static func post(_ answer: @escaping Answer) -> RouteTable { RouteTable().adding(.post, answer) }
    static func put(_ answer: @escaping Answer) -> RouteTable { RouteTable().adding(.put, answer) }
    static func delete(_ answer: @escaping Answer) -> RouteTable { RouteTable().adding(.delete, answer) }

    func adding(_ method: HTTPRequest.Method, _ answer: @escaping Answer) -> RouteTable {
        var table = self
        table.answers[method] = answer
        return table
    }

    func respond(to method: HTTPRequest.Method) async throws -> Response {
        // HEAD asks for what GET would answer.
        guard let answer = answers[method == .head ? .get : method] else {
            let allowed = answers.keys.flatMap { $0 == .get ? ["GET", "HEAD"] : [$0.rawValue] }
            throw HubFailure.methodNotAllowed(allowed.sorted().joined(separator: ", "))
        }
        return try await answer()
    }
}

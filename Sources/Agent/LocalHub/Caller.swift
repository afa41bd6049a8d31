internal import HTTPTypes
internal import Hummingbird

/// Who asks the local hub, as far as the request tells.
struct Caller: Sendable, Hashable {
    /// The header as it came.
    var authorization: String?

    init(_ request: Request) { authorization = request.headers[.authorization] }

    /// The token; nil for nobody in particular, or for another way to show who one is.
    var token: String? {
        guard let authorization, authorization.utf8.count > 7, authorization.prefix(7).lowercased() == "bearer " else {
            return nil
        }
        return String(authorization.dropFirst(7))
    }

    /// Whether the caller is nobody in particular.
    var isAnonymous: Bool { authorization == nil }
}

/// Gives out the token of a hub where it does not last: from a vault, a metadata service, an OAuth flow.
///
/// Without one, ``HubSettings/token`` is used for the life of the ``Hub``.
public protocol TokenProvider: Sendable {
    /// The token to send now; nil asks anonymously. Called for every request, so an implementation keeps what is still
    /// good.
    /// - Parameter rejected: a token that the hub has just refused with 401; the request is repeated once if another
    ///   comes back.
    func token(rejecting rejected: String?) async throws -> String?
}

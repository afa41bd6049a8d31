/// Sends one HTTP request and hands back the reply as it arrives.
///
/// An implementation neither follows redirects nor retries: both need decisions (which headers may travel to another
/// origin, whether a body may be sent twice) that belong to the callers in this module. Cancelling the task aborts the
/// exchange.
public protocol HTTPTransport: Sendable {
    /// - Throws: ``TransportError`` when no reply came; `CancellationError` when the task was cancelled.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse
}

internal import Synchronization

/// Counts requests, replies and failures by origin.
public final class MeteredTransport: HTTPTransport {
    /// What happened with one origin.
    public struct Host: Sendable, Equatable {
        public var requests = 0
        /// Replies by status.
        public var statuses: [String: Int] = [:]
        /// Exchanges without a reply, by the code of the error.
        public var failures: [String: Int] = [:]
    }

    private let base: any HTTPTransport
    private let counts = Mutex<[String: Host]>([:])

    public init(_ base: any HTTPTransport) { self.base = base }

    /// By origin, such as `https://huggingface.co`.
    public var hosts: [String: Host] { counts.withLock { $0 } }

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let name = Origin(request.url)?.description ?? "?"
        counts.withLock { $0[name, default: Host()].requests += 1 }
        do {
            let response = try await base.send(request)
            counts.withLock { $0[name, default: Host()].statuses["\(response.status)", default: 0] += 1 }
            return response
        } catch {
            let code = (error as? TransportError)?.code.rawValue ?? (error is CancellationError ? "cancelled" : "other")
            counts.withLock { $0[name, default: Host()].failures[code, default: 0] += 1 }
            throw error
        }
    }
}

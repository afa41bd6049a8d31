internal import SwarmWire
internal import Synchronization
internal import Transport

/// Which of the agent's trackers answer. One that does not is told of once, until it has answered again.
final class TrackerBoard: Sendable {
    struct Standing: Sendable, Hashable, Encodable {
        /// Without its query, which may carry a passkey.
        var url: String
        /// Nil until it was asked.
        var isReachable: Bool?
        var error: String?

        enum CodingKeys: String, CodingKey {
            case url, error
            case isReachable = "reachable"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(url, forKey: .url)
            try container.encode(isReachable, forKey: .isReachable)
            try container.encodeIfPresent(error, forKey: .error)
        }
    }

    private struct State {
        var standings: [Standing]
        var tell: (@Sendable (Standing) -> Void)?
    }

    private let addresses: [String]
    private let state: Mutex<State>

    init(_ trackers: [TrackerURL]) {
        addresses = trackers.map(\.announce)
        state = Mutex(State(standings: trackers.map { Standing(url: String($0.announce.prefix { $0 != "?" })) }))
    }

    var standings: [Standing] { state.withLock { $0.standings } }

    /// Has somebody told of trackers that do not answer.
    func tell(_ listener: @escaping @Sendable (Standing) -> Void) { state.withLock { $0.tell = listener } }

    /// The tracker that a request goes to.
    fileprivate func tracker(of request: HTTPRequest) -> Int? {
        addresses.firstIndex { request.url.hasPrefix($0) }
    }

    fileprivate func note(_ tracker: Int, error: String?) {
        let news: (Standing, (@Sendable (Standing) -> Void)?)? = state.withLock { state in
            let wasAway = state.standings[tracker].isReachable == false
            state.standings[tracker].isReachable = error == nil
            state.standings[tracker].error = error
            return error == nil || wasAway ? nil : (state.standings[tracker], state.tell)
        }
        if let (standing, tell) = news { tell?(standing) }
    }
}

/// A transport that notes which trackers answer.
struct TrackerWatch: HTTPTransport {
    let base: any HTTPTransport
    let board: TrackerBoard

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard let tracker = board.tracker(of: request) else { return try await base.send(request) }
        do {
            let response = try await base.send(request)
            // Trackers of other makes refuse announces of many swarms at once, which are posted.
            let isStrange = response.status >= 400 && request.url.contains("info_hash=")
            board.note(tracker, error: isStrange ? "it answers with \(response.status)" : nil)
            return response
        } catch let error as TransportError {
            board.note(tracker, error: error.message)
            throw error
        }
    }
}

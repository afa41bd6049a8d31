import HTTPTypes
import HubWire
import Hummingbird

/// A browser's request for a page, with the viewer known.
struct WebRequest: Sendable {
    let hub: HubRequest
    /// The session behind the request's cookie, when it has a good one.
    let session: WebSession?
    /// The path as the browser sent it, with its query.
    let target: String

    var caller: Caller { hub.caller }
    var query: FormQuery { hub.query }

    /// A page number from the query, from 0.
    var pageNumber: Int { min(max(0, query["p"].flatMap { Int($0) } ?? 0), 1_000_000) }
}

/// A page that could not be shown as asked: another address, or an error with its own words.
struct WebRedirect: Error, Sendable {
    var location: String
    var headers: HTTPFields = [:]
}

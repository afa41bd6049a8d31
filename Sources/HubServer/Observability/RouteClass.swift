import HTTPTypes
import NIOHTTP1

/// What kind of work a request asks for, told from its method and raw path alone. Rate limits and metrics count by it,
/// so the number of classes is fixed, whatever paths clients send.
package enum RouteClass: String, CaseIterable, Sendable {
    /// JSON of the Hub's API.
    case api
    /// Reading files: resolve URLs, plans and manifests of the CAS, git.
    case resolve
    /// Announcing uploads: xorbs, shards, LFS batches.
    case upload
    /// Bulk bytes under signed URLs.
    case data
    /// Announces and scrapes of swarms.
    case tracker
    /// Everything that is meant for a browser.
    case pages
    /// Health checks and metrics, which are never limited.
    case operations

    /// `target` is the request target as sent, with or without a query.
    package init(method: String, target: some StringProtocol) {
        let path = target.prefix { $0 != "?" }
        var segments = path.split(separator: "/", maxSplits: 7, omittingEmptySubsequences: true)[...]
        switch segments.first {
        case _ where TrackerPath(segments) != nil: self = .tracker
        case "api": self = .api
        case "data": self = .data
        case "cas": self = method == "POST" || method == "PUT" ? .upload : .resolve
        case "healthz", "readyz", "metrics": self = segments.count == 1 ? .operations : .pages
        default:
            if segments.first == "datasets" || segments.first == "spaces" { segments = segments.dropFirst() }
            let words = Array(segments.prefix(5))
            if words.count > 1, words[1].hasSuffix(".git") {
                self = words.count > 3 && words[2] == "info" && words[3] == "lfs" ? .upload : .resolve
            } else if words.count > 2, words[2] == "resolve" || words[2] == "raw" {
                self = .resolve
            } else {
                self = .pages
            }
        }
    }
}

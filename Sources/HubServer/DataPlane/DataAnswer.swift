import Foundation
import NIOHTTP1

/// The answer to a data request that one stretch of a file makes up; nil for every other request.
struct DataAnswer: Sendable {
    let object: ObjectKey
    let range: ClosedRange<UInt64>
    let status: HTTPResponseStatus
    let headers: HTTPHeaders

    private static let prefix = "/data/xorbs/"

    init?(_ head: HTTPRequestHead, plane: DataPlane) {
        guard head.method == .GET, head.uri.hasPrefix(Self.prefix) else { return nil }
        let target = head.uri.dropFirst(Self.prefix.count)
        guard let mark = target.firstIndex(of: "?") else { return nil }
        let decision = DataDecision(
            key: target[..<mark], query: target[target.index(after: mark)...],
            range: head.headers.first(name: "range"), signer: plane.signer, now: Date())
        let grant: DataGrant
        switch decision {
        case .whole(let allowed):
            grant = allowed
            range = 0...(allowed.bodyLength - 1)
            status = .ok
        case .part(let allowed, let wanted):
            grant = allowed
            range = wanted
            status = .partialContent
        case .parts, .forbidden, .unsatisfiable:
            return nil
        }
        object = grant.object
        var headers: HTTPHeaders = [
            "content-type": "application/octet-stream", "content-length": "\(range.count)", "accept-ranges": "bytes",
            "cache-control": "private, max-age=3600, immutable",
        ]
        if status == .partialContent {
            headers.add(
                name: "content-range", value: "bytes \(range.lowerBound)-\(range.upperBound)/\(grant.bodyLength)")
        }
        self.headers = headers
    }
}

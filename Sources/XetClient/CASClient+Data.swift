internal import NIOHTTP1
public import Transport

extension CASClient {
    /// Opens a range of a xorb by its signed URL, without any token, and checks that the reply is exactly that range.
    ///
    /// Only the head of the reply is waited for with patience; what breaks later is up to the caller, who knows which
    /// chunks it already has.
    /// - Throws: ``CASError`` with `.expiredURL` on 403.
    public func open(
        _ url: String, bytes: ClosedRange<UInt64>, replyTimeout: Duration? = nil
    ) async throws -> HTTPResponse {
        var request = HTTPRequest(
            url: url,
            headers: [
                "Range": "bytes=\(bytes.lowerBound)-\(bytes.upperBound)", "User-Agent": userAgent,
                "x-xet-session-id": sessionID, "Accept-Encoding": "identity",
            ])
        request.replyTimeout = replyTimeout
        let response = try await transport.sendFollowingRedirects(request, retrying: retryPolicy)
        let length = bytes.upperBound - bytes.lowerBound + 1
        switch response.status {
        case 206:
            guard let range = response.headers.first(name: "Content-Range"),
                range.hasPrefix("bytes \(bytes.lowerBound)-\(bytes.upperBound)/")
            else {
                await response.discard()
                throw CASError(
                    code: .badReply, message: "\(host(of: url)) answered with another range than asked",
                    isTransient: true)
            }
        case 200:
            // A store that ignores Range may only be believed when the whole object is what was asked for.
            guard bytes.lowerBound == 0, response.contentLength == length else {
                await response.discard()
                // One edge of several may be at fault, or the sign-in page of a network.
                throw CASError(
                    code: .badReply, message: "\(host(of: url)) ignores byte ranges", status: 200, isTransient: true)
            }
        case 403:
            await response.discard()
            throw CASError(
                code: .expiredURL, message: "\(host(of: url)) no longer accepts the signed URL", status: 403,
                isTransient: true)
        default:
            throw await failure(response, doing: "a request for xorb bytes")
        }
        if let announced = response.contentLength, announced != length {
            throw CASError(
                code: .badReply, message: "\(host(of: url)) announces \(announced) bytes instead of \(length)",
                isTransient: true)
        }
        return response
    }

    func host(of url: String) -> String { Origin(url)?.description ?? "the store" }
}

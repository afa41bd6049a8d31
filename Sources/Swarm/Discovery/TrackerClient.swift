internal import NIOCore
internal import NIOHTTP1
internal import SwarmWire
internal import Transport

/// Sends announces to one tracker and reads its answers.
struct TrackerClient: Sendable {
    let url: TrackerURL
    let transport: any HTTPTransport
    let settings: DiscoverySettings

    /// Whether the tracker's address is one of this machine's loopback.
    var isLocal: Bool {
        guard let host = Origin(url.announce)?.host else { return false }
        return host == "localhost" || (IPLiteral(host.filter { $0 != "[" && $0 != "]" })?.isLoopback ?? false)
    }

    /// Bytes of an answer that are read.
    private static let maximumAnswer = 1 << 20

    /// An answer that is none of the protocol's.
    struct Refused: Error {
        var status: Int
        var retryAfter: Int?
    }

    func announce(_ request: AnnounceRequest) async throws -> AnnounceReply {
        let (bytes, status, retryAfter) = try await exchange(HTTPRequest(url: url.announcing(request)))
        do {
            return try AnnounceReply.decode(bytes).get()
        } catch let failure as TrackerFailure {
            throw Self.withAdvice(failure, retryAfter)
        } catch let error as SwarmWireError {
            guard (200..<300).contains(status) else { throw Refused(status: status, retryAfter: retryAfter) }
            throw error
        }
    }

    func announce(_ batch: BatchAnnounce) async throws -> BatchReply {
        var request = HTTPRequest(method: .POST, url: url.announce, body: .bytes(ByteBuffer(bytes: batch.encoded)))
        request.headers.replaceOrAdd(name: "Content-Type", value: BatchAnnounce.contentType)
        let (bytes, status, retryAfter) = try await exchange(request)
        do {
            return try BatchReply.decode(bytes).get()
        } catch let failure as TrackerFailure {
            throw Self.withAdvice(failure, retryAfter)
        } catch let error as SwarmWireError {
            guard (200..<300).contains(status) else { throw Refused(status: status, retryAfter: retryAfter) }
            throw error
        }
    }

    /// The header counts seconds, the tracker protocol minutes: the header is closer.
    private static func withAdvice(_ failure: TrackerFailure, _ retryAfter: Int?) -> TrackerFailure {
        TrackerFailure(reason: failure.reason, retryAfter: retryAfter ?? failure.retryAfter)
    }

    private func exchange(_ request: HTTPRequest) async throws -> (bytes: [UInt8], status: Int, retryAfter: Int?) {
        var request = request
        request.headers.replaceOrAdd(name: "User-Agent", value: settings.userAgent)
        request.replyTimeout = settings.trackerTimeout
        let response = try await transport.sendFollowingRedirects(request, retrying: .none, limit: 3)
        let body = try await response.collect(upTo: Self.maximumAnswer, silence: settings.trackerTimeout)
        let retryAfter = response.headers.first(name: "Retry-After").flatMap { Int($0) }
            .flatMap { (0...1_000_000).contains($0) ? $0 : nil }
        return (Array(body.readableBytesView), response.status, retryAfter)
    }
}

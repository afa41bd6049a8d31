internal import HubWire
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization
internal import Transport
internal import Xet

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension CASClient {
    private static let pieceBytes = 512 << 10
    private static let grantsPerXorb = 3

    /// Stores a xorb: by a grant where the CAS gives them, else directly (xet-protocol §5.6).
    /// - Parameter sent: told the number of body bytes handed to the connection, piece by piece.
    public func upload(_ xorb: XorbBody, sent: @escaping @Sendable (Int) -> Void) async throws -> XorbUploadOutcome {
        var attempt = 0
        while capabilities.offers(.grants), attempt < Self.grantsPerXorb {
            attempt += 1
            switch try await requestGrant(xorb) {
            case .alreadyStored: return .alreadyStored
            case .notOffered: capabilities.markMissing(.grants)
            case .granted(let grant):
                switch try await put(xorb, grant: grant, sent: sent) {
                case .uploaded:
                    if try await commit(xorb, grant: grant) { return .stored }
                case .askAgain: continue
                case .useDirectUpload: return try await uploadDirectly(xorb, sent: sent)
                }
            }
        }
        return try await uploadDirectly(xorb, sent: sent)
    }

    private enum GrantReply { case granted(XorbGrant), alreadyStored, notOffered }

    private func requestGrant(_ xorb: XorbBody) async throws -> GrantReply {
        let body = XorbGrantRequest(length: UInt64(xorb.length), crc64NVME: try await xorb.checksum())
        let response = try await send(
            .POST, "/v1/xorb-grants/default/\(xorb.hash)", headers: ["Content-Type": "application/json"],
            body: .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body))))
        switch response.status {
        case 200:
            await response.discard()
            return .alreadyStored
        case 201:
            let grant = try decode(XorbGrant.self, from: try await response.collect(upTo: 1 << 20), of: "the grant")
            guard !["", ".", ".."].contains(grant.id) else {
                throw CASError(code: .badReply, message: "the grant has no usable id")
            }
            return .granted(grant)
        case 404, 501:
            await response.discard()
            return .notOffered
        default:
            throw await failure(response, doing: "a request for an upload grant")
        }
    }

    private enum PutOutcome { case uploaded, askAgain, useDirectUpload }

    private func put(
        _ xorb: XorbBody, grant: XorbGrant, sent: @escaping @Sendable (Int) -> Void
    ) async throws -> PutOutcome {
        guard Origin(grant.url) != nil else {
            throw CASError(code: .badReply, message: "the grant names no usable URL")
        }
        var headers = HTTPHeaders(grant.headers.map { ($0.key, $0.value) })
        headers.replaceOrAdd(name: "User-Agent", value: userAgent)
        let request = HTTPRequest(
            method: HTTPMethod(rawValue: grant.method.uppercased()), url: grant.url, headers: headers,
            body: stream(xorb, sent: sent))
        let response: HTTPResponse
        do {
            response = try await transport.send(request, retrying: retryPolicy)
        } catch is TransportError {
            // The store that the grant names cannot be reached from here; the CAS itself can. Its other grants would
            // name the same store.
            capabilities.markMissing(.grants)
            return .useDirectUpload
        }
        await response.discard()
        switch response.status {
        case 200..<300, 412: return .uploaded
        case 400, 403, 409: return .askAgain
        default: return .useDirectUpload
        }
    }

    /// - Returns: false when nothing had been uploaded under the grant.
    private func commit(_ xorb: XorbBody, grant: XorbGrant) async throws -> Bool {
        let id = PercentEncoding.encode(segment: grant.id)
        let response = try await send(.POST, "/v1/xorb-commits/default/\(xorb.hash)/grant/\(id)")
        if response.status == 404 {
            await response.discard()
            return false
        }
        guard response.isSuccess else { throw await failure(response, doing: "the commit of a xorb") }
        await response.discard()
        return true
    }

    private func uploadDirectly(
        _ xorb: XorbBody, sent: @escaping @Sendable (Int) -> Void
    ) async throws -> XorbUploadOutcome {
        let response = try await send(.POST, "/v1/xorbs/default/\(xorb.hash)", body: stream(xorb, sent: sent))
        guard response.isSuccess else { throw await failure(response, doing: "a xorb upload") }
        let reply = try decode(
            XorbUploadReply.self, from: try await response.collect(upTo: 1 << 20), of: "the upload's reply")
        return reply.wasInserted ? .stored : .alreadyStored
    }

    private func stream(_ xorb: XorbBody, sent: @escaping @Sendable (Int) -> Void) -> HTTPRequest.Body {
        .stream(length: Int64(xorb.length)) {
            let position = Mutex(0)
            return AsyncThrowingStream {
                let start = position.withLock { position in
                    defer { position = min(position + Self.pieceBytes, xorb.length) }
                    return position
                }
                guard start < xorb.length else { return nil }
                let end = min(start + Self.pieceBytes, xorb.length)
                sent(end - start)
                return xorb.read(start..<end)
            }
        }
    }
}

import Foundation
import HTTPTypes
package import Hummingbird
import Logging
import NIOCore
import NIOPosix

/// Bulk bytes under signed URLs: xorbs out, uploads under a grant in. Needs no token and no database.
///
/// Plain `GET`s of one range are answered in the channel's pipeline by `SendfileHandler` where the server is built by
/// `serverBuilder(_:)`; everything else, and everything behind another server, comes here.
package struct DataPlane: Sendable {
    let services: ServerServices
    let signer: URLSigner

    /// Bytes read from disk at a time.
    static let pieceSize = 512 << 10

    package init(services: ServerServices) {
        self.services = services
        signer = URLSigner(secrets: services.secrets)
    }

    /// Answers one request, whose raw path segments after `/data` are given; refusals are answers too.
    package func respond(to request: Request, segments: [Substring]) async throws -> Response {
        do {
            switch (request.method, segments.first, segments.count) {
            case (.get, "xorbs", 2), (.head, "xorbs", 2):
                return try await xorb(request, key: segments[1])
            case (.put, "grants", 2):
                return try await upload(request, grant: segments[1])
            default:
                throw CASRefusal.unknownRoute
            }
        } catch let refusal as CASRefusal {
            return refusal.response
        } catch let error as CancellationError {
            throw error
        } catch ContentError.objectMissing {
            return CASRefusal(.notFound, "the xorb is gone").response
        } catch  where DiskFull.isCause(of: error) {
            return CASRefusal.diskFull.response
        } catch {
            services.logger.error("data request failed", metadata: ["error": "\(error)"])
            return CASRefusal(.internalServerError, "the hub failed; its log says why").response
        }
    }

    private func xorb(_ request: Request, key: Substring) async throws -> Response {
        let decision = DataDecision(
            key: key, query: request.uri.query ?? "", range: request.headers[.range], signer: signer, now: Date())
        let isHead = request.method == .head
        switch decision {
        case .forbidden(let reason):
            throw CASRefusal(.forbidden, reason)
        case .unsatisfiable(let length):
            throw CASRefusal(
                .rangeNotSatisfiable, "the range starts at or after the end",
                headers: [.contentRange: "bytes */\(length)"])
        case .whole(let grant):
            let file = try await open(grant.object)
            let body = Self.body(of: file, 0...(grant.bodyLength - 1))
            return response(.ok, isHead ? nil : body, length: grant.bodyLength)
        case .part(let grant, let range):
            let file = try await open(grant.object)
            var response = response(
                .partialContent, isHead ? nil : Self.body(of: file, range), length: UInt64(range.count))
            response.headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound)/\(grant.bodyLength)"
            return response
        case .parts(let grant, let ranges):
            let file = try await open(grant.object)
            let multipart = MultipartRanges(ranges, of: grant.bodyLength)
            var response = response(
                .partialContent, isHead ? nil : multipart.body(from: file), length: UInt64(multipart.length))
            response.headers[.contentType] = multipart.contentType
            return response
        }
    }

    private func open(_ object: ObjectKey) async throws -> OpenFile {
        try await ContentThreads.reading.runIfActive { [services] in try services.content.objects.open(object) }
    }

    private func response(_ status: HTTPResponse.Status, _ body: ResponseBody?, length: UInt64) -> Response {
        Response(
            status: status,
            headers: [
                .contentType: "application/octet-stream", .acceptRanges: "bytes", .contentLength: "\(length)",
                .cacheControl: "private, max-age=3600, immutable",
            ], body: body ?? ResponseBody())
    }

    private static func body(of file: OpenFile, _ range: ClosedRange<UInt64>) -> ResponseBody {
        ResponseBody(contentLength: range.count) { writer in
            try await write(range, of: file, to: &writer)
            try await writer.finish(nil)
        }
    }

    /// Streams stored bytes as they are: whoever asked checks them. A file that ends early ends the connection.
    static func write(
        _ range: ClosedRange<UInt64>, of file: OpenFile, to writer: inout any ResponseBodyWriter,
    ) async throws {
        var position = Int(range.lowerBound)
        let end = Int(range.upperBound) + 1
        while position < end {
            let length = min(pieceSize, end - position)
            let start = position
            let piece = try await ContentThreads.reading.runIfActive {
                var piece = ByteBufferAllocator().buffer(capacity: length)
                let isFull = try piece.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { target in
                    try file.read(into: UnsafeMutableRawBufferPointer(rebasing: target[..<length]), at: start)
                        ? length : 0
                }
                guard isFull == length else {
                    throw ContentError.system(call: "pread", path: file.path, code: EIO)
                }
                return piece
            }
            try await writer.write(piece)
            position += length
        }
    }
}

import GRDB
import HTTPTypes
import Hummingbird
import NIOCore
import Xet

/// Serves a file as plain bytes, whole or one range of it (RFC 9110 §14).
struct PlainContent: Sendable {
    let services: ServerServices

    enum Source: Sendable {
        /// Chunks of the store.
        case stored(FileHash)
        /// A blob of a repository's git.
        case git(repo: Int64, GitObjectID)
    }

    /// - Parameter etag: with its quotes; a range with an `If-Range` that names another version, or a date, which this
    ///   hub does not keep, is not served.
    func answer(
        _ request: Request, _ source: Source, size: UInt64, etag: String, headers: HTTPFields
    ) async throws -> Response {
        var headers = headers
        headers[.eTag] = etag
        headers[.acceptRanges] = "bytes"
        headers[.xContentTypeOptions] = "nosniff"
        let isCurrent = request.headers[.ifRange].map { $0 == etag } ?? true
        switch isCurrent ? ByteRangeRequest(request.headers[.range], size: size) : .whole {
        case .whole: return try await body(request, .ok, source, 0..<size, headers)
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
            return try await body(request, .partialContent, source, range, headers)
        case .unsatisfiable:
            headers[.contentRange] = "bytes */\(size)"
            throw HubFailure(
                .rangeNotSatisfiable, "The range lies outside the file of \(size) bytes", headers: headers)
        }
    }

    private func body(
        _ request: Request, _ status: HTTPResponse.Status, _ source: Source, _ range: Range<UInt64>,
        _ headers: HTTPFields
    ) async throws -> Response {
        var headers = headers
        headers[.contentLength] = "\(range.count)"
        guard request.method != .head, !range.isEmpty else { return Response(status: status, headers: headers) }
        switch source {
        case .git(let repo, let id):
            let content = try await services.database.pool.read { db in try GitStore(repo: repo, db: db).content(id) }
            let part = content.dropFirst(Int(range.lowerBound)).prefix(range.count)
            return Response(
                status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: part)))
        case .stored(let file):
            let bytes = try await services.content.read(file: file, range: range)
            let body = ResponseBody(contentLength: range.count) { writer in
                // A damaged chunk throws here, which cuts the connection: too few bytes, not wrong ones.
                for try await buffer in bytes { try await writer.write(buffer) }
                try await writer.finish(nil)
            }
            return Response(status: status, headers: headers, body: body)
        }
    }
}

import Hummingbird
import NIOCore

/// The `multipart/byteranges` form of an answer with several ranges (RFC 9110 §14.6).
struct MultipartRanges: Sendable {
    private static let boundary = "shoal-7b1f0c5e9d3a4826"

    private let parts: [(header: String, range: ClosedRange<UInt64>)]
    private let end = "\r\n--\(Self.boundary)--\r\n"

    /// Bytes of the whole body.
    let length: Int

    var contentType: String { "multipart/byteranges; boundary=\(Self.boundary)" }

    /// Lays out the ranges of something that is `total` bytes long.
    init(_ ranges: [ClosedRange<UInt64>], of total: UInt64) {
        parts = ranges.map { range in
            let header =
                "\r\n--\(Self.boundary)\r\nContent-Type: application/octet-stream\r\n"
                + "Content-Range: bytes \(range.lowerBound)-\(range.upperBound)/\(total)\r\n\r\n"
            return (header, range)
        }
        length = parts.reduce(end.utf8.count) { $0 + $1.header.utf8.count + $1.range.count }
    }

    func body(from file: OpenFile) -> ResponseBody {
        ResponseBody(contentLength: length) { writer in
            for part in parts {
                try await writer.write(ByteBuffer(string: part.header))
                try await DataPlane.write(part.range, of: file, to: &writer)
            }
            try await writer.write(ByteBuffer(string: end))
            try await writer.finish(nil)
        }
    }
}

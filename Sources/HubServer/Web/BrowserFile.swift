import HTTPTypes
import HubWire

/// What a browser must know about a file of a repository beside what other clients need.
enum BrowserFile {
    private static let pictures = [
        "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    ]

    /// Names the type of a picture, says when a file is to be saved rather than shown, and forbids whatever is in it to
    /// do anything.
    static func describe(_ path: String, query: FormQuery, in headers: inout HTTPFields) {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        if let type = pictures[name.split(separator: ".").last?.lowercased() ?? ""] { headers[.contentType] = type }
        headers[.contentSecurityPolicy] = "default-src 'none'; sandbox"
        guard query.flag("download") else { return }
        // The plain form is for old browsers; the other one carries the name as it is (RFC 6266 §4.3).
        let plain = String(
            decoding: name.utf8.map {
                (0x20..<0x7f).contains($0) && !"\"\\%".utf8.contains($0) ? $0 : UInt8(ascii: "_")
            },
            as: UTF8.self)
        headers[.contentDisposition] =
            "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(PercentEncoding.encode(segment: name))"
    }
}

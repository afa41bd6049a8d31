import Foundation
internal import HubWire

/// One finished request, as the access log tells it.
struct AccessLogEntry: Sendable {
    /// When the request's head arrived.
    var time: Date
    var address: String
    /// Nil for anonymous requests.
    var user: String?
    var method: String
    /// The request target as sent; secrets in it are removed when the line is written.
    var target: String
    /// 499 when the client left before it was answered.
    var status: Int
    /// Bytes of the body sent.
    var bytes: Int
    var seconds: Double
    var requestID: String

    /// One line without a newline: time, address, user, method, target, status, bytes, seconds, request id.
    var text: String {
        let words = [
            stamp, address, user ?? "-", method, AccessLogTarget.redacted(target), "\(status)", "\(bytes)",
            String(format: "%.4f", seconds), requestID,
        ]
        return words.map(Self.word).joined(separator: " ")
    }

    /// The same facts as one JSON object.
    var json: String {
        struct Line: Encodable {
            var time, address: String
            var user: String?
            var method, path: String
            var status, bytes: Int
            var seconds: Double
            var request_id: String
        }
        let line = Line(
            time: stamp, address: address, user: user, method: method, path: AccessLogTarget.redacted(target),
            status: status, bytes: bytes, seconds: (seconds * 10_000).rounded() / 10_000, request_id: requestID)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return (try? encoder.encode(line)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private var stamp: String { time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }

    /// Nothing that a client sends may end the line or start another word.
    private static func word(_ text: String) -> String {
        guard !text.isEmpty else { return "-" }
        guard text.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7f || $0 == UInt8(ascii: "\"") }) else { return text }
        var out = ""
        for byte in text.utf8 {
            if byte > 0x20, byte < 0x7f, byte != UInt8(ascii: "\"") {
                out.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                out += String(format: "%%%02X", byte)
            }
        }
        return out
    }
}

/// Request targets as a log may hold them.
enum AccessLogTarget {
    /// Longest target that a line keeps, in bytes.
    static let maximumLength = 2048

    /// Removes all of a signed URL's query, the values of parameters that are secrets by their name, and what
    /// ``Secrets`` finds anywhere.
    static func redacted(_ target: String) -> String {
        let cut =
            target.utf8.count > maximumLength
            ? String(decoding: target.utf8.prefix(maximumLength), as: UTF8.self) : target
        guard let mark = cut.firstIndex(of: "?") else { return Secrets.hidden(in: cut) }
        let path = cut[..<mark]
        let pairs = cut[cut.index(after: mark)...].split(separator: "&", omittingEmptySubsequences: false)
        let isSigned =
            path.hasPrefix("/data/")
            || pairs.contains { name(of: $0) == "signature" || name(of: $0).hasPrefix("x-amz-") }
        guard !isSigned else { return Secrets.hidden(in: String(path)) + "?" + Secrets.mark }
        // Whole values, whatever is in them: here only an ampersand ends one.
        let kept = pairs.map { pair in
            Secrets.isSecret(parameter: name(of: pair)) ? pair.prefix { $0 != "=" } + "=" + Secrets.mark : String(pair)
        }
        return Secrets.hidden(in: path + "?" + kept.joined(separator: "&"))
    }

    private static func name(of pair: Substring) -> String {
        let raw = pair.prefix { $0 != "=" }
        return (raw.removingPercentEncoding ?? String(raw)).lowercased()
    }
}

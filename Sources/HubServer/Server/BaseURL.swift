import Foundation
import HTTPTypes
import Hummingbird

/// The scheme and authority that absolute URLs in replies start with.
enum BaseURL {
    /// Checks a `--public-url` and strips its final slashes.
    static func validated(_ text: String) throws(HubServerError) -> String {
        var url = text[...]
        while url.hasSuffix("/") { url = url.dropLast() }
        let lowered = url.lowercased()
        let rest = lowered.hasPrefix("https://") ? lowered.dropFirst(8) : lowered.dropFirst(7)
        let hasScheme = lowered.hasPrefix("https://") || lowered.hasPrefix("http://")
        let isClean = url.utf8.allSatisfy { (0x21...0x7e).contains($0) && !"?#".utf8.contains($0) }
        guard hasScheme, !rest.isEmpty, isClean else {
            throw HubServerError(
                code: .invalidURL, message: "'\(text)' is not a base URL",
                hint: "give it with its scheme and host, such as https://models.example.org")
        }
        return String(url)
    }

    /// The configured base, or the one that the client has used, as its own headers or its proxy's tell.
    static func of(_ request: Request, _ configuration: HubConfiguration) throws(HubFailure) -> String {
        if let url = configuration.publicURL { return url }
        let forwarded = request.headers[.forwardedProto]?.split(separator: ",").first
        let scheme = forwarded?.filter { $0 != " " }.lowercased() == "https" ? "https" : "http"
        guard let host = request.head.authority, isHost(host) else {
            throw .badRequest("The Host header is missing or malformed")
        }
        return "\(scheme)://\(host)"
    }

    /// The path that a base URL has after its host, empty for most.
    static func path(of url: String) -> Substring {
        guard let scheme = url.range(of: "://") else { return "" }
        let rest = url[scheme.upperBound...]
        return rest.firstIndex(of: "/").map { rest[$0...] } ?? ""
    }

    private static func isHost(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 300
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
                    UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
                    true
                default: false
                }
            }
    }
}

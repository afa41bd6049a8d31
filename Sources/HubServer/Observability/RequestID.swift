import Foundation
import NIOHTTP1

/// The id under which both sides' logs know a request.
enum RequestID {
    static let header = "x-request-id"

    /// The id that the client or a proxy gave, or a new one.
    static func of(_ headers: HTTPHeaders) -> String {
        for name in [header, "x-amzn-trace-id"] {
            if let given = headers.first(name: name), isUsable(given) { return given }
        }
        return make()
    }

    static func make() -> String { UUID().uuidString.lowercased() }

    static func isUsable(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != 0x22 }
    }
}

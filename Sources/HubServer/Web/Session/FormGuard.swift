import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Tokens that prove that a form was sent from a page of this hub.
///
/// A form's token is bound to the session, or, before there is one, to a random cookie that was set with the form.
struct FormGuard: Sendable {
    static let field = "csrf"
    static let cookie = "shoal_form"
    private static let label = "web-form"
    /// Seconds.
    static let lifetime: Int64 = 3600

    let secrets: ServerSecrets

    func token(for binding: String) -> String {
        Base64URL.encode(Data(HMAC<SHA256>.authenticationCode(for: Data(binding.utf8), using: secrets.key(Self.label))))
    }

    /// Compares in constant time.
    func isValid(_ token: String?, for binding: String?) -> Bool {
        guard let token, let binding, let code = Base64URL.decode(token) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(
            code, authenticating: Data(binding.utf8), using: secrets.key(Self.label))
    }

    /// A browser that says where a form came from must name this very host.
    static func isSameSite(_ request: Request) -> Bool {
        if let site = request.headers[.secFetchSite], site != "same-origin", site != "none" { return false }
        guard let origin = request.headers[.origin] else { return true }
        guard origin != "null", let mark = origin.range(of: "://") else { return false }
        return origin[mark.upperBound...] == request.head.authority ?? ""
    }

    private static let maximumForm = 16 << 10

    /// The fields of a form that was sent.
    static func fields(of request: Request) async throws -> FormQuery {
        FormQuery(String(buffer: try await request.body.collect(upTo: maximumForm)), limit: 16)
    }

    static func random() -> String {
        Base64URL.encode(SymmetricKey(size: .bits128).withUnsafeBytes { Data($0) })
    }
}

extension HTTPField.Name {
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site") ?? .via
    static let referrerPolicy = HTTPField.Name("Referrer-Policy") ?? .via
    static let frameOptions = HTTPField.Name("X-Frame-Options") ?? .via
}

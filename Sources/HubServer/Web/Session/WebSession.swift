import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// A sign-in of a browser. The cookie holds the token itself, sealed with a key that only this hub has, and an expiry:
/// so nothing is kept on the server, and a session ends with its token.
struct WebSession: Sendable, Equatable {
    static let cookie = "shoal_session"
    /// Seconds.
    static let lifetime: Int64 = 7 * 86_400
    private static let label = "web-session"

    let token: AccessToken
    /// Unix seconds.
    let expiry: Int64
    /// The cookie's value, which the session's form tokens are bound to.
    let sealed: String

    /// Seals a token that was found valid.
    init(token: AccessToken, secrets: ServerSecrets, now: Date = Date()) throws {
        self.token = token
        expiry = Int64(now.timeIntervalSince1970) + Self.lifetime
        var plain = Data()
        plain.appendLittleEndian(UInt64(bitPattern: expiry))
        plain.append(contentsOf: token.text.utf8)
        let box = try AES.GCM.seal(plain, using: secrets.key(Self.label))
        sealed = Base64URL.encode(box.combined ?? Data())
    }

    /// Opens a cookie's value; nil when it is not one of this hub's or has expired.
    init?(sealed: String, secrets: ServerSecrets, now: Date = Date()) {
        guard sealed.utf8.count <= 1024, let combined = Base64URL.decode(sealed),
            let box = try? AES.GCM.SealedBox(combined: combined),
            let plain = try? AES.GCM.open(box, using: secrets.key(Self.label)), plain.count > 8,
            let text = String(validating: plain.dropFirst(8), as: UTF8.self)
        else { return nil }
        expiry = Int64(bitPattern: plain.littleEndian(at: 0))
        guard Int64(now.timeIntervalSince1970) < expiry else { return nil }
        token = AccessToken(text)
        self.sealed = sealed
    }

    static func == (left: WebSession, right: WebSession) -> Bool { left.sealed == right.sealed }

    /// The session of a request's cookie.
    static func of(_ request: Request, secrets: ServerSecrets) -> WebSession? {
        WebCookie.value(cookie, of: request).flatMap { WebSession(sealed: $0, secrets: secrets) }
    }
}

/// Cookies as this hub sets them: for this host alone, out of reach of scripts, and not sent from other sites' forms.
enum WebCookie {
    static func value(_ name: String, of request: Request) -> String? {
        for header in request.headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                let halves = pair.split(separator: "=", maxSplits: 1)
                guard halves.count == 2, halves[0].filter({ $0 != " " }) == name else { continue }
                return String(halves[1])
            }
        }
        return nil
    }

    static func set(_ name: String, to value: String, seconds: Int64, isSecure: Bool) -> String {
        "\(name)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
    }
}

import Crypto
package import Foundation

/// What a CAS token allows: reading, or reading and writing, in one repository (xet-protocol §5.1).
package enum CASScope: UInt8, Sendable, Hashable {
    case read = 1
    /// A superset of `read`.
    case write = 2

    package func allows(_ wanted: CASScope) -> Bool { rawValue >= wanted.rawValue }
}

/// The facts a verified CAS token carries.
package struct CASClaims: Sendable, Hashable {
    /// The name of the user the token was issued to; empty for an anonymous reader.
    package var user: String
    /// The integer primary key of the repository.
    package var repo: Int64
    package var scope: CASScope
    /// Whether it was issued to a token that speaks for certain repositories alone.
    package var isLimited = false
    /// Unix seconds; the token is void from this second on.
    package var expiry: Int64
}

/// Why a CAS token was refused.
package enum CASTokenError: Error, Sendable, Hashable {
    /// Not a token of this hub: malformed, or its code does not match.
    case invalid
    case expired
}

/// Issues and verifies CAS tokens: compact claims under an HMAC-SHA256, so that no request needs a database
/// lookup to know its caller.
///
/// Text form: `xct_` + base64url(version, scope, repo, expiry, user) + `.` + base64url(32-byte code).
package enum CASTokens {
    static let prefix = "xct_"
    static let version: UInt8 = 1
    private static let limitedFlag: UInt8 = 0x80
    static let maximumLength = 1024
    private static let keyLabel = "cas-token"

    /// Makes a token that holds for `lifetime`, and tells the unix second it expires at.
    package static func issue(
        user: String, repo: Int64, scope: CASScope, isLimited: Bool = false, secrets: ServerSecrets,
        lifetime: Duration,
        now: Date = Date(),
    ) -> (token: String, exp: Int64) {
        let expiry = Int64(now.timeIntervalSince1970) + lifetime.components.seconds
        var claims = Data([version, scope.rawValue | (isLimited ? limitedFlag : 0)])
        claims.appendLittleEndian(UInt64(bitPattern: repo))
        claims.appendLittleEndian(UInt64(bitPattern: expiry))
        claims.append(contentsOf: user.utf8)
        let code = HMAC<SHA256>.authenticationCode(for: claims, using: secrets.key(keyLabel))
        return (prefix + Base64URL.encode(claims) + "." + Base64URL.encode(Data(code)), expiry)
    }

    /// Checks a token's code in constant time, then its expiry.
    package static func verify(
        _ token: some StringProtocol, secrets: ServerSecrets, now: Date = Date(),
    ) throws(CASTokenError) -> CASClaims {
        guard token.utf8.count <= maximumLength, token.hasPrefix(prefix) else { throw .invalid }
        let parts = token.dropFirst(prefix.count).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let claims = Base64URL.decode(parts[0]), let code = Base64URL.decode(parts[1]),
            HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: claims, using: secrets.key(keyLabel)),
            claims.count >= 18, claims[0] == version, let scope = CASScope(rawValue: claims[1] & ~limitedFlag),
            let user = String(validating: claims[18...], as: UTF8.self)
        else { throw .invalid }
        let verified = CASClaims(
            user: user, repo: Int64(bitPattern: claims.littleEndian(at: 2)), scope: scope,
            isLimited: claims[1] & limitedFlag != 0, expiry: Int64(bitPattern: claims.littleEndian(at: 10)))
        guard Int64(now.timeIntervalSince1970) < verified.expiry else { throw .expired }
        return verified
    }
}

import Crypto
import Foundation
import Xet

/// The right to read some byte ranges of one stored xorb for a while, as a URL's query carries it.
///
/// Whoever holds the URL holds the right; it names no user and needs no header. The body length is part of it,
/// so that serving needs neither the database nor the object's footer.
struct DataGrant: Sendable, Hashable {
    var object: ObjectKey
    /// Length of the xorb's body in bytes, without the footer.
    var bodyLength: UInt64
    /// Inclusive byte ranges inside the body that may be read, whole or in part.
    var ranges: [ClosedRange<UInt64>]
    /// Unix seconds.
    var expiry: Int64

    /// True when every byte of `wanted` may be read.
    func covers(_ wanted: ClosedRange<UInt64>) -> Bool {
        ranges.contains { $0.lowerBound <= wanted.lowerBound && wanted.upperBound <= $0.upperBound }
    }
}

/// Why a signed URL was refused.
enum SignedURLError: Error, Sendable, Hashable {
    case malformed
    case tampered
    case expired
}

/// Signs and verifies the URLs of the data plane with HMAC-SHA256.
struct URLSigner: Sendable {
    static let lifetime: Int64 = 3600
    /// Above this many ranges a plan uses a second URL, which keeps each under 8 KiB (xet-protocol §5.3).
    static let maximumRanges = 350

    private let dataKey: SymmetricKey
    private let uploadKey: SymmetricKey

    init(secrets: ServerSecrets) {
        dataKey = secrets.key("data-url")
        uploadKey = secrets.key("grant-url")
    }

    // MARK: Reading xorbs

    func url(for grant: DataGrant, baseURL: String) -> String {
        let ranges = grant.ranges.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
        let facts = "length=\(grant.bodyLength)&bytes=\(ranges)&expires=\(grant.expiry)"
        let signature = Base64URL.encode(Data(code(of: grant.object, facts)))
        return "\(baseURL)/data/xorbs/\(grant.object)?\(facts)&signature=\(signature)"
    }

    /// Checks the signature in constant time, then the expiry. `key` is the path segment after `/data/xorbs/`, `query`
    /// everything after the question mark.
    func verify(key: some StringProtocol, query: some StringProtocol, now: Date) throws(SignedURLError) -> DataGrant {
        let separator = "&signature="
        guard let cut = query.range(of: separator), let object = ObjectKey(parsing: key),
            let signature = Base64URL.decode(query[cut.upperBound...])
        else { throw .malformed }
        let facts = String(query[..<cut.lowerBound])
        guard HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: message(object, facts), using: dataKey)
        else { throw .tampered }
        guard let grant = Self.parse(facts, object: object) else { throw .malformed }
        guard Int64(now.timeIntervalSince1970) < grant.expiry else { throw .expired }
        return grant
    }

    private static func parse(_ facts: String, object: ObjectKey) -> DataGrant? {
        let fields = facts.split(separator: "&")
        guard fields.count == 3, let length = value(of: "length", in: fields[0]).flatMap({ UInt64($0) }),
            let list = value(of: "bytes", in: fields[1]),
            let expiry = value(of: "expires", in: fields[2]).flatMap({ Int64($0) })
        else { return nil }
        var ranges: [ClosedRange<UInt64>] = []
        for text in list.split(separator: ",") {
            let ends = text.split(separator: "-").compactMap { UInt64($0) }
            guard ends.count == 2, ends[0] <= ends[1], ends[1] < length else { return nil }
            ranges.append(ends[0]...ends[1])
        }
        return DataGrant(object: object, bodyLength: length, ranges: ranges, expiry: expiry)
    }

    private static func value(of name: String, in field: Substring) -> Substring? {
        field.hasPrefix(name + "=") ? field.dropFirst(name.count + 1) : nil
    }

    private func message(_ object: ObjectKey, _ facts: String) -> Data { Data("\(object)\n\(facts)".utf8) }

    private func code(of object: ObjectKey, _ facts: String) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: message(object, facts), using: dataKey)
    }

    // MARK: Uploading under a grant

    func uploadURL(for id: XorbGrantID, baseURL: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Data(id.text.utf8), using: uploadKey)
        return "\(baseURL)/data/grants/\(id.text)?signature=\(Base64URL.encode(Data(code)))"
    }

    func isValidUpload(id text: some StringProtocol, query: some StringProtocol) -> Bool {
        guard query.hasPrefix("signature="), let signature = Base64URL.decode(query.dropFirst("signature=".count))
        else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(
            signature, authenticating: Data(text.utf8), using: uploadKey)
    }
}

import Crypto
import Foundation
import Xet

/// The right to do one thing with one LFS object, as a URL's query carries it: git-lfs and Python send no token there.
struct LFSGrant: Sendable, Hashable {
    enum Action: UInt8, Sendable, Hashable {
        case upload = 1
        case part, complete, verify, download

        /// The path segment after `/data/lfs/`.
        var segment: String {
            switch self {
            case .upload: "upload"
            case .part: "part"
            case .complete: "complete"
            case .verify: "verify"
            case .download: "download"
            }
        }
    }

    var action: Action
    /// The integer primary key of the repository.
    var repo: Int64
    /// Who asked for it; empty for an anonymous reader.
    var user: String
    var oid: Xet.SHA256Digest
    /// Of the whole object, in bytes.
    var size: UInt64
    /// Unix seconds.
    var expiry: Int64
    /// Random; ties the parts of one multipart upload together.
    var upload: UInt64 = 0
    /// Bytes of each part but the last.
    var partSize: UInt64 = 0
    /// 1 for the first part; 0 where no single part is meant.
    var part: UInt64 = 0

    var partCount: UInt64 { partSize == 0 ? 0 : (size + partSize - 1) / partSize }

    /// Bytes of the part that the grant is for.
    var partLength: UInt64 { min(partSize, size - (part - 1) * partSize) }
}

/// Signs and reads the grants of LFS URLs with HMAC-SHA256.
struct LFSSigner: Sendable {
    private static let fixedLength = 81
    private static let maximumText = 1024

    private let key: SymmetricKey

    init(secrets: ServerSecrets) { key = secrets.key("lfs-url") }

    /// An absolute URL; its path names the object, its query is the grant.
    func url(for grant: LFSGrant, baseURL: String) -> String {
        "\(baseURL)/data/lfs/\(grant.action.segment)/\(grant.oid)?signature=\(text(of: grant))"
    }

    private func text(of grant: LFSGrant) -> String {
        var bytes = Data([grant.action.rawValue])
        for word in [
            UInt64(bitPattern: grant.repo), grant.size, UInt64(bitPattern: grant.expiry), grant.upload, grant.partSize,
            grant.part,
        ] { bytes.appendLittleEndian(word) }
        bytes.append(contentsOf: grant.oid.bytes)
        bytes.append(contentsOf: grant.user.utf8)
        bytes.append(contentsOf: HMAC<SHA256>.authenticationCode(for: bytes, using: key))
        return Base64URL.encode(bytes)
    }

    /// Checks the code in constant time; nil when this hub did not sign the grant. Its expiry is the caller's business.
    func read(_ text: String) -> LFSGrant? {
        guard text.utf8.count <= Self.maximumText, let bytes = Base64URL.decode(text),
            bytes.count >= Self.fixedLength + SHA256.byteCount
        else { return nil }
        let facts = bytes.dropLast(SHA256.byteCount)
        guard
            HMAC<SHA256>.isValidAuthenticationCode(
                bytes.suffix(SHA256.byteCount), authenticating: facts, using: key),
            let action = LFSGrant.Action(rawValue: facts[0]),
            let user = String(validating: facts.dropFirst(Self.fixedLength), as: UTF8.self),
            let oid = facts.withUnsafeBytes({ raw in
                raw.baseAddress.map { Xet.SHA256Digest(loading: $0 + 49) }
            })
        else { return nil }
        let word = { (index: Int) in facts.littleEndian(at: 1 + 8 * index) }
        return LFSGrant(
            action: action, repo: Int64(bitPattern: word(0)), user: user, oid: oid, size: word(1),
            expiry: Int64(bitPattern: word(2)), upload: word(3), partSize: word(4), part: word(5))
    }
}

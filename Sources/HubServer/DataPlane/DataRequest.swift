import Foundation
import Xet

/// What a `GET` or `HEAD` of a signed URL leads to, decided from the request alone: no file, no database.
enum DataDecision: Sendable, Hashable {
    /// All of the body, status 200.
    case whole(DataGrant)
    /// One range, status 206.
    case part(DataGrant, ClosedRange<UInt64>)
    /// Several ranges, status 206 as multipart/byteranges.
    case parts(DataGrant, [ClosedRange<UInt64>])
    /// The URL is malformed, tampered with, expired, or does not allow the range: status 403.
    case forbidden(String)
    /// The range starts at or after the end of the body: status 416.
    case unsatisfiable(length: UInt64)

    /// Above this many ranges in one request the rest could only be meant to cost us work.
    static let maximumParts = 1024

    /// Decides on the path segment after `/data/xorbs/`, what follows the question mark, and the `Range` header.
    init(key: some StringProtocol, query: some StringProtocol, range: String?, signer: URLSigner, now: Date) {
        let grant: DataGrant
        do {
            grant = try signer.verify(key: key, query: query, now: now)
        } catch {
            self = .forbidden(error == .expired ? "the URL has expired" : "the URL is not valid")
            return
        }
        guard let range else {
            let all = 0...(grant.bodyLength - 1)
            self = grant.covers(all) ? .whole(grant) : .forbidden("the URL allows only certain ranges")
            return
        }
        guard let specs = ByteRangeSpec.parse(range), specs.count <= Self.maximumParts else {
            self = .forbidden("the Range header cannot be read")
            return
        }
        // What lies wholly past the end is left out of an answer with several parts (RFC 9110 §14.2).
        let wanted = specs.compactMap { $0.resolved(in: grant.bodyLength) }
        guard let first = wanted.first else {
            self = .unsatisfiable(length: grant.bodyLength)
            return
        }
        guard wanted.allSatisfy(grant.covers) else {
            self = .forbidden("the URL does not allow this range")
            return
        }
        self = specs.count == 1 ? .part(grant, first) : .parts(grant, wanted)
    }
}

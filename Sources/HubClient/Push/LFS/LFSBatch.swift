#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The question of the LFS batch API: how may these objects be uploaded (hub-api §1.8)?
struct LFSBatchRequest: Encodable, Sendable {
    /// Objects of one request, as other clients send at most.
    static let maximumObjects = 100

    struct Object: Codable, Sendable, Hashable {
        /// SHA-256, 64 hex digits.
        var oid: String
        var size: UInt64
    }

    struct Ref: Encodable, Sendable { var name: String }

    var operation = "upload"
    var transfers = ["basic", "multipart"]
    var objects: [Object]
    var hash_algo = "sha256"
    var ref: Ref
}

/// The answer: for each object nothing to do, an address to send it to, or a refusal.
struct LFSBatchReply: Decodable, Sendable {
    struct Action: Decodable, Sendable {
        var href: String
        var header: [String: String]

        private enum CodingKeys: String, CodingKey { case href, header }

        /// Header values are text; some servers write numbers.
        private struct Value: Decodable {
            var text: String

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Int64.self) {
                    text = String(number)
                } else {
                    text = try container.decode(String.self)
                }
            }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            href = try container.decode(String.self, forKey: .href)
            header = try container.decodeIfPresent([String: Value].self, forKey: .header)?.mapValues(\.text) ?? [:]
        }
    }

    struct Actions: Decodable, Sendable {
        var upload: Action?
        var verify: Action?
    }

    struct Failure: Decodable, Sendable {
        var code: Int?
        var message: String?
    }

    struct Object: Decodable, Sendable {
        var oid: String
        var size: UInt64?
        var actions: Actions?
        var error: Failure?
    }

    var transfer: String?
    var objects: [Object]
}

/// How the bytes of one object travel.
enum LFSUploadPlan: Sendable, Equatable {
    /// One PUT of everything, with these header fields.
    case basic(url: String, headers: [String: String])
    /// A PUT for each part, then a request that joins them.
    case multipart(parts: [String], partBytes: UInt64, completion: String)

    private static let mostParts = 20_000

    /// Reads the action of an upload.
    /// - Returns: nil when the parts do not add up to the object.
    init?(_ action: LFSBatchReply.Action, size: UInt64) {
        guard let text = action.header["chunk_size"] else {
            self = .basic(url: action.href, headers: action.header)
            return
        }
        let numbered = action.header.compactMap { key, value in UInt64(key).map { (number: $0, url: value) } }
            .sorted { $0.number < $1.number }
        guard let partBytes = UInt64(text), partBytes > 0, numbered.count <= LFSUploadPlan.mostParts,
            UInt64(numbered.count) == max(1, (size + partBytes - 1) / partBytes)
        else { return nil }
        self = .multipart(parts: numbered.map(\.url), partBytes: partBytes, completion: action.href)
    }
}

/// What joins the parts of a multipart upload.
struct LFSCompletion: Encodable, Sendable {
    struct Part: Encodable, Sendable, Hashable {
        /// From 1.
        var partNumber: Int
        /// As the store gave it, quotes included.
        var etag: String
    }

    var oid: String
    var parts: [Part]
}

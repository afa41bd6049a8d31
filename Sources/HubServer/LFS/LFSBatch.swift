/// The body of `POST …/info/lfs/objects/batch` (hub-api §1.8).
struct LFSBatchRequest: Decodable, Sendable {
    struct Object: Decodable, Sendable {
        var oid: String
        var size: Int64
    }

    struct Ref: Decodable, Sendable {
        var name: String
    }

    var operation: String
    /// What the client can do; just `basic` when it does not say.
    var transfers: [String]?
    var objects: [Object]
    var ref: Ref?
    var hash_algo: String?
}

/// The reply of `POST …/info/lfs/objects/batch`.
struct LFSBatchReply: Encodable, Sendable {
    struct Action: Encodable, Sendable {
        var href: String
        var header: [String: String] = [:]
        /// Seconds.
        var expires_in: Int64
    }

    struct Failure: Encodable, Sendable {
        var code: Int
        var message: String
    }

    struct Object: Encodable, Sendable {
        var oid: String
        var size: Int64
        /// The actions need no token besides what is in them.
        var authenticated = true
        /// Nothing is to be done when it is nil.
        var actions: [String: Action]?
        var error: Failure?
    }

    var transfer: String
    var objects: [Object]
    var hash_algo = "sha256"
}

/// The reply of the Hub's `xet-read-token` and `xet-write-token` routes; the same facts stand in its headers.
public struct XetTokenReply: Codable, Sendable, Equatable {
    public var casUrl: String
    public var accessToken: String
    /// Unix seconds.
    public var exp: Int64

    public init(casUrl: String, accessToken: String, exp: Int64) {
        self.casUrl = casUrl
        self.accessToken = accessToken
        self.exp = exp
    }
}

/// A half-open range of chunk indices inside a xorb.
public struct ChunkIndexRange: Codable, Sendable, Hashable {
    public var start: UInt32
    public var end: UInt32

    public init(start: UInt32, end: UInt32) {
        self.start = start
        self.end = end
    }
}

/// An inclusive range of byte positions, as HTTP ranges are.
public struct InclusiveByteRange: Codable, Sendable, Hashable {
    public var start: UInt64
    public var end: UInt64

    public init(start: UInt64, end: UInt64) {
        self.start = start
        self.end = end
    }
}

/// One step of a file's recipe: these chunks of this xorb come next.
public struct ReconstructionTerm: Codable, Sendable, Hashable {
    public var hash: String
    public var unpackedLength: UInt32
    public var range: ChunkIndexRange

    enum CodingKeys: String, CodingKey {
        case hash
        case unpackedLength = "unpacked_length"
        case range
    }

    public init(hash: String, unpackedLength: UInt32, range: ChunkIndexRange) {
        self.hash = hash
        self.unpackedLength = unpackedLength
        self.range = range
    }
}

/// The reply of `GET /v1/reconstructions/{file_id}` (xet-protocol §5.3).
public struct ReconstructionV1: Codable, Sendable, Equatable {
    public struct FetchInfo: Codable, Sendable, Equatable {
        public var range: ChunkIndexRange
        public var url: String
        public var urlRange: InclusiveByteRange

        enum CodingKeys: String, CodingKey {
            case range, url
            case urlRange = "url_range"
        }

        public init(range: ChunkIndexRange, url: String, urlRange: InclusiveByteRange) {
            self.range = range
            self.url = url
            self.urlRange = urlRange
        }
    }

    public var offsetIntoFirstRange: UInt64
    public var terms: [ReconstructionTerm]
    public var fetchInfo: [String: [FetchInfo]]

    enum CodingKeys: String, CodingKey {
        case offsetIntoFirstRange = "offset_into_first_range"
        case terms
        case fetchInfo = "fetch_info"
    }

    public init(offsetIntoFirstRange: UInt64, terms: [ReconstructionTerm], fetchInfo: [String: [FetchInfo]]) {
        self.offsetIntoFirstRange = offsetIntoFirstRange
        self.terms = terms
        self.fetchInfo = fetchInfo
    }
}

/// The reply of `GET /v1/reconstructions?file_id=…&file_id=…`: whole files, whose ranges are shared (xet-protocol §5.10).
public struct BatchReconstruction: Codable, Sendable, Equatable {
    public var files: [String: [ReconstructionTerm]]
    public var fetchInfo: [String: [ReconstructionV1.FetchInfo]]

    enum CodingKeys: String, CodingKey {
        case files
        case fetchInfo = "fetch_info"
    }

    public init(files: [String: [ReconstructionTerm]], fetchInfo: [String: [ReconstructionV1.FetchInfo]]) {
        self.files = files
        self.fetchInfo = fetchInfo
    }
}

/// The reply of `GET /v2/reconstructions/{file_id}`: one URL may serve several ranges of a xorb.
public struct ReconstructionV2: Codable, Sendable, Equatable {
    public struct Range: Codable, Sendable, Equatable {
        public var chunks: ChunkIndexRange
        public var bytes: InclusiveByteRange

        public init(chunks: ChunkIndexRange, bytes: InclusiveByteRange) {
            self.chunks = chunks
            self.bytes = bytes
        }
    }

    public struct Fetch: Codable, Sendable, Equatable {
        public var url: String
        public var ranges: [Range]

        public init(url: String, ranges: [Range]) {
            self.url = url
            self.ranges = ranges
        }
    }

    public var offsetIntoFirstRange: UInt64
    public var terms: [ReconstructionTerm]
    public var xorbs: [String: [Fetch]]

    enum CodingKeys: String, CodingKey {
        case offsetIntoFirstRange = "offset_into_first_range"
        case terms, xorbs
    }

    public init(offsetIntoFirstRange: UInt64, terms: [ReconstructionTerm], xorbs: [String: [Fetch]]) {
        self.offsetIntoFirstRange = offsetIntoFirstRange
        self.terms = terms
        self.xorbs = xorbs
    }
}

/// The body of `POST /v1/xorb-grants/{prefix}/{hash}`.
public struct XorbGrantRequest: Codable, Sendable, Equatable {
    public struct Checksum: Codable, Sendable, Equatable {
        public var algo: String
        /// The CRC as a decimal string.
        public var value: String

        public init(algo: String, value: String) {
            self.algo = algo
            self.value = value
        }
    }

    public var length: UInt64
    public var checksum: Checksum

    public init(length: UInt64, crc64NVME: UInt64) {
        self.length = length
        checksum = Checksum(algo: "crc64nvme", value: String(crc64NVME))
    }
}

/// The 201 reply to a grant request: send the bytes there, then commit the grant.
public struct XorbGrant: Codable, Sendable, Equatable {
    public var id: String
    public var method: String
    public var url: String
    public var headers: [String: String]

    public init(id: String, method: String, url: String, headers: [String: String]) {
        self.id = id
        self.method = method
        self.url = url
        self.headers = headers
    }
}

/// The reply of a direct xorb upload.
public struct XorbUploadReply: Codable, Sendable, Equatable {
    public var wasInserted: Bool

    enum CodingKeys: String, CodingKey { case wasInserted = "was_inserted" }

    public init(wasInserted: Bool) { self.wasInserted = wasInserted }
}

/// The reply of `POST /v1/shards`: 0 = already known, 1 = registered.
public struct ShardUploadReply: Codable, Sendable, Equatable {
    public var result: Int
    public init(result: Int) { self.result = result }
}

/// One line of the NDJSON reply of `POST /v2/shards` (xet-protocol §5.7).
public struct ShardProgressLine: Codable, Sendable, Equatable {
    /// `validating`, `committing`, `result` or `error`; anything else is skipped by readers.
    public var type: String
    public var verified: UInt64?
    public var total: UInt64?
    public var stage: String?
    public var message: String?
    public var retryable: Bool?

    public init(type: String) { self.type = type }
}

/// The reply of `GET /api/{type}s/{id}[/revision/{rev}]`; everything but `id` may be missing on foreign hubs.
public struct RepoInfo: Codable, Sendable, Equatable {
    public var mongoID: String?
    public var id: String
    public var modelID: String?
    public var author: String?
    /// The commit that the asked revision stands for, 40 hex digits.
    public var sha: String?
    public var lastModified: String?
    public var createdAt: String?
    public var isPrivate: Bool?
    public var gated: Gating?
    public var disabled: Bool?
    public var downloads: Int?
    public var likes: Int?
    public var tags: [String]?
    public var siblings: [Sibling]?
    public var usedStorage: Int64?
    public var xetEnabled: Bool?

    enum CodingKeys: String, CodingKey {
        case mongoID = "_id"
        case id
        case modelID = "modelId"
        case author, sha, lastModified, createdAt
        case isPrivate = "private"
        case gated, disabled, downloads, likes, tags, siblings, usedStorage, xetEnabled
    }

    public init(id: String) { self.id = id }

    /// One file of the repository, as `siblings` lists it.
    public struct Sibling: Codable, Sendable, Equatable {
        public var rfilename: String
        public var size: Int64?
        public var blobID: String?
        public var lfs: LFS?

        enum CodingKeys: String, CodingKey {
            case rfilename, size
            case blobID = "blobId"
            case lfs
        }

        public struct LFS: Codable, Sendable, Equatable {
            public var sha256: String
            public var size: Int64
            public var pointerSize: Int64?

            public init(sha256: String, size: Int64, pointerSize: Int64?) {
                self.sha256 = sha256
                self.size = size
                self.pointerSize = pointerSize
            }
        }

        public init(rfilename: String, size: Int64? = nil, blobID: String? = nil, lfs: LFS? = nil) {
            self.rfilename = rfilename
            self.size = size
            self.blobID = blobID
            self.lfs = lfs
        }
    }
}

/// Whether users must ask before they may download: `false`, `"auto"` or `"manual"` on the wire.
public enum Gating: Codable, Sendable, Equatable {
    case open, auto, manual

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if (try? container.decode(Bool.self)) != nil {
            self = .open
        } else {
            self = try container.decode(String.self) == "auto" ? .auto : .manual
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .open: try container.encode(false)
        case .auto: try container.encode("auto")
        case .manual: try container.encode("manual")
        }
    }
}

/// One entry of a tree or paths-info listing (hub-api §1.4).
public struct TreeEntry: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable { case file, directory }

    public struct LFS: Codable, Sendable, Equatable {
        /// The SHA-256 of the content, 64 hex digits.
        public var oid: String
        public var size: Int64
        public var pointerSize: Int64?

        public init(oid: String, size: Int64, pointerSize: Int64?) {
            self.oid = oid
            self.size = size
            self.pointerSize = pointerSize
        }
    }

    public struct LastCommit: Codable, Sendable, Equatable {
        public var id: String
        public var title: String
        public var date: String

        public init(id: String, title: String, date: String) {
            self.id = id
            self.title = title
            self.date = date
        }
    }

    /// What scanners say about a file.
    public struct SecurityStatus: Codable, Sendable, Equatable {
        /// `unscanned` where nothing looks into files.
        public var status: String

        public init(status: String) { self.status = status }

        enum CodingKeys: String, CodingKey { case status, avScan, pickleImportScan }

        public init(from decoder: any Decoder) throws {
            status = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .status)
        }

        /// Clients insist on all three keys.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(status, forKey: .status)
            try container.encodeNil(forKey: .avScan)
            try container.encodeNil(forKey: .pickleImportScan)
        }
    }

    public var type: Kind
    public var path: String
    /// Git id of the blob (of the pointer, for LFS files) or of the tree.
    public var oid: String
    /// Real size in bytes, also for LFS files; 0 for directories.
    public var size: Int64
    public var lfs: LFS?
    public var xetHash: String?
    public var lastCommit: LastCommit?
    public var securityFileStatus: SecurityStatus?

    public init(
        type: Kind, path: String, oid: String, size: Int64, lfs: LFS? = nil, xetHash: String? = nil,
        lastCommit: LastCommit? = nil
    ) {
        self.type = type
        self.path = path
        self.oid = oid
        self.size = size
        self.lfs = lfs
        self.xetHash = xetHash
        self.lastCommit = lastCommit
    }
}

/// The reply of `GET …/refs`; the three first keys must be present.
public struct RefList: Codable, Sendable, Equatable {
    public struct Ref: Codable, Sendable, Equatable {
        public var name: String
        public var ref: String
        public var targetCommit: String

        public init(name: String, ref: String, targetCommit: String) {
            self.name = name
            self.ref = ref
            self.targetCommit = targetCommit
        }
    }

    public var branches: [Ref]
    public var converts: [Ref]
    public var tags: [Ref]
    public var pullRequests: [Ref]?

    public init(branches: [Ref], converts: [Ref] = [], tags: [Ref], pullRequests: [Ref]? = nil) {
        self.branches = branches
        self.converts = converts
        self.tags = tags
        self.pullRequests = pullRequests
    }
}

/// The body of `POST /api/repos/create`.
public struct CreateRepoRequest: Codable, Sendable, Equatable {
    public var name: String
    public var organization: String?
    public var type: RepoType?
    /// `public`, `private` or `protected`.
    public var visibility: String?
    /// Older clients send this instead of `visibility`.
    public var isPrivate: Bool?
    public var sdk: String?

    enum CodingKeys: String, CodingKey {
        case name, organization, type, visibility
        case isPrivate = "private"
        case sdk
    }

    public init(name: String, organization: String?, type: RepoType?, visibility: String?) {
        self.name = name
        self.organization = organization
        self.type = type
        self.visibility = visibility
    }
}

/// The reply of `POST /api/repos/create`; a 409 carries `url` as well.
public struct CreateRepoReply: Codable, Sendable, Equatable {
    public var url: String
    public var error: String?

    public init(url: String, error: String? = nil) {
        self.url = url
        self.error = error
    }
}

/// The reply of `GET /api/whoami-v2`.
public struct WhoAmI: Codable, Sendable, Equatable {
    public struct Organization: Codable, Sendable, Equatable {
        public var name: String
        public init(name: String) { self.name = name }
    }

    public struct Auth: Codable, Sendable, Equatable {
        public struct AccessToken: Codable, Sendable, Equatable {
            public var displayName: String
            public var role: String
            public var createdAt: String?

            public init(displayName: String, role: String, createdAt: String?) {
                self.displayName = displayName
                self.role = role
                self.createdAt = createdAt
            }
        }

        public var type: String
        public var accessToken: AccessToken?

        public init(type: String, accessToken: AccessToken?) {
            self.type = type
            self.accessToken = accessToken
        }
    }

    public var type: String
    public var id: String?
    public var name: String
    public var fullname: String?
    public var email: String?
    public var orgs: [Organization]?
    public var auth: Auth?

    public init(type: String, name: String) {
        self.type = type
        self.name = name
    }
}

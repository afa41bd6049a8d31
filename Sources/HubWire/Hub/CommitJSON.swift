/// The body of `POST …/preupload/{rev}`, at most 256 files.
public struct PreuploadRequest: Codable, Sendable, Equatable {
    public static let maximumFiles = 256

    public struct File: Codable, Sendable, Equatable {
        public var path: String
        /// Base64 of the first 512 bytes.
        public var sample: String
        public var size: Int64

        public init(path: String, sample: String, size: Int64) {
            self.path = path
            self.sample = sample
            self.size = size
        }
    }

    public var files: [File]
    public var gitIgnore: String?

    public init(files: [File], gitIgnore: String? = nil) {
        self.files = files
        self.gitIgnore = gitIgnore
    }
}

/// How a file travels: inline in the commit, or by content (LFS or Xet).
public enum UploadMode: String, Codable, Sendable { case lfs, regular }

/// The reply of `POST …/preupload/{rev}`.
public struct PreuploadReply: Codable, Sendable, Equatable {
    public struct File: Codable, Sendable, Equatable {
        public var path: String
        public var uploadMode: UploadMode
        public var shouldIgnore: Bool
        /// What is stored at that path now: SHA-256 for LFS files, git blob id for regular ones.
        public var oid: String?

        public init(path: String, uploadMode: UploadMode, shouldIgnore: Bool, oid: String?) {
            self.path = path
            self.uploadMode = uploadMode
            self.shouldIgnore = shouldIgnore
            self.oid = oid
        }
    }

    public var commitOid: String?
    public var files: [File]

    public init(commitOid: String?, files: [File]) {
        self.commitOid = commitOid
        self.files = files
    }
}

/// One line of the NDJSON body of `POST …/commit/{rev}` (hub-api §1.7).
public enum CommitLine: Codable, Sendable, Equatable {
    case header(summary: String, description: String, parentCommit: String?)
    /// A regular file; `content` is base64.
    case file(path: String, content: String)
    /// A file known by SHA-256; `size` is absent for copies.
    case lfsFile(path: String, oid: String, size: Int64?)
    case deletedFile(path: String)
    case deletedFolder(path: String)
    /// A file that stands elsewhere in the repository already, at `revision` or at the branch's head.
    case copyFile(path: String, source: String, revision: String?)

    private enum CodingKeys: String, CodingKey { case key, value }

    private struct Value: Codable {
        var summary: String?
        var description: String?
        var parentCommit: String?
        var path: String?
        var content: String?
        var encoding: String?
        var algo: String?
        var oid: String?
        var size: Int64?
        var srcPath: String?
        var srcRevision: String?
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let key = try container.decode(String.self, forKey: .key)
        let value = try container.decode(Value.self, forKey: .value)

        func required(_ field: String?, _ name: String) throws -> String {
            guard let field else {
                throw DecodingError.dataCorruptedError(
                    forKey: .value, in: container, debugDescription: "\(key) without \(name)")
            }
            return field
        }

        switch key {
        case "header":
            self = .header(
                summary: value.summary ?? "", description: value.description ?? "", parentCommit: value.parentCommit)
        case "file":
            guard value.encoding == nil || value.encoding == "base64" else {
                throw DecodingError.dataCorruptedError(
                    forKey: .value, in: container, debugDescription: "encoding must be base64")
            }
            self = .file(path: try required(value.path, "path"), content: try required(value.content, "content"))
        case "lfsFile":
            guard value.algo == nil || value.algo == "sha256" else {
                throw DecodingError.dataCorruptedError(
                    forKey: .value, in: container, debugDescription: "algo must be sha256")
            }
            self = .lfsFile(
                path: try required(value.path, "path"), oid: try required(value.oid, "oid"), size: value.size)
        case "deletedFile":
            self = .deletedFile(path: try required(value.path, "path"))
        case "deletedFolder":
            self = .deletedFolder(path: try required(value.path, "path"))
        case "copyFile":
            self = .copyFile(
                path: try required(value.path, "path"), source: try required(value.srcPath, "srcPath"),
                revision: value.srcRevision)
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .key, in: container, debugDescription: "unknown commit operation \(key)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .header(let summary, let description, let parentCommit):
            try container.encode("header", forKey: .key)
            try container.encode(
                Value(summary: summary, description: description, parentCommit: parentCommit), forKey: .value)
        case .file(let path, let content):
            try container.encode("file", forKey: .key)
            try container.encode(Value(path: path, content: content, encoding: "base64"), forKey: .value)
        case .lfsFile(let path, let oid, let size):
            try container.encode("lfsFile", forKey: .key)
            try container.encode(Value(path: path, algo: "sha256", oid: oid, size: size), forKey: .value)
        case .deletedFile(let path):
            try container.encode("deletedFile", forKey: .key)
            try container.encode(Value(path: path), forKey: .value)
        case .deletedFolder(let path):
            try container.encode("deletedFolder", forKey: .key)
            try container.encode(Value(path: path), forKey: .value)
        case .copyFile(let path, let source, let revision):
            try container.encode("copyFile", forKey: .key)
            try container.encode(Value(path: path, srcPath: source, srcRevision: revision), forKey: .value)
        }
    }
}

/// The reply of `POST …/commit/{rev}`. `commitUrl` ends in `/commit/<sha>`; Python parses it.
public struct CommitReply: Codable, Sendable, Equatable {
    public var success: Bool
    public var commitOid: String
    public var commitUrl: String
    public var hookOutput: String?
    public var pullRequestUrl: String?

    public init(success: Bool, commitOid: String, commitUrl: String, hookOutput: String? = "") {
        self.success = success
        self.commitOid = commitOid
        self.commitUrl = commitUrl
        self.hookOutput = hookOutput
    }
}

public import HubWire

/// What a published model or dataset is: its licence, where it comes from, and every file with its hashes.
///
/// It lies in the torrent as ``fileName``, with its signature beside it. Names of the fields are Silmaril's where it has
/// them (docs/publishing.md, docs/schema/manifest.schema.json).
public struct ModelManifest: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable { case model, dataset }

    /// One file.
    public struct File: Sendable, Hashable {
        public var path: TorrentPath
        public var size: Int64
        /// 32 bytes. Missing only in manifests that Silmaril made.
        public var sha256: [UInt8]?
        /// The SHA-1 of its git blob, 20 bytes.
        public var gitOID: [UInt8]?
        /// Its Xet hash, 64 digits as hubs write them.
        public var xetHash: String?
        /// The root of its tree of blocks in a v2 torrent, 32 bytes.
        public var piecesRoot: [UInt8]?

        public init(path: TorrentPath, size: Int64, sha256: [UInt8]?) {
            self.path = path
            self.size = size
            self.sha256 = sha256
        }
    }

    /// The repository of a hub that this is a copy of.
    public struct Source: Sendable, Hashable {
        /// Such as `https://huggingface.co`.
        public var endpoint: String
        public var repo: RepoID
        /// 40 digits.
        public var commit: String

        public init(endpoint: String, repo: RepoID, commit: String) {
            self.endpoint = endpoint
            self.repo = repo
            self.commit = commit
        }
    }

    /// What is needed to run a model.
    public struct InferenceHints: Sendable, Hashable {
        /// GiB.
        public var minRAM: Int64?
        /// GiB.
        public var minVRAM: Int64?
        public var recommendedGPUs: [String] = []
        /// Tokens.
        public var contextLength: Int64?
        public var tokenizerType: String?

        public init() {}
    }

    public var kind = Kind.model
    /// `org/name`. Only manifests of Silmaril may lack the first half.
    public var name: RepoID
    /// What its publisher calls this version, such as `main` or `1.0`.
    public var version = "main"
    /// The commit that it was made from, 40 digits.
    public var revision: String?
    public var description = ""
    /// SPDX identifier, or the name a hub uses.
    public var license: String
    /// Seconds since 1970.
    public var createdAt: Int64
    public var architecture: String?
    public var modelType: String?
    public var parameters: Int64?
    /// The one that most weights have.
    public var quantization: String?
    /// All of them, where there are several to choose from.
    public var quantizations: [String] = []
    /// Of the weights or data, such as `safetensors`, `gguf`, `parquet`.
    public var formats: [String] = []
    public var tags: [String] = []
    public var hints = InferenceHints()
    public var source: Source?
    /// Where the files can also be had (BEP 19).
    public var webSeeds: [String] = []
    /// The identity of who signs it.
    public var publisher: PublisherKey?
    /// In the order of their paths. The manifest itself and its signature are not among them.
    public var files: [File]
    /// Silmaril's; never in a manifest that lies in the torrent it would name.
    public var magnetURI: String?
    /// Silmaril's; kept as it is.
    public var ipfsCIDs: [String: String] = [:]

    /// Its name in the torrent.
    public static let fileName = "shoal-manifest.json"

    public init(name: RepoID, license: String, createdAt: Int64, files: [File]) {
        self.name = name
        self.license = license
        self.createdAt = createdAt
        self.files = files.sorted { $0.path < $1.path }
    }

    /// Bytes of all files.
    public var totalSize: Int64 { files.reduce(0) { $0 &+ $1.size } }

    /// Whether files cannot be checked, because hashes or the list itself are missing.
    public var isPartial: Bool { files.isEmpty || files.contains { $0.sha256 == nil } }
}

extension ModelManifest {
    /// Bytes of a manifest; ``mostFiles`` with all their hashes fit.
    public static let largest = 128 << 20
    public static let mostFiles = Metainfo.mostFiles
    /// Tags; and quantisations, formats, GPUs, web seeds, each.
    public static let mostTags = 256
    /// Bytes of a short field.
    public static let longestText = 256
    public static let longestDescription = 64 << 10
    public static let mostParameters: Int64 = 1 << 53
    /// The first member of every manifest.
    static let schema = "shoal-manifest/1"
}

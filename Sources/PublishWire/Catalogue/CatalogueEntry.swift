/// One version of a model or dataset, as its publisher lists it.
public struct CatalogueEntry: Sendable, Hashable {
    /// A file that also is in Xet swarms and on hubs: where to look for the bytes besides the torrent.
    public struct XetHint: Sendable, Hashable {
        /// Its path in the torrent, below the folder.
        public var path: String
        /// The Xet hash as 64 hexadecimal digits.
        public var hash: String

        public init(path: String, hash: String) {
            self.path = path
            self.hash = hash
        }
    }

    public var id: CatalogueID
    /// A commit of the Hub, or the publisher's own version.
    public var revision: String
    /// When this version was published, in seconds since 1970.
    public var published: Int64
    /// `gguf`, `safetensors`, …
    public var formats: [String]
    /// `q4_k_m`, `awq`, …
    public var quantizations: [String]
    /// Bytes of all files.
    public var size: Int64
    /// As on the Hub: `apache-2.0`.
    public var license: String?
    public var tags: [String]
    /// `llama`, `qwen2`, …
    public var architecture: String?
    /// How many weights the model has.
    public var parameters: Int64?
    /// The torrent.
    public var hashes: InfoHashes
    /// SHA-256 of the manifest, 32 bytes.
    public var manifest: [UInt8]
    /// The largest files that hubs have, at most 16.
    public var xet: [XetHint]
    /// The hub that has the same revision: `https://huggingface.co`.
    public var hub: String?

    public init(
        id: CatalogueID, revision: String, published: Int64, size: Int64, hashes: InfoHashes, manifest: [UInt8],
        formats: [String] = [], quantizations: [String] = [], license: String? = nil, tags: [String] = [],
        architecture: String? = nil, parameters: Int64? = nil, xet: [XetHint] = [], hub: String? = nil
    ) {
        self.id = id
        self.revision = revision
        self.published = published
        self.size = size
        self.hashes = hashes
        self.manifest = manifest
        self.formats = formats
        self.quantizations = quantizations
        self.license = license
        self.tags = tags
        self.architecture = architecture
        self.parameters = parameters
        self.xet = xet
        self.hub = hub
    }
}

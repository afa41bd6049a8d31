public import Transfer

/// What to fetch and where to put it.
public struct PullRequest: Sendable {
    public var repo: RepoReference
    /// Files named one by one; `dir/` means everything below. They win over ``include`` and ``exclude``.
    public var files: [String]
    /// Whether ``files`` are paths of files and nothing else: neither folders nor patterns.
    public var areFilesLiteral: Bool
    /// Patterns as of ``Glob``; a file is kept if any matches, or there is none.
    public var include: [String]
    /// Patterns of files to leave out.
    public var exclude: [String]
    /// A plain folder to fill, in place of the cache.
    public var localDirectory: String?
    /// Fetch again what is there already, and replace it.
    public var isForced: Bool
    /// One quantisation of a repository of GGUF files, with what belongs to it (``GGUFQuants/selection(of:)``);
    /// ``include`` then adds files, and ``exclude`` leaves some out. Not together with ``files``.
    public var quant: String?
    /// Peers to ask beside the hub for the files that have a Xet hash.
    package var peers: (any PeerSource)?

    public init(
        repo: RepoReference, files: [String] = [], areFilesLiteral: Bool = false, include: [String] = [],
        exclude: [String] = [], localDirectory: String? = nil, isForced: Bool = false, quant: String? = nil
    ) {
        self.repo = repo
        self.files = files
        self.areFilesLiteral = areFilesLiteral
        self.include = include
        self.exclude = exclude
        self.localDirectory = localDirectory
        self.isForced = isForced
        self.quant = quant
    }
}

/// What a pull did.
public struct PullResult: Sendable {
    /// The file, when exactly one was named; else the snapshot's folder, or the plain folder.
    public var path: String
    /// The commit that the files are of, 40 hex digits.
    public var commit: String
    public var files: [PulledFile]
    public var statistics: Statistics
    /// Whether the network is off or the hub did not answer: what the cache knows of the revision may be out of date.
    public var isOffline = false
    /// Patterns of the request that fit no file.
    public var unmatchedPatterns: [String] = []

    /// Sums over all files.
    public struct Statistics: Sendable, Hashable {
        /// Bytes that came over the network.
        public var networkBytes: UInt64 = 0
        /// Those of them that came from peers.
        public var peerBytes: UInt64 = 0
        /// Bytes of files that were there already.
        public var reusedBytes: UInt64 = 0
        /// Bytes that an earlier, interrupted pull had left behind verified.
        public var resumedBytes: UInt64 = 0
        public var verifiedChunks: UInt64 = 0
        /// How many files were verified in which way.
        public var trust: [TrustMode: Int] = [:]

        public init() {}
    }
}

/// One file of a pull.
public struct PulledFile: Sendable, Hashable {
    /// The path inside the repository.
    public var path: String
    public var size: UInt64
    public var outcome: TransferOutcome

    public init(path: String, size: UInt64, outcome: TransferOutcome) {
        self.path = path
        self.size = size
        self.outcome = outcome
    }
}

/// Which files to compare with what their repository says they are.
public struct VerifyRequest: Sendable {
    public var repo: RepoReference
    /// A plain folder, in place of the cache.
    public var localDirectory: String?
    /// Whether damaged files are made right.
    public var repairs: Bool

    public init(repo: RepoReference, localDirectory: String? = nil, repairs: Bool = false) {
        self.repo = repo
        self.localDirectory = localDirectory
        self.repairs = repairs
    }
}

/// What a comparison has found.
public struct VerifyResult: Sendable {
    /// A file whose content is not what the repository has.
    public struct Mismatch: Sendable, Hashable {
        public var path: String
        public var expected: String
        public var actual: String
        /// `sha256` or `git-sha1`.
        public var algorithm: String
        /// The parts that are wrong, where the file's manifest is known: whole chunks.
        public var badRanges: [Range<UInt64>]?
    }

    /// A file that was made right.
    public struct Repair: Sendable, Hashable {
        public var path: String
        public var size: UInt64
        /// Bytes that came over the network.
        public var networkBytes: UInt64
        /// Bytes that were kept of the damaged file.
        public var keptBytes: UInt64
        /// Other names of the damaged file outside the repository's folder: they still have the wrong bytes.
        public var otherLinks: UInt64
    }

    /// The folder that was checked.
    public var path: String
    public var commit: String
    /// Files that are in the folder and in the repository.
    public var checked: Int
    /// In the order of paths, as are the others; those that were repaired are still listed.
    public var mismatches: [Mismatch]
    /// Paths that the repository has and the folder has not.
    public var missing: [String]
    /// Paths that the folder has and the repository has not.
    public var extra: [String]
    public var repairs: [Repair]
    /// Whether the hub was asked for nothing: the listing of an earlier pull has served.
    public var isOffline: Bool

    /// The mismatches that remain.
    public var unrepaired: [Mismatch] {
        let repaired = Set(repairs.map(\.path))
        return mismatches.filter { !repaired.contains($0.path) }
    }
}

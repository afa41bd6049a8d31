public import Xet

/// Where a file is built up until it is complete.
public struct PartialFile: Sendable, Hashable {
    /// The partial file, `…/<etag>.shoal.incomplete`.
    public var path: String
    /// The list of verified chunks beside it.
    public var journal: String
    /// The list of pieces of a file without chunk hashes, which has a format of its own.
    public var rangeJournal: String { journal + ".ranges" }
    /// Where the file's manifest is kept, also after the transfer; nil means where those of all files are.
    public var manifest: String?

    public init(path: String, journal: String, manifest: String? = nil) {
        self.path = path
        self.journal = journal
        self.manifest = manifest
    }
}

/// A file to fetch by its Xet hash.
public struct XetFileRequest: Sendable, Hashable {
    public var hash: FileHash
    public var size: UInt64
    /// Shown in progress and errors.
    public var name: String

    public init(hash: FileHash, size: UInt64, name: String) {
        self.hash = hash
        self.size = size
        self.name = name
    }
}

/// How chunks were verified (architecture, "modes of trust").
public enum TrustMode: String, Sendable, Hashable {
    /// Each chunk against a manifest that proves itself.
    case manifest
    /// All xorbs came whole and each matched its own hash.
    case xorb
    /// The list of all chunks against the file hash, at the end.
    case provisional
}

/// What a pull of one file did.
public struct PullStatistics: Sendable, Hashable {
    public var trust: TrustMode?
    /// Bytes that came over the network, from the hub and from peers.
    public var networkBytes: UInt64 = 0
    /// Those of them that peers have sent.
    public var peerBytes: UInt64 = 0
    /// Bytes found verified in the partial file of an earlier run.
    public var resumedBytes: UInt64 = 0
    /// Bytes that other files on this disk had.
    public var reusedBytes: UInt64 = 0
    public var verifiedChunks: UInt64 = 0

    public init() {}
}

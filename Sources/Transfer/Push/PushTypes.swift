internal import ChunkStore
public import Xet

/// A local file to push.
public struct PushFile: Sendable, Hashable {
    /// Where it lies.
    public var path: String
    /// Its path in the repository; shown in progress and errors.
    public var name: String
    public var size: UInt64
    /// What is in its place already, if that is known.
    public var present: SHA256Digest?

    public init(path: String, name: String, size: UInt64, present: SHA256Digest? = nil) {
        self.path = path
        self.name = name
        self.size = size
        self.present = present
    }
}

/// A file that is now stored in the CAS.
public struct PushedFile: Sendable, Hashable {
    public var name: String
    public var size: UInt64
    public var fileHash: FileHash
    public var sha256: SHA256Digest
    /// Whether this is what was in its place before.
    public var isPresent: Bool
}

/// What a push did.
public struct PushReport: Sendable, Hashable {
    public var files: [PushedFile] = []
    /// Bytes of the files.
    public var totalBytes: UInt64 = 0
    /// Bytes of the files that had to be read: the others are known and have not changed.
    public var readBytes: UInt64 = 0
    /// Unpacked bytes of chunks that had to be stored.
    public var newBytes: UInt64 = 0
    /// Bytes that repeated chunks of this push or of earlier ones to the same CAS.
    public var dedupedBytes: UInt64 = 0
    /// Of these, bytes that only the CAS's answers about chunks found.
    public var queriedBytes: UInt64 = 0
    /// Known bytes that were stored again all the same, so that no file comes apart into too many pieces.
    public var defragPreventedBytes: UInt64 = 0
    /// Packed bytes of xorbs that were sent.
    public var xorbBytesSent: UInt64 = 0
    public var shardBytesSent: UInt64 = 0
    public var xorbs = 0
    public var chunks: UInt64 = 0

    /// The push's own xorbs and files, for the shard cache.
    var storedXorbs: [StoredXorb] = []
    var storedFiles: [ShardFile] = []

    public init() {}
}

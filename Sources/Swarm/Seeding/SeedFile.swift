public import Xet

/// A file on this disk that may be given to others. Its hash is a claim: each chunk is hashed when it is read.
public struct SeedFile: Sendable, Hashable {
    public var hash: FileHash
    /// Bytes.
    public var size: UInt64
    /// Absolute, links resolved.
    public var path: String
    /// The folder that has the file's manifest under `<hash>.manifest`, where there is one besides the shelf.
    public var manifestFolder: String?
    public var access: SeedAccess

    public init(hash: FileHash, size: UInt64, path: String, manifestFolder: String? = nil, access: SeedAccess) {
        self.hash = hash
        self.size = size
        self.path = path
        self.manifestFolder = manifestFolder
        self.access = access
    }
}

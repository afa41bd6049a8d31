internal import HubWire

/// A file of a repository as a listing shows it.
public struct RepoFile: Sendable, Hashable {
    /// The path inside the repository.
    public var path: String
    /// Bytes of the content.
    public var size: UInt64
    /// Git's id of the blob; of the pointer, for a large file. 40 hex digits.
    public var blobID: String
    /// The SHA-256 of a large file's content, 64 hex digits.
    public var sha256: String?
    /// The hash of a file in the Xet storage, 64 hex digits.
    public var xetHash: String?

    package init(path: String, size: UInt64, blobID: String, sha256: String? = nil, xetHash: String? = nil) {
        self.path = path
        self.size = size
        self.blobID = blobID
        self.sha256 = sha256
        self.xetHash = xetHash
    }
}

extension Hub {
    /// The files of a repository in all its folders, sorted by path, without their content.
    /// - Throws: ``HubError``.
    public func listFiles(of repo: RepoReference) async throws -> [RepoFile] {
        try TreeListing(try await tree(repo, recursive: true)).files.map { file in
            RepoFile(
                path: file.path, size: file.size, blobID: file.blobID, sha256: file.lfsSHA256, xetHash: file.xetHash)
        }
    }
}

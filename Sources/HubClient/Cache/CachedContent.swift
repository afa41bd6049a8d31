internal import HubWire

/// What one cache holds of one repository, for those who hand its files on. Every call blocks for a moment.
package struct CachedContent: Sendable {
    /// A file of a commit.
    package struct File: Sendable, Hashable {
        /// The path inside the repository.
        package var path: String
        /// Bytes.
        package var size: UInt64
        /// Git's id of the blob; of the pointer, for files kept by LFS or Xet.
        package var blobID: String
        /// The content's SHA-256, for files kept by LFS or Xet.
        package var sha256: String?

        /// The name of the content: its SHA-256 if it has one, else git's id.
        package var etag: String { sha256 ?? blobID }
    }

    private let cache: RepoCache

    /// - Parameter root: the cache, which holds the folders of all repositories.
    package init(root: String, repo: RepoReference) {
        cache = RepoCache(root: LocalPath.resolved(root), repo: repo)
    }

    /// Whether the cache has anything of the repository.
    package var exists: Bool { Disk.status(cache.folder)?.isDirectory == true }

    /// A finished file by the name of its content; its bytes are not looked at.
    package func blob(_ etag: String, size: UInt64) -> String? {
        guard Hex.isLowercase(etag, count: 40) || Hex.isLowercase(etag, count: 64) else { return nil }
        let path = cache.blob(etag)
        return cache.isPresent(path, size: size) ? path : nil
    }

    /// The commit that a revision stood for when it was last pulled.
    package func commit(of revision: String) -> String? {
        (try? RepoReference.validate(revision: revision)).flatMap { cache.commit(of: revision) }
    }

    /// The files of a commit, all of them, whether they are here or not; nil when they are not known.
    package func files(at commit: String) -> [File]? {
        TreeListing.read(cache.folder, commit: commit)?.files.map {
            File(path: $0.path, size: $0.size, blobID: $0.blobID, sha256: $0.lfsSHA256)
        }
    }

    /// Who could read a commit when a hub was last asked; nil when that is not known.
    package func visibility(of commit: String) -> ContentVisibility? {
        VisibilityRecord(folder: cache.folder).visibility(of: commit)
    }
}

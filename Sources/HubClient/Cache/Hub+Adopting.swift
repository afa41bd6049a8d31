internal import HubWire
internal import Logging

/// A file of a commit that came by another way than from a hub, and was verified.
package struct AdoptedFile: Sendable, Hashable {
    /// In the repository.
    package var path: String
    /// Bytes.
    package var size: UInt64
    /// Where it lies now; it stays there.
    package var source: String
    /// Of its content, 64 digits.
    package var sha256: String?
    /// Git's id of the blob, which the content must have; that of the pointer, for a large file.
    package var blobID: String?
    /// Whether the hub keeps it by LFS or Xet; nil when nobody knows.
    package var isLarge: Bool?

    package init(path: String, size: UInt64, source: String, sha256: String?, blobID: String?, isLarge: Bool?) {
        self.path = path
        self.size = size
        self.source = source
        self.sha256 = sha256
        self.blobID = blobID
        self.isLarge = isLarge
    }
}

extension Hub {
    /// Files up to this size are taken for plain ones where nobody knows; hubs keep longer ones by LFS.
    private static let largestPlainFile: UInt64 = 1 << 20

    /// Puts files into the cache as a pull of their commit would have: blobs named by their content, links in the
    /// snapshot, and the branch that stands for the commit.
    /// - Parameters:
    ///   - repo: at a commit.
    ///   - revision: the branch or tag that shall mean this commit, unless it means another one already.
    /// - Returns: the path of the snapshot.
    /// - Throws: ``HubError`` with code `digest_mismatch`, before anything is put there, when a file is not what it is said
    ///   to be.
    package func adopt(_ files: [AdoptedFile], of repo: RepoReference, revision: String?) async throws -> String {
        let commit = repo.effectiveRevision
        guard RepoReference.isCommit(commit) else {
            throw HubError(.badReference, "'\(commit)' is no commit", hint: "a snapshot is called after one")
        }
        let cache = RepoCache(root: LocalPath.resolved(settings.cacheDirectory), repo: repo)
        try RepoPath.validate(all: files.map(\.path), inFolder: false)
        for file in files { try RepoPath.validateFolders(of: file.path, below: cache.snapshot(commit)) }
        var etags: [String] = []
        for file in files { etags.append(try await Self.etag(of: file)) }
        try cache.prepare()
        try Disk.createFolder(cache.snapshot(commit))
        let links = SnapshotLinks(cache: cache, areDisabled: settings.disablesSymlinks)
        for (file, etag) in zip(files, etags) {
            try await adopt(file, etag, into: cache, commit: commit, links: links)
        }
        if let revision, cache.commit(of: revision) == nil { try cache.remember(commit, as: revision) }
        return cache.snapshot(commit)
    }

    /// What the cache calls the content.
    private static func etag(of file: AdoptedFile) async throws -> String {
        let isLarge = file.isLarge ?? (file.blobID == nil && file.size > largestPlainFile)
        if isLarge, let sha256 = file.sha256 { return sha256 }
        // Computed from the content: what is said of it need not be right.
        let id = try await ContentDigest.gitBlob(file.source, size: file.size)
        guard isLarge || file.blobID == nil || file.blobID == id else {
            throw HubError(
                .digestMismatch, "\(file.path) is not what the repository has under that name.",
                hint: "do not use it, and ask its publisher")
        }
        return id
    }

    private func adopt(
        _ file: AdoptedFile, _ etag: String, into cache: RepoCache, commit: String, links: SnapshotLinks
    ) async throws {
        let pointer = cache.pointer(commit, file.path)
        guard !cache.isPresent(pointer, size: file.size) else { return }
        try Disk.createFolder(LocalPath.folder(of: pointer))
        let blob = cache.blob(etag)
        try await withFileLock(cache.lock(etag), logger: logger) { _ in
            if !cache.isPresent(blob, size: file.size) { try await Disk.copy(file.source, to: blob) }
            try await links.place(blob, at: pointer, isNew: false)
        }
    }
}

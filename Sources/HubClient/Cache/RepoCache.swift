internal import HubWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The folder of one repository in a Hugging Face cache, and the names of everything in it (hub-api §2.1).
struct RepoCache: Sendable {
    /// The cache, which holds all repositories.
    let root: String
    /// The repository's folder, `models--ns--name`.
    let folder: String
    private let folderName: String

    init(root: String, repo: RepoReference) {
        self.root = root
        folderName = repo.id.cacheFolder(repo.type)
        folder = LocalPath.join(root, folderName)
    }

    var blobsFolder: String { LocalPath.join(folder, "blobs") }
    /// Journals and manifests; a dot folder that Python's client ignores.
    var ownFolder: String { LocalPath.join(folder, ".shoal") }

    func blob(_ etag: String) -> String { LocalPath.join(blobsFolder, etag) }
    /// Ends in `.incomplete`, so that `hf cache prune` clears it away; the stable name lets a later run continue.
    func partial(_ etag: String) -> String { blob(etag) + ".shoal.incomplete" }
    func journal(_ etag: String) -> String { LocalPath.join(ownFolder, etag + ".journal") }
    func manifest(_ xetHash: String) -> String { LocalPath.join(ownFolder, xetHash + ".manifest") }
    func snapshot(_ commit: String) -> String { LocalPath.join(folder, "snapshots/\(commit)") }
    func pointer(_ commit: String, _ path: String) -> String { LocalPath.join(snapshot(commit), path) }
    func lock(_ etag: String) -> String { LocalPath.join(root, ".locks/\(folderName)/\(etag).lock") }
    /// How the shared store's lists name a blob of this repository.
    func sharedReference(_ etag: String) -> String { "\(folderName)/blobs/\(etag)" }

    /// Creates the folders that a pull writes into, and marks the cache as one for backup tools.
    func prepare() throws(HubError) {
        for name in [blobsFolder, ownFolder, LocalPath.folder(of: lock(""))] { try Disk.createFolder(name) }
        CacheTag.write(in: root)
    }

    /// The commit that a branch or tag stood for when it was last pulled; nil when unknown or damaged.
    func commit(of revision: String) -> String? {
        if RepoReference.isCommit(revision) { return revision }
        // Read without stripping, as Python does: a line end makes the file useless to it as well.
        guard let text = Disk.text(LocalPath.join(folder, "refs/\(revision)"), upTo: 64) else { return nil }
        return RepoReference.isCommit(text) ? text : nil
    }

    /// Remembers which commit a branch or tag stands for; a commit needs no such note.
    func remember(_ commit: String, as revision: String) throws(HubError) {
        guard revision != commit, self.commit(of: revision) != commit else { return }
        let file = LocalPath.join(folder, "refs/\(revision)")
        try Disk.createFolder(LocalPath.folder(of: file))
        try Disk.write(commit, to: file)
    }

    /// Notes that a commit has no file of this name, so that Python's libraries need not ask again.
    func rememberMissing(_ path: String, at commit: String) throws(HubError) {
        let file = LocalPath.join(folder, ".no_exist/\(commit)/\(path)")
        try RepoPath.validateFolders(of: path, below: LocalPath.join(folder, ".no_exist/\(commit)"))
        try Disk.createFolder(LocalPath.folder(of: file))
        try Disk.touch(file)
    }

    /// Whether a finished file is there and has the right size; links are followed.
    func isPresent(_ path: String, size: UInt64) -> Bool {
        guard let status = Disk.status(path) else { return false }
        return status.isRegular && status.size == size
    }

    /// The files of a snapshot that are on disk, for caches without a listing.
    func filesOnDisk(_ commit: String) throws(HubError) -> [TreeListing.File] {
        var found: [TreeListing.File] = []
        var pending = [""]
        while let prefix = pending.popLast() {
            for name in try Disk.names(in: LocalPath.join(snapshot(commit), prefix)) {
                let path = prefix + name
                guard let status = Disk.status(pointer(commit, path)) else { continue }
                if status.isDirectory {
                    pending.append(path + "/")
                } else if status.isRegular {
                    found.append(TreeListing.File(path: path, size: status.size, blobID: ""))
                }
            }
        }
        return found
    }
}

/// The tag that tells backup tools that a folder can be made again (https://bford.info/cachedir/).
enum CacheTag {
    static let content = """
        Signature: 8a477f597d28d172789f06886806bc55
        # This file is a cache directory tag created by huggingface_hub.
        # For information about cache directory tags, see:
        #\thttps://bford.info/cachedir/

        """

    /// Writes the tag unless there is one; failing is harmless.
    static func write(in folder: String) {
        let file = LocalPath.join(folder, "CACHEDIR.TAG")
        if !Disk.exists(file) { try? Disk.write(content, to: file) }
    }
}

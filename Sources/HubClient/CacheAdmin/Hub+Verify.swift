internal import Logging
public import Transfer
internal import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension Hub {
    /// Compares the files of a cached revision, or of a plain folder, with what the repository says they are, and
    /// makes damaged ones right if that is wanted. With the listing of an earlier pull no hub is needed.
    /// - Throws: ``HubError``; `not_cached` when there is nothing to check, `local_file` when a file cannot be read.
    public func verify(_ request: VerifyRequest, observer: any TransferObserver) async throws -> VerifyResult {
        do {
            return try await VerifyOperation(hub: self, request: request, observer: observer).run()
        } catch {
            throw HubError.unifying(error, endpoints: settings.endpoints)
        }
    }
}

/// One run of ``Hub/verify(_:observer:)``.
struct VerifyOperation {
    private let hub: Hub
    private let repo: RepoReference
    private let cache: RepoCache
    private let directory: LocalDirectory?
    private let repairs: Bool
    private let observer: any TransferObserver

    init(hub: Hub, request: VerifyRequest, observer: any TransferObserver) throws(HubError) {
        self.hub = hub
        repo = request.repo
        try RepoReference.validate(revision: request.repo.effectiveRevision)
        cache = RepoCache(root: LocalPath.resolved(hub.settings.cacheDirectory), repo: request.repo)
        directory = request.localDirectory.map { LocalDirectory(root: LocalPath.resolved($0)) }
        repairs = request.repairs
        self.observer = observer
    }

    func run() async throws -> VerifyResult {
        let (root, commit) = try await place()
        let pinned = RepoReference(type: repo.type, id: repo.id, revision: commit)
        let kept = keptListing(of: commit)
        let listing = if let kept { kept } else { try TreeListing(try await hub.tree(pinned, recursive: true)) }

        let local = try localFiles(root)
        let present = listing.files.filter { local.contains(Array($0.path.utf8)) }
        let remote = Set(listing.files.map { Array($0.path.utf8) })
        let names = local.subtracting(remote).map { String(decoding: $0, as: UTF8.self) }
        let mismatches = try await check(present, root: root)
        var result = VerifyResult(
            path: root, commit: commit, checked: present.count, mismatches: mismatches,
            missing: listing.files.filter { !local.contains(Array($0.path.utf8)) }.map(\.path),
            extra: CacheOrder.sorted(names), repairs: [], isOffline: kept != nil)
        if repairs { try await repair(&result, listing: listing, root: root) }
        return result
    }

    // MARK: What to compare

    /// The folder to look at, and the commit that it should be.
    private func place() async throws -> (root: String, commit: String) {
        if let directory {
            guard Disk.status(directory.root)?.isDirectory == true else {
                throw HubError(.notCached, "There is no folder \(directory.root).", hint: "Check --local-dir.")
            }
            return (directory.root, try await commit(of: directory))
        }
        guard Disk.exists(cache.folder) else {
            throw HubError(
                .notCached, "\(repo.id) is not in the cache: there is no \(cache.folder).",
                hint: "Pull it first, or name a folder with --local-dir.")
        }
        let commit = try cachedCommit()
        guard Disk.status(cache.snapshot(commit))?.isDirectory == true else {
            throw HubError(
                .notCached, "Commit \(commit) of \(repo.id) is not in the cache.",
                hint: "'shoal cache ls --revisions' lists what is.")
        }
        return (cache.snapshot(commit), commit)
    }

    private func cachedCommit() throws(HubError) -> String {
        if let revision = repo.revision, RepoReference.isCommit(revision) { return revision }
        let ref = LocalPath.join(cache.folder, "refs/\(repo.effectiveRevision)")
        if let text = Disk.text(ref, upTo: 4096).flatMap({ HubSettings.cleaned(token: $0) }) {
            guard RepoReference.isCommit(text) else {
                throw HubError(.notCached, "\(ref) does not name a commit.", hint: "Pull the revision again.")
            }
            return text
        }
        guard repo.revision == nil else {
            throw HubError(
                .notCached, "Revision '\(repo.effectiveRevision)' of \(repo.id) is not in the cache.",
                hint: "'shoal cache ls --revisions' lists what is.")
        }
        let snapshots = (try? Disk.names(in: LocalPath.join(cache.folder, "snapshots"))) ?? []
        let commits = snapshots.filter(RepoReference.isCommit)
        guard commits.count == 1 else {
            throw HubError(
                .notCached, "\(repo.id) has \(commits.count) revisions in the cache, and none of them is 'main'.",
                hint: "Name one with --revision.")
        }
        return commits[0]
    }

    /// What an earlier pull has noted about a commit.
    private func keptListing(of commit: String) -> TreeListing? {
        directory.flatMap { TreeListing.read($0.bookkeeping, commit: commit) }
            ?? TreeListing.read(cache.folder, commit: commit)
    }

    /// The commit of a plain folder: what the revision stands for at the hub, or, without one, what the folder's own
    /// notes say.
    private func commit(of directory: LocalDirectory) async throws -> String {
        do {
            return try await hub.resolveCommit(repo)
        } catch let error as HubError where error.code == .offline || error.code.isAbsence {
            let noted = Set(
                try localFiles(directory.root).compactMap {
                    directory.readMetadata(String(decoding: $0, as: UTF8.self))?.commit
                })
            guard noted.count == 1, let commit = noted.first, keptListing(of: commit) != nil else { throw error }
            return commit
        }
    }

    /// What Python's client never takes for a part of a repository.
    private static let ignored = PatternFilter(
        include: [],
        exclude: [
            ".git", ".git/*", "*/.git", "**/.git/**", ".cache/huggingface", ".cache/huggingface/*",
            "*/.cache/huggingface", "**/.cache/huggingface/**",
        ])

    /// The bytes of the paths of all files below a folder. Bytes, since two names may differ in composition only.
    private func localFiles(_ root: String) throws(HubError) -> Set<[UInt8]> {
        var found: Set<[UInt8]> = []
        for path in try Disk.leaves(below: root) where VerifyOperation.ignored.keeps(path) {
            if Disk.status(LocalPath.join(root, path))?.isRegular == true { found.insert(Array(path.utf8)) }
        }
        return found
    }

    // MARK: Comparing

    private func check(_ files: [TreeListing.File], root: String) async throws -> [VerifyResult.Mismatch] {
        for file in files { observer.began(TransferItem(name: file.path, totalBytes: file.size)) }
        let order = files.indices.sorted { (files[$0].size, $1) > (files[$1].size, $0) }
        return try await withThrowingTaskGroup(of: (Int, VerifyResult.Mismatch?).self) { group in
            var found: [Int: VerifyResult.Mismatch] = [:]
            var pending = order.makeIterator()
            func startNext() {
                guard let index = pending.next() else { return }
                group.addTask { (index, try await checkOne(files[index], at: LocalPath.join(root, files[index].path))) }
            }
            for _ in 0..<max(1, min(8, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) { startNext() }
            while let (index, mismatch) = try await group.next() {
                found[index] = mismatch
                startNext()
            }
            return found.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// Compares by the chunks of the manifest where there is one, else by the digest that the listing names.
    private func checkOne(_ file: TreeListing.File, at path: String) async throws -> VerifyResult.Mismatch? {
        let progress: ContentDigest.Progress = { observer.advanced(file.path, bytes: $0) }
        var badRanges: [Range<UInt64>]?
        if let text = file.xetHash, let hash = FileHash(text), file.size > 0 {
            let request = XetFileRequest(hash: hash, size: file.size, name: file.path)
            badRanges = try await hub.engine.audit(
                request, at: path, manifest: cache.manifest(text), progress: progress)
        }
        let expected = file.etag
        let isLFS = file.lfsSHA256 != nil
        let actual: String
        if badRanges == [] {
            actual = expected
        } else if isLFS {
            actual = try await ContentDigest.sha256(path, progress: progress)
        } else {
            guard let status = Disk.status(path) else { throw Disk.failure("read", path, errno) }
            actual = try await ContentDigest.gitBlob(path, size: status.size, progress: progress)
        }
        observer.finished(file.path, outcome: actual == expected ? .alreadyPresent : .failed)
        guard actual != expected else { return nil }
        return VerifyResult.Mismatch(
            path: file.path, expected: expected, actual: actual, algorithm: isLFS ? "sha256" : "git-sha1",
            badRanges: badRanges)
    }

    // MARK: Repairing

    /// Makes damaged files right, and those whose link leads nowhere; files that were never pulled stay away.
    private func repair(_ result: inout VerifyResult, listing: TreeListing, root: String) async throws {
        var wrong = Set(result.mismatches.map { Array($0.path.utf8) })
        for path in result.missing
        where Disk.status(LocalPath.join(root, path), followingLinks: false)?.isLink == true {
            wrong.insert(Array(path.utf8))
        }
        let files = listing.files.filter { wrong.contains(Array($0.path.utf8)) }
        guard !files.isEmpty else { return }
        try RepoPath.validate(all: files.map(\.path), inFolder: directory != nil)
        let fetcher = FileFetcher(hub: hub, repo: repo, commit: result.commit, observer: observer)
        let repairer = FileRepairer(
            cache: cache, directory: directory, commit: result.commit, root: root, fetcher: fetcher, logger: hub.logger)
        for file in files {
            observer.began(TransferItem(name: file.path, totalBytes: file.size))
            result.repairs.append(try await repairer.repair(file))
            observer.finished(file.path, outcome: .transferred)
        }
        let repaired = Set(result.repairs.map { Array($0.path.utf8) })
        result.missing.removeAll { repaired.contains(Array($0.utf8)) }
    }
}

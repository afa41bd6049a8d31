public import Logging

extension CacheInventory {
    /// Looks through a cache.
    /// - Throws: ``HubError`` with code `cache_not_found` when there is no such folder.
    public init(scanning root: String, logger: Logger) throws(HubError) {
        self = try CacheScanner(root: root, logger: logger).scan()
    }
}

/// Finds out what a cache holds. A damaged repository becomes a warning and does not hide the others.
struct CacheScanner {
    private let root: String
    private let store: SharedBlobStore

    static let repoTypes = ["datasets": "dataset", "kernels": "kernel", "models": "model", "spaces": "space"]
    /// Files that operating systems leave in every folder they show.
    private static let ignoredNames: Set<String> = [".DS_Store", "Thumbs.db", "desktop.ini"]

    /// - Throws: ``HubError`` with code `cache_not_found` when the folder is missing, or is no folder.
    init(root: String, logger: Logger) throws(HubError) {
        self.root = LocalPath.resolved(root)
        store = SharedBlobStore(cacheRoot: self.root, logger: logger)
        guard Disk.status(self.root)?.isDirectory == true else {
            throw HubError(
                .cacheNotFound, "There is no cache folder \(self.root).",
                hint: "Name another with --cache-dir or HF_HUB_CACHE; the first pull creates it.")
        }
    }

    /// A repository that is not as it should be.
    private struct Damage: Error { var message: String }

    func scan() throws(HubError) -> CacheInventory {
        var repos: [CachedRepo] = []
        var warnings: [String] = []
        for name in try Disk.names(in: root, isLenient: true) {
            if CacheScanner.ignoredNames.contains(name) || name == ".locks" || name == "CACHEDIR.TAG" { continue }
            if name == "blobs", store.isMarked { continue }
            do {
                repos.append(try scanRepo(LocalPath.join(root, name)))
            } catch let damage as Damage {
                warnings.append(damage.message)
            } catch {
                warnings.append("\(error)")
            }
        }
        repos.sort { CacheOrder.precedes($0.cacheID, $1.cacheID) }
        return CacheInventory(
            root: root, repos: repos, size: physicalSize(of: repos), incomplete: incompleteFiles(),
            unreferencedBlobs: store.unreferencedEntries(), warnings: warnings)
    }

    private func scanRepo(_ path: String) throws -> CachedRepo {
        guard Disk.status(path)?.isDirectory == true else { throw Damage(message: "Not a folder: \(path).") }
        let name = LocalPath.name(of: path)
        guard let mark = name.firstRange(ofBytes: "--") else {
            throw Damage(message: "Not the folder of a repository: \(path).")
        }
        guard let type = CacheScanner.repoTypes[String(name[..<mark.lowerBound])] else {
            throw Damage(message: "Not the folder of a model, dataset, space or kernel: \(path).")
        }
        let id = name[mark.upperBound...].replacingDoubleHyphens()
        let snapshots = LocalPath.join(path, "snapshots")
        guard Disk.status(snapshots)?.isDirectory == true else {
            throw Damage(message: "A repository without snapshots: \(path).")
        }
        var refs = try readRefs(LocalPath.join(path, "refs"))
        var sizes: [String: Disk.Status] = [:]
        var revisions: [CachedRevision] = []
        for commit in try Disk.names(in: snapshots) where !CacheScanner.ignoredNames.contains(commit) {
            let folder = LocalPath.join(snapshots, commit)
            guard let status = Disk.status(folder), !status.isRegular else {
                throw Damage(message: "A file or broken link among the snapshots: \(folder).")
            }
            let files = try scanSnapshot(folder, sizes: &sizes)
            let blobs = Set(files.map(\.blob))
            revisions.append(
                CachedRevision(
                    commit: commit, path: folder, files: files,
                    refs: CacheOrder.sorted(refs.removeValue(forKey: commit) ?? []),
                    size: blobs.reduce(0) { $0 + (sizes[$1]?.size ?? 0) },
                    lastModified: blobs.compactMap { sizes[$0]?.modified }.max() ?? status.modified))
        }
        if let dangling = CacheOrder.sorted(refs.values.joined()).first {
            throw Damage(message: "The ref '\(dangling)' stands for a commit that is not there: \(path).")
        }
        revisions.sort { CacheOrder.precedes($0.commit, $1.commit) }
        let own = Disk.status(path)
        return CachedRepo(
            type: type, id: id, path: path, revisions: revisions, size: sizes.values.reduce(0) { $0 + $1.size },
            fileCount: sizes.count, lastAccessed: sizes.values.map(\.accessed).max() ?? own?.accessed ?? 0,
            lastModified: sizes.values.map(\.modified).max() ?? own?.modified ?? 0)
    }

    /// The refs by the text that they contain, which should be a commit. It is taken as it is: with a line end at its
    /// end it names no snapshot, for Python too.
    private func readRefs(_ folder: String) throws -> [String: Set<String>] {
        guard let status = Disk.status(folder) else { return [:] }
        guard status.isDirectory else { throw Damage(message: "Refs must be a folder: \(folder).") }
        var refs: [String: Set<String>] = [:]
        for name in try Disk.leaves(below: folder) where !CacheScanner.ignoredNames.contains(LocalPath.name(of: name)) {
            let path = LocalPath.join(folder, name)
            if Disk.status(path)?.isDirectory == true { continue }
            guard let commit = Disk.text(path, upTo: 1 << 16) else {
                throw Damage(message: "A ref that cannot be read: \(path).")
            }
            refs[commit, default: []].insert(name)
        }
        return refs
    }

    private func scanSnapshot(_ folder: String, sizes: inout [String: Disk.Status]) throws -> [CachedFile] {
        var files: [CachedFile] = []
        for name in try Disk.leaves(below: folder) {
            let pointer = LocalPath.join(folder, name)
            // One level only: the blob may itself be a link into the shared store, which is not the repository's.
            let blob = Disk.linkText(pointer).map { LocalPath.leading($0, from: LocalPath.folder(of: pointer)) }
            if blob != nil, Disk.status(pointer)?.isDirectory == true { continue }
            let path = blob ?? pointer
            guard let status = sizes[path] ?? Disk.status(path) else {
                throw Damage(message: "A blob is missing: \(path).")
            }
            sizes[path] = status
            files.append(CachedFile(path: name, pointer: pointer, blob: path, size: status.size))
        }
        return files
    }

    private func physicalSize(of repos: [CachedRepo]) -> UInt64 {
        let isMarked = store.isMarked
        var blobs = Set(isMarked ? store.entries() : [])
        for file in repos.lazy.flatMap(\.revisions).flatMap(\.files) where !blobs.contains(file.blob) {
            if !isMarked || store.entry(linkedFrom: file.blob) == nil { blobs.insert(file.blob) }
        }
        return blobs.reduce(0) { $0 + (Disk.status($1)?.size ?? 0) }
    }

    private func incompleteFiles() -> [CacheInventory.StrayFile] {
        var found: [CacheInventory.StrayFile] = []
        for folder in (try? Disk.names(in: root, isLenient: true)) ?? [] {
            let blobs = LocalPath.join(root, "\(folder)/blobs")
            for name in (try? Disk.names(in: blobs)) ?? [] where name.hasSuffix(".incomplete") {
                let path = LocalPath.join(blobs, name)
                guard let status = Disk.status(path) else { continue }
                found.append(CacheInventory.StrayFile(path: path, size: status.size))
            }
        }
        return found
    }
}

extension StringProtocol {
    /// The first place where `other` stands, byte for byte.
    func firstRange(ofBytes other: String) -> Range<Index>? {
        var start = startIndex
        while let found = self[start...].utf8.firstIndex(of: other.utf8.first ?? 0) {
            if self[found...].utf8.starts(with: other.utf8) {
                return found..<utf8.index(found, offsetBy: other.utf8.count)
            }
            start = utf8.index(after: found)
        }
        return nil
    }

    /// `ns--name` as `ns/name`.
    fileprivate func replacingDoubleHyphens() -> String {
        var result = ""
        var rest = self[startIndex...]
        while let mark = rest.firstRange(ofBytes: "--") {
            result += rest[..<mark.lowerBound] + "/"
            rest = rest[mark.upperBound...]
        }
        return result + rest
    }
}

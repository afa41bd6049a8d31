internal import HTTPTypes
internal import HubClient
internal import HubWire
internal import Hummingbird
internal import NIOCore
internal import NIOPosix

/// Answers from the caches while the upstream hub is away: files of public repositories to everybody, others to those
/// alone whom the hub has let read the same commit before.
struct OfflineShelf: Sendable {
    let caches: [String]
    let readers: ReaderRecord

    private struct Found {
        var content: CachedContent
        var commit: String
        var files: [CachedContent.File]
    }

    /// What a cache knows of a revision that this caller may read. Blocks.
    private func find(_ repo: RepoReference, for caller: Caller) -> Found? {
        for cache in caches {
            let content = CachedContent(root: cache, repo: repo)
            guard let commit = content.commit(of: repo.effectiveRevision), let files = content.files(at: commit),
                content.visibility(of: commit) == .public || readers.mayRead(caller, repo, commit: commit)
            else { continue }
            return Found(content: content, commit: commit, files: files)
        }
        return nil
    }

    /// The facts of a file whose bytes are here.
    func facts(of target: ResolveTarget, for caller: Caller) async -> FileFacts? {
        let found = try? await NIOThreadPool.singleton.runIfActive { () -> FileFacts? in
            guard let found = find(target.repo, for: caller),
                let file = found.files.first(where: { $0.path == target.path }),
                found.content.blob(file.etag, size: file.size) != nil
            else { return nil }
            return FileFacts(
                metadata: FileMetadata(
                    path: file.path, commit: found.commit, etag: file.etag, size: file.size, xetHash: nil))
        }
        return found ?? nil
    }

    /// The facts of a repository, or its listing: what a download begins with (hub-api §1.2, §1.4).
    /// - Parameter segments: of the raw path.
    func answer(_ segments: [Substring], for caller: Caller) async -> Response? {
        guard segments.count >= 3, segments[0] == "api", let type = RepoType(plural: segments[1]) else { return nil }
        var rest = segments[2...]
        let mark = rest.firstIndex { ["revision", "tree"].contains($0) } ?? rest.endIndex
        guard let id = RepoID(rest[..<mark].joined(separator: "/")) else { return nil }
        rest = rest[mark...]
        let revision = rest.dropFirst().first.flatMap { PercentEncoding.decode($0) }
        let repo = RepoReference(type: type, id: id, revision: revision)
        let isTree = rest.first == "tree"
        // A listing of a folder is more than a download needs.
        guard rest.count <= 2, !isTree || revision != nil else { return nil }
        let found = try? await NIOThreadPool.singleton.runIfActive { find(repo, for: caller) }
        guard let found else { return nil }
        return isTree ? Self.tree(found) : Self.info(found, repo)
    }

    /// A repository with what is here of it, for the registry.
    func source(of repo: RepoReference, for caller: Caller) async -> RegistryRoutes.Source? {
        let found = try? await NIOThreadPool.singleton.runIfActive { () -> Found? in
            guard var found = find(repo, for: caller) else { return nil }
            found.files = found.files.filter { found.content.blob($0.etag, size: $0.size) != nil }
            return found
        }
        guard let found = found ?? nil else { return nil }
        let files = found.files.map { file in
            RepoFile(path: file.path, size: file.size, blobID: file.blobID, sha256: file.sha256)
        }
        return RegistryRoutes.Source(files: files) { file, count in
            let metadata = FileMetadata(
                path: file.path, commit: found.commit, etag: file.sha256 ?? file.blobID, size: file.size, xetHash: nil)
            guard let path = found.content.blob(metadata.etag, size: file.size) else { throw RegistryFailure.noBlob }
            var bytes: [UInt8] = []
            for try await part in LocalByteStream(path: path, metadata: metadata, range: 0..<count) {
                bytes += part.readableBytesView
            }
            return bytes
        }
    }

    private static func info(_ found: Found, _ repo: RepoReference) -> Response {
        let id = JSONValue.string(repo.id.description)
        return .json(
            JSONValue.object([
                "_id": .string(String(found.commit.prefix(24))), "id": id, "modelId": id, "sha": .string(found.commit),
                "private": .bool(found.content.visibility(of: found.commit) != .public), "tags": .array([]),
                "siblings": .array(found.files.map { .object(["rfilename": .string($0.path)]) }),
            ]))
    }

    private static func tree(_ found: Found) -> Response {
        .json(
            JSONValue.array(
                found.files.map { file in
                    var entry: [String: JSONValue] = [
                        "type": .string("file"), "path": .string(file.path), "oid": .string(file.blobID),
                        "size": .integer(Int64(clamping: file.size)),
                    ]
                    if let digest = file.sha256 {
                        entry["lfs"] = .object([
                            "oid": .string(digest), "size": .integer(Int64(clamping: file.size)),
                            "pointerSize": .integer(134),
                        ])
                    }
                    return .object(entry)
                }))
    }
}

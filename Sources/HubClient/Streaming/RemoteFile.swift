internal import HubWire
public import NIOCore
internal import NIOHTTP1
public import Transfer
internal import Transport
internal import Xet
internal import XetClient

/// One file of a repository at one commit, to be read without being downloaded first.
public struct RemoteFile: Sendable {
    public let metadata: FileMetadata
    let hub: Hub
    let source: Source

    enum Source: Sendable {
        /// The cache has it.
        case local(path: String)
        case xet(XetFileRequest, CASClient)
        case plain(PlainFileRequest)
    }

    /// Bytes.
    public var size: UInt64 { metadata.size }

    /// Whether the bytes come from the local cache.
    public var isCached: Bool { if case .local = source { true } else { false } }

    /// Streams the file, or a part of it, in order.
    ///
    /// How much is proved depends on where the bytes come from: ``FileByteStream/verification`` tells before the first
    /// byte.
    /// - Parameters:
    ///   - range: bytes of the file; nil means all. What lies past the end is left out.
    ///   - observer: told of the bytes as they come.
    /// - Throws: ``HubError``.
    public func stream(
        _ range: Range<UInt64>? = nil, observer: any TransferObserver = SilentObserver()
    ) async throws -> FileByteStream {
        let observer = CountingObserver(observer, .received, of: hub)
        do {
            switch source {
            case .local(let path):
                return FileByteStream(
                    base: .local(LocalByteStream(path: path, metadata: metadata, range: range)), file: self)
            case .xet(let request, let storage):
                let stream = try await hub.engine.streamXet(request, range: range, from: storage, observer: observer)
                return FileByteStream(base: .xet(stream), file: self)
            case .plain(let request):
                let stream = hub.engine.streamPlain(request, range: range, observer: observer)
                return FileByteStream(base: .plain(stream), file: self)
            }
        } catch {
            throw HubError.unifying(error, endpoints: hub.settings.endpoints)
        }
    }

    /// Reads a part into memory.
    /// - Parameter range: bytes of the file; what lies past the end is left out.
    /// - Throws: ``HubError``; `bad_request` for more than 1 GiB.
    public func read(_ range: Range<UInt64>) async throws -> ByteBuffer {
        let range = range.clamped(to: 0..<size)
        guard range.count <= 1 << 30 else {
            throw HubError(.badRequest, "a read of \(range.count) bytes is too large for memory", hint: "stream it")
        }
        var result = ByteBufferAllocator().buffer(capacity: range.count)
        for try await var part in try await stream(range) { result.writeBuffer(&part) }
        return result
    }
}

extension Hub {
    /// Opens a file of a repository for reading: by ranges or as a stream, from the cache if it is there, else from the
    /// hub.
    /// - Throws: ``HubError``.
    public func openFile(_ path: String, of repo: RepoReference) async throws -> RemoteFile {
        let cache = RepoCache(root: LocalPath.resolved(settings.cacheDirectory), repo: repo)
        if settings.isOffline || RepoReference.isCommit(repo.effectiveRevision),
            let file = cachedFile(path, of: repo, in: cache)
        {
            return file
        }
        let metadata = try await metadata(of: path, in: repo)
        if cache.isPresent(cache.blob(metadata.etag), size: metadata.size) {
            return RemoteFile(metadata: metadata, hub: self, source: .local(path: cache.blob(metadata.etag)))
        }
        return try await file(
            metadata, of: RepoReference(type: repo.type, id: repo.id, revision: metadata.commit))
    }

    /// A file whose facts are known, to be read from the hub; the cache is not looked into.
    /// - Parameter repo: at the file's commit.
    package func file(_ metadata: FileMetadata, of repo: RepoReference) async throws -> RemoteFile {
        if let hash = metadata.xetHash.flatMap({ FileHash($0) }), !settings.disablesXet {
            let request = XetFileRequest(hash: hash, size: metadata.size, name: metadata.path)
            return RemoteFile(metadata: metadata, hub: self, source: .xet(request, storage(of: repo, .read)))
        }
        return RemoteFile(
            metadata: metadata, hub: self, source: .plain(try await plainRequest(for: metadata, of: repo)))
    }

    /// What the cache knows of a file without any request.
    private func cachedFile(_ path: String, of repo: RepoReference, in cache: RepoCache) -> RemoteFile? {
        guard let commit = cache.commit(of: repo.effectiveRevision),
            let file = TreeListing.read(cache.folder, commit: commit)?.files.first(where: { $0.path == path }),
            (try? RepoPath.validate(path)) != nil, cache.isPresent(cache.pointer(commit, path), size: file.size)
        else { return nil }
        let metadata = FileMetadata(
            path: path, commit: commit, etag: file.etag, size: file.size, xetHash: file.xetHash)
        return RemoteFile(metadata: metadata, hub: self, source: .local(path: cache.pointer(commit, path)))
    }

    /// The plain request for a file at its commit.
    func plainRequest(for file: FileMetadata, of repo: RepoReference) async throws -> PlainFileRequest {
        guard let expected = ContentID(etag: file.etag) else {
            throw HubError(.notAHub, "the hub lists '\(file.path)' with an id that is no hash")
        }
        let url = "\(pageURL(repo))/resolve/\(repo.revisionSegment)/\(PercentEncoding.encode(path: file.path))"
        var headers: HTTPHeaders = ["User-Agent": settings.userAgent, HubHeader.downloadCounter: "1"]
        // Without this a proxy may compress, and the bytes would not be the file's.
        headers.add(name: "Accept-Encoding", value: "identity")
        if let token = try await currentToken() { headers.add(name: "Authorization", value: "Bearer \(token)") }
        return PlainFileRequest(url: url, headers: headers, expected: expected, size: file.size, name: file.path)
    }
}

internal import HubWire
internal import NIOHTTP1
internal import Transport
internal import Xet

/// What a hub says about one file without sending it (hub-api §1.3).
public struct FileMetadata: Sendable, Hashable {
    /// The path inside the repository.
    public var path: String
    /// The commit that the revision stands for, 40 hex digits.
    public var commit: String
    /// The name of the content: git's blob id (40 hex digits), or the SHA-256 of a large file (64).
    public var etag: String
    /// Bytes.
    public var size: UInt64
    /// The hash that the file has in the Xet storage, 64 hex digits; nil for a file that is not stored there.
    public var xetHash: String?

    package init(path: String, commit: String, etag: String, size: UInt64, xetHash: String?) {
        self.path = path
        self.commit = commit
        self.etag = etag
        self.size = size
        self.xetHash = xetHash
    }
}

extension Hub {
    /// Asks for the facts of one file: one request, no content.
    /// - Throws: ``HubError``; `entry_not_found` for a file that the revision does not have, `not_a_hub` when the reply
    ///   lacks what hubs say.
    public func metadata(of path: String, in repo: RepoReference) async throws -> FileMetadata {
        try RepoReference.validate(revision: repo.effectiveRevision)
        let home = "\(pageURL(repo))/resolve/\(repo.revisionSegment)/\(PercentEncoding.encode(path: path))"
        var url = home
        for _ in 0..<20 {
            let reply = try await exchange(
                HubRequest(
                    method: .HEAD, target: url, headers: ["Accept-Encoding": "identity"], patience: .brief,
                    followsRedirects: false, subject: subject(repo, path: path)))
            if (300..<400).contains(reply.status), let location = reply.headers.first(name: "Location"),
                let next = Origin.resolve(location: location, against: url), Origin(next) == Origin(home)
            {
                // A renamed repository. A redirect to another origin is the file's store: its facts are in this reply.
                url = next
                continue
            }
            guard (200..<400).contains(reply.status) else {
                throw HubError(reply, subject: subject(repo, path: path))
            }
            return try FileMetadata(reply, path: path)
        }
        throw HubError(.notAHub, "\(settings.endpoint) redirects without end", hint: "check the endpoint")
    }
}

extension FileMetadata {
    fileprivate init(_ reply: HubReply, path: String) throws(HubError) {
        func value(_ name: String) -> String? { reply.headers.first(name: name) }
        let length = (300..<400).contains(reply.status) ? nil : value("Content-Length")
        guard let commit = value(HubHeader.repoCommit), RepoReference.isCommit(commit),
            let etag = (value(HubHeader.linkedETag) ?? value("ETag")).map(FileMetadata.normalized(etag:)),
            Hex.isLowercase(etag, count: 40) || Hex.isLowercase(etag, count: 64),
            let size = (value(HubHeader.linkedSize) ?? length).flatMap({ UInt64($0) })
        else {
            throw HubError(
                .notAHub, "\(Origin(reply.url)?.description ?? reply.url) does not say what '\(path)' is",
                hint: "check the endpoint: it must be the base URL of a Hugging Face hub or of a Shoal hub",
                status: reply.status)
        }
        self.init(
            path: path, commit: commit, etag: etag, size: size,
            xetHash: value(HubHeader.xetHash).flatMap { FileHash($0) == nil ? nil : $0 })
    }

    private static func normalized(etag: String) -> String {
        var text = etag[...]
        if text.hasPrefix("W/") { text = text.dropFirst(2) }
        return text.filter { $0 != "\"" }
    }
}

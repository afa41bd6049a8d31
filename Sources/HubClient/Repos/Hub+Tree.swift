public import HubWire
internal import NIOCore
internal import NIOHTTP1
internal import Transport

extension Hub {
    /// Most entries of one listing; more means a hub that never stops sending pages.
    static let maximumTreeEntries = 2_000_000
    private static let maximumTreePages = 40_000

    /// Lists the files and folders of a repository at its revision, all pages.
    /// - Parameters:
    ///   - path: a folder of the repository; nil lists from the root.
    ///   - recursive: whether sub-folders are opened too.
    /// - Throws: ``HubError``; `entry_not_found` for a folder that does not exist.
    public func tree(_ repo: RepoReference, path: String? = nil, recursive: Bool) async throws -> [TreeEntry] {
        try await tree(repo, path: path, recursive: recursive) { _ in false }
    }

    /// Lists page by page until one has what is wanted.
    /// - Parameter isEnough: told the entries of each page; true asks for no more.
    func tree(
        _ repo: RepoReference, path: String? = nil, recursive: Bool, until isEnough: ([TreeEntry]) -> Bool
    ) async throws -> [TreeEntry] {
        var target = "\(repo.apiPath)/tree/\(repo.revisionSegment)"
        if let path, !path.isEmpty { target += "/" + PercentEncoding.encode(path: path) }
        target += "?recursive=\(recursive)&expand=false"
        var entries: [TreeEntry] = []
        var seen = Set<String>()
        // Whoever lists a commit has heard from the hub already; a branch is listed first thing.
        var patience = RepoReference.isCommit(repo.effectiveRevision) ? HubRequest.Patience.full : .brief
        while seen.insert(target).inserted {
            let reply = try await send(
                HubRequest(
                    target: target, headers: [HubHeader.downloadCounter: "1"], patience: patience,
                    maximumReplyBytes: 64 << 20, subject: subject(repo, path: path)))
            patience = .full
            let page = try reply.decoded([TreeEntry].self)
            entries += page
            if isEnough(page) { return entries }
            guard entries.count <= Hub.maximumTreeEntries, seen.count <= Hub.maximumTreePages else {
                throw HubError(.notAHub, "The listing of \(repo.id) has more than \(Hub.maximumTreeEntries) entries.")
            }
            guard let next = LinkHeader.next(reply.headers) else { return entries }
            guard let url = Origin.resolve(location: next, against: reply.url) else {
                throw HubError(.notAHub, "The listing of \(repo.id) goes on at an address that cannot be used.")
            }
            target = ownAddress(of: url)
        }
        throw HubError(.notAHub, "The listing of \(repo.id) never ends: a page leads back to an earlier one.")
    }
}

extension Hub {
    private static let pathsAtOnce = 1000

    /// What a repository has at some paths, at its revision; there is no entry for a path that is not there (hub-api
    /// §1.4).
    func pathsInfo(_ paths: [String], of repo: RepoReference) async throws -> [TreeEntry] {
        var entries: [TreeEntry] = []
        var start = 0
        while start < paths.count {
            let end = min(start + Self.pathsAtOnce, paths.count)
            let fields = paths[start..<end].map { "paths=" + PercentEncoding.encode(segment: $0) } + ["expand=false"]
            let reply = try await send(
                HubRequest(
                    method: .POST, target: "\(repo.apiPath)/paths-info/\(repo.revisionSegment)",
                    headers: ["Content-Type": "application/x-www-form-urlencoded"],
                    body: .bytes(ByteBuffer(string: fields.joined(separator: "&"))), patience: .little,
                    maximumReplyBytes: 16 << 20,
                    subject: subject(repo)))
            entries += try reply.decoded([TreeEntry].self)
            start = end
        }
        return entries
    }
}

/// The `Link` header of paged replies (RFC 8288).
enum LinkHeader {
    /// The target of the link whose relation is `next`.
    static func next(_ headers: HTTPHeaders) -> String? {
        for value in headers["Link"] {
            // Commas may stand inside the angle brackets, so the brackets are looked for, not the commas.
            var rest = value[...]
            while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
                let target = rest[rest.index(after: open)..<close]
                rest = rest[rest.index(after: close)...]
                let parameters = rest.prefix { $0 != "<" }
                let isNext = parameters.split(whereSeparator: { $0 == ";" || $0 == "," }).contains { parameter in
                    let compact = parameter.filter { $0 != " " && $0 != "\"" }.lowercased()
                    return compact == "rel=next"
                }
                if isNext { return String(target) }
            }
        }
        return nil
    }
}

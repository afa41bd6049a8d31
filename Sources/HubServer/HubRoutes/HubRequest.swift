import Foundation
import GRDB
import HTTPTypes
import HubWire
import Hummingbird
import NIOCore

/// A request to the Hub's API, with its caller known.
struct HubRequest: Sendable {
    let request: Request
    let caller: Caller
    /// The base of absolute URLs, without a final slash.
    let baseURL: String
    let query: FormQuery

    /// Largest JSON or form body that a route takes, in bytes.
    static let maximumBody = 8 << 20

    /// HEAD asks for what GET would answer.
    var isRead: Bool { request.method == .get || request.method == .head }

    /// Clients mark the requests that a download begins with; later ones name the commit and say so no more.
    var countsAsDownload: Bool {
        HTTPField.Name(HubHeader.downloadCounter).map { request.headers[$0] != nil } ?? false
    }

    func json<Body: Decodable>(_ type: Body.Type) async throws -> Body {
        let body = try await request.body.collect(upTo: Self.maximumBody)
        return try Self.decode(type, body)
    }

    /// The body of a route that also takes none.
    func optionalJSON<Body: Decodable>(_ type: Body.Type) async throws -> Body? {
        let body = try await request.body.collect(upTo: Self.maximumBody)
        guard body.readableBytesView.contains(where: { $0 > 0x20 }) else { return nil }
        return try Self.decode(type, body)
    }

    private static func decode<Body: Decodable>(_ type: Body.Type, _ body: ByteBuffer) throws(HubFailure) -> Body {
        do {
            return try JSONDecoder().decode(type, from: Data(body.readableBytesView))
        } catch {
            throw .badRequest("The request body is not the JSON that this route takes")
        }
    }

    /// The repository of a route, when the caller may see it; its absence and its privacy look the same.
    func repo(_ type: RepoType, _ name: RepoName, in db: Database) throws -> Repo {
        if let repo = try Repo.find(type, namespace: name.namespace, name: name.name, in: db) {
            guard caller.canRead(repo) else { throw HubFailure.repoNotFound(for: caller) }
            guard !repo.isDisabled else { throw HubFailure.disabled }
            return repo
        }
        guard let moved = try Repo.find(formerly: type, namespace: name.namespace, name: name.name, in: db),
            caller.canRead(moved)
        else { throw HubFailure.repoNotFound(for: caller) }
        throw HubFailure.moved(to: location(of: moved, calledBefore: name))
    }

    /// The repository of a route that hands out its files, when the caller may have those.
    func contentRepo(_ type: RepoType, _ name: RepoName, in db: Database) throws -> Repo {
        let repo = try repo(type, name, in: db)
        try GateKeeper.check(caller, at: repo, baseURL: baseURL, in: db)
        return repo
    }

    /// The repository of a route that changes it.
    func writableRepo(_ type: RepoType, _ name: RepoName, in db: Database) throws -> Repo {
        let repo = try repo(type, name, in: db)
        _ = try user("Log in with a token that may write to \(repo.fullName)")
        guard caller.canWrite(repo) else {
            throw HubFailure(
                .forbidden, "The token of \(caller.name ?? "this user") may not write to \(repo.fullName)")
        }
        return repo
    }

    /// The user who calls.
    func user(_ demand: String = "Log in with a token: none was sent") throws(HubFailure) -> Caller.User {
        guard let user = caller.user else { throw HubFailure(.unauthorized, demand) }
        return user
    }

    /// This request's own path and query under a repository's present name, relative to the host.
    private func location(of repo: Repo, calledBefore old: RepoName) -> String {
        let target = request.head.path ?? ""
        let end = target.firstIndex(of: "?") ?? target.endIndex
        var segments = target[..<end].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let isOld = { (index: Int) in
            let (first, second) = (PercentEncoding.decode(segments[index]), PercentEncoding.decode(segments[index + 1]))
            return first == old.namespace && (second == old.name || second == old.name + ".git")
        }
        if let index = segments.indices.dropLast().first(where: isOld) {
            let isGit = PercentEncoding.decode(segments[index + 1]) != old.name
            segments[index] = repo.namespace
            segments[index + 1] = repo.name + (isGit ? ".git" : "")
        }
        return BaseURL.path(of: baseURL) + segments.joined(separator: "/") + target[end...]
    }

    /// The commit of a revision in a route's path.
    func commit(_ revision: String, _ store: GitStore) throws -> StoredCommit {
        guard let commit = try store.resolve(revision) else { throw HubFailure.revisionNotFound(revision) }
        return commit
    }
}

/// The namespace and name in a route's path, decoded; whether such a repository can exist is another question.
struct RepoName: Sendable {
    var namespace: String
    var name: String

    init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    init(_ namespace: Substring, _ name: Substring) throws(HubFailure) {
        self.namespace = try PathSegment.decode(namespace)
        self.name = try PathSegment.decode(name)
    }
}

enum PathSegment {
    static func decode(_ raw: Substring) throws(HubFailure) -> String {
        guard let text = PercentEncoding.decode(raw) else { throw .badRequest("The URL has a malformed escape") }
        return text
    }
}

extension Response {
    /// A JSON reply.
    static func json(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        var headers = headers
        headers[.contentType] = "application/json; charset=utf-8"
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(value))))
    }
}

/// Times as the Hub writes them.
enum HubDate {
    static func text(milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    static func text(seconds: Int64) -> String { text(milliseconds: seconds * 1000) }

    static var nowInMilliseconds: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
}

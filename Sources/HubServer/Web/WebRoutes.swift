import Foundation
import HTTPTypes
import HubWire
import Hummingbird
import Logging
import NIOCore

/// The hub's pages for people, at the same addresses that huggingface.co has them.
///
/// They work without scripts, and nothing on them is ever run: see ``Page/policy``.
struct WebRoutes: Sendable {
    let services: ServerServices

    /// Where a path leads.
    private enum Place {
        case asset(String)
        case list(RepoType?)
        case signIn, signOut
        case namespace(String)
        case repo(RepoType, RepoName, [String])
    }

    private static let repoPages: Set<String> = ["tree", "blob", "commits", "commit", "discussions", "ask-access"]

    /// Answers a request for a page; nil when the path, given as its raw segments, belongs to another part of the hub.
    func respond(to request: Request, segments: [Substring]) async throws -> Response? {
        guard let place = try place(segments) else { return nil }
        let isRead = request.method == .get || request.method == .head
        if case .asset(let name) = place {
            guard isRead else { throw HubFailure.methodNotAllowed("GET, HEAD") }
            return try Assets.response(name, request)
        }
        let page = try await webRequest(request)
        switch place {
        case .signIn, .signOut, .repo(_, _, ["ask-access"]): break
        default: guard isRead else { throw HubFailure.methodNotAllowed("GET, HEAD") }
        }
        do {
            return try await answer(place, page)
        } catch let redirect as WebRedirect {
            return Response(status: .found, headers: [.location: redirect.location])
        } catch let failure as HubFailure {
            return ErrorPage(failure: failure).response(page, services)
        } catch let error as any HTTPResponseError {
            let failure = HubFailure(error.status, "The request cannot be read: \(error.status.reasonPhrase)")
            return ErrorPage(failure: failure).response(page, services)
        } catch is NIOTooManyBytesError {
            return ErrorPage(failure: .tooLarge("The form is too large")).response(page, services)
        } catch let error as CancellationError {
            throw error
        } catch {
            services.logger.error("page failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            let failure = HubFailure(.internalServerError, "The hub failed to make this page; its log has the cause")
            return ErrorPage(failure: failure).response(page, services)
        }
    }

    private func place(_ segments: [Substring]) throws(HubFailure) -> Place? {
        guard let first = segments.first else { return .list(nil) }
        var path: [String] = []
        for segment in segments { path.append(try PathSegment.decode(segment)) }
        if path.count == 1 {
            if let type = RepoType(plural: first) { return .list(type) }
            switch path[0] {
            case "login": return .signIn
            case "logout": return .signOut
            default: return ReservedNames.contains(path[0]) || path[0].isEmpty ? nil : .namespace(path[0])
            }
        }
        if path[0] == "assets", path.count == 2 { return .asset(path[1]) }
        let type = RepoType(plural: path[0])
        if type != nil { path.removeFirst() }
        guard path.count >= 2, type != nil || !ReservedNames.contains(path[0]), !path[1].hasSuffix(".git") else {
            return nil
        }
        let rest = Array(path.dropFirst(2))
        guard rest.isEmpty || Self.repoPages.contains(rest[0]) else { return nil }
        let offset = type == nil ? 0 : 1
        return .repo(type ?? .model, try RepoName(segments[offset], segments[offset + 1]), rest)
    }

    /// A bad token in a header fails here as everywhere; a session that has ended is just no session.
    private func webRequest(_ request: Request) async throws -> WebRequest {
        let target = request.head.path ?? "/"
        let query = target.firstIndex(of: "?").map { target[target.index(after: $0)...] } ?? ""
        var caller = Caller.anonymous
        var session: WebSession?
        if let header = request.headers[.authorization] {
            let words = header.split(separator: " ")
            guard words.count == 2, words[0].lowercased() == "bearer",
                let user = try await services.database.user(presenting: AccessToken(String(words[1])))
            else { throw HubFailure.badToken }
            caller = .user(user)
        } else if let found = WebSession.of(request, secrets: services.secrets),
            let user = try await services.database.user(presenting: found.token)
        {
            caller = .user(user)
            session = found
        }
        if let user = caller.user { RequestScope.current?.identified(user) }
        let hub = HubRequest(
            request: request, caller: caller, baseURL: try BaseURL.of(request, services.configuration),
            query: FormQuery(query))
        return WebRequest(hub: hub, session: session, target: target)
    }

    private func answer(_ place: Place, _ request: WebRequest) async throws -> Response {
        switch place {
        case .asset: throw HubFailure.notFound
        case .list(let type): return try await RepoListPages(services: services).all(request, type: type)
        case .signIn: return try await SignInRoutes(services: services).signIn(request)
        case .signOut: return try await SignInRoutes(services: services).signOut(request)
        case .namespace(let name): return try await RepoListPages(services: services).namespace(request, name)
        case .repo(let type, let name, let rest):
            let pages = RepoPages(services: services, request: request, type: type, name: name)
            return try await self.page(pages, rest)
        }
    }

    private func page(_ pages: RepoPages, _ rest: [String]) async throws -> Response {
        let path = rest.dropFirst(2).joined(separator: "/")
        switch (rest.first, rest.count) {
        case (nil, _): return try await pages.card()
        case ("tree", 1): return try await pages.tree("main", "")
        case ("tree", 2...): return try await pages.tree(rest[1], path)
        case ("blob", 3...): return try await pages.blob(rest[1], path)
        case ("commits", 1): return try await pages.commits("main")
        case ("commits", 2): return try await pages.commits(rest[1])
        case ("commit", 2): return try await pages.commit(rest[1])
        case ("ask-access", 1): return try await pages.askForAccess()
        case ("discussions", 1): return try await pages.discussions()
        case ("discussions", 2): return try await pages.discussion(rest[1])
        default: throw HubFailure.notFound
        }
    }
}

extension WebRoutes {
    /// A browser fetches files with its session, for a link cannot carry a token. Only reading them; the API knows
    /// nothing of sessions.
    static func withSession(_ request: Request, _ segments: [Substring], secrets: ServerSecrets) -> Request {
        let isRead = request.method == .get || request.method == .head
        let names = segments.first.flatMap { RepoType(plural: $0) } == nil ? segments : Array(segments.dropFirst())
        guard isRead, names.count >= 5, names[2] == "resolve", request.headers[.authorization] == nil,
            let session = WebSession.of(request, secrets: secrets)
        else { return request }
        var head = request.head
        head.headerFields[.authorization] = "Bearer \(session.token.text)"
        return Request(head: head, body: request.body)
    }
}

import HTTPTypes
import Hummingbird

/// `/login` and `/logout`.
struct SignInRoutes: Sendable {
    let services: ServerServices

    private var guardian: FormGuard { FormGuard(secrets: services.secrets) }

    func signIn(_ request: WebRequest) async throws -> Response {
        switch request.hub.request.method {
        case .get, .head:
            return form(request, next: Self.local(request.query["next"]), problem: nil)
        case .post:
            let fields = try await FormGuard.fields(of: request.hub.request)
            let next = Self.local(fields["next"])
            let binding = WebCookie.value(FormGuard.cookie, of: request.hub.request)
            guard FormGuard.isSameSite(request.hub.request), guardian.isValid(fields[FormGuard.field], for: binding)
            else {
                return form(
                    request, next: next, problem: "The form was too old or came from elsewhere. Please try again.",
                    status: .forbidden)
            }
            let token = AccessToken((fields["token"] ?? "").filter { !$0.isWhitespace })
            guard !token.text.isEmpty, token.text.utf8.count <= 512,
                let user = try await services.database.user(presenting: token)
            else {
                return form(
                    request, next: next, problem: "This hub does not know that token.", status: .unauthorized)
            }
            RequestScope.current?.identified(user)
            let session = try WebSession(token: token, secrets: services.secrets)
            return redirect(
                to: next,
                cookies: [
                    WebCookie.set(
                        WebSession.cookie, to: session.sealed, seconds: WebSession.lifetime,
                        isSecure: isSecure(request)),
                    WebCookie.set(FormGuard.cookie, to: "", seconds: 0, isSecure: isSecure(request)),
                ])
        default: throw HubFailure.methodNotAllowed("GET, HEAD, POST")
        }
    }

    func signOut(_ request: WebRequest) async throws -> Response {
        guard request.hub.request.method == .post else { throw HubFailure.methodNotAllowed("POST") }
        let fields = try await FormGuard.fields(of: request.hub.request)
        guard FormGuard.isSameSite(request.hub.request),
            guardian.isValid(fields[FormGuard.field], for: request.session?.sealed)
        else { throw HubFailure(.forbidden, "The form was too old or came from elsewhere. Please try again.") }
        return redirect(
            to: "/",
            cookies: [WebCookie.set(WebSession.cookie, to: "", seconds: 0, isSecure: isSecure(request))])
    }

    private func form(
        _ request: WebRequest, next: String, problem: String?, status: HTTPResponse.Status = .ok
    ) -> Response {
        let binding =
            WebCookie.value(FormGuard.cookie, of: request.hub.request).flatMap { $0.isEmpty ? nil : $0 }
            ?? FormGuard.random()
        let content: HTML = """
            <section class="card narrow">
            <h1>Sign in</h1>
            \(problem.map { "<p class=\"problem\" role=\"alert\">\($0)</p>" as HTML })
            <form method="post" action="/login">
            <input type="hidden" name="csrf" value="\(guardian.token(for: binding))">
            <input type="hidden" name="next" value="\(next)">
            <label for="token">Access token</label>
            <input id="token" name="token" type="password" autocomplete="current-password" spellcheck="false"
             placeholder="hf_…" required autofocus>
            <button class="primary" type="submit">Sign in</button>
            </form>
            <p class="quiet">Whoever runs this hub makes tokens with</p>
            <pre class="line"><code>shoal hub token add --data DIR --user NAME --role read</code></pre>
            </section>
            """
        var response = Page(title: "Sign in", content: content).response(request, services, status: status)
        response.headers.append(
            HTTPField(
                name: .setCookie,
                value: WebCookie.set(
                    FormGuard.cookie, to: binding, seconds: FormGuard.lifetime, isSecure: isSecure(request))))
        return response
    }

    private func redirect(to path: String, cookies: [String]) -> Response {
        var headers: HTTPFields = [.location: path, .cacheControl: "no-store"]
        for cookie in cookies { headers.append(HTTPField(name: .setCookie, value: cookie)) }
        return Response(status: .seeOther, headers: headers)
    }

    private func isSecure(_ request: WebRequest) -> Bool { request.hub.baseURL.hasPrefix("https://") }

    /// A path of this hub, whatever was asked for: never another host.
    static func local(_ text: String?) -> String {
        guard let text, text.hasPrefix("/"), !text.hasPrefix("//"), text.utf8.count <= 2048,
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\\") })
        else { return "/" }
        return text
    }
}

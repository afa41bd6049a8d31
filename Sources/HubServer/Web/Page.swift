import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// One page: its content in the frame that all pages share.
struct Page: Sendable {
    var title: String
    var content: HTML
    /// What the search field of the header holds.
    var search = ""

    /// Everything comes from this hub, and nothing is ever run.
    static let policy =
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        + "frame-ancestors 'none'"

    func response(_ request: WebRequest, _ services: ServerServices, status: HTTPResponse.Status = .ok) -> Response {
        let markup = frame(request, services).markup
        return Response(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8", .contentSecurityPolicy: Self.policy,
                .xContentTypeOptions: "nosniff", .referrerPolicy: "same-origin", .frameOptions: "DENY",
                .cacheControl: "private, no-cache", .vary: "Cookie, Authorization",
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: markup)))
    }

    private func frame(_ request: WebRequest, _ services: ServerServices) -> HTML {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(title) · Shoal</title>
        <link rel="icon" href="\(Assets.iconPath)" type="image/svg+xml">
        <link rel="stylesheet" href="\(Assets.stylesheetPath)">
        </head>
        <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header class="top"><div class="wide">
        <a class="brand" href="/">\(Assets.mark)<span>Shoal</span></a>
        <nav aria-label="Repositories"><a href="/models">Models</a><a href="/datasets">Datasets</a>\
        <a href="/spaces">Spaces</a></nav>
        <form class="search" action="/" role="search">
        <input name="search" type="search" value="\(search)" placeholder="Search repositories" aria-label="Search repositories">
        </form>
        \(account(request, services))
        </div></header>
        <main id="content" class="wide">
        \(content)
        </main>
        <footer class="wide quiet">Shoal hub · models over the Xet protocol, verified byte by byte</footer>
        </body>
        </html>

        """
    }

    private func account(_ request: WebRequest, _ services: ServerServices) -> HTML {
        guard let name = request.caller.name else {
            let next = PageLinksEncoding.query(request.target)
            return "<a class=\"button\" href=\"/login?next=\(next)\" rel=\"nofollow\">Sign in</a>"
        }
        let me: HTML = "<a class=\"me\" href=\"/\(PageLinksEncoding.segment(name))\"><bdi>\(name)</bdi></a>"
        guard let session = request.session else { return me }
        let token = FormGuard(secrets: services.secrets).token(for: session.sealed)
        return """
            \(me)<form class="inline" method="post" action="/logout"><input type="hidden" name="csrf" \
            value="\(token)"><button type="submit">Sign out</button></form>
            """
    }
}

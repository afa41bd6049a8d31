import HubWire
import Hummingbird

/// What a browser sees instead of a page. The words are those of the API, so they tell no more.
struct ErrorPage: Sendable {
    var failure: HubFailure

    func response(_ request: WebRequest, _ services: ServerServices) -> Response {
        let next = PageLinksEncoding.query(request.target)
        let mayHelp = failure.status == .unauthorized || failure.status == .forbidden || failure.status == .notFound
        let offer: HTML? =
            request.caller == .anonymous && mayHelp
            ? "<p><a class=\"button primary\" rel=\"nofollow\" href=\"/login?next=\(next)\">Sign in</a></p>" : nil
        let content: HTML = """
            <section class="card narrow error"><p class="status">\(failure.status.code)</p>
            <h1>\(failure.message)</h1>\(offer)<p><a href="/">All repositories</a></p></section>
            """
        var response = Page(title: failure.status.reasonPhrase, content: content)
            .response(request, services, status: failure.status)
        response.headers.append(contentsOf: failure.headers)
        if let code = failure.code { response.headers[.hubErrorCode] = code.rawValue }
        return response
    }
}

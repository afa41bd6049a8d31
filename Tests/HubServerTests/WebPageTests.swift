import Foundation
import GRDB
import HTTPTypes
import HubWire
import HummingbirdTesting
import NIOCore
import Testing

@testable import HubServer

@Suite("Web pages", .timeLimit(.minutes(1)))
struct WebPageTests {
    /// Checks what every page must have, and returns it.
    private func page(_ hub: HubTestClient, _ path: String, as user: String? = nil, status: Int = 200) async throws
        -> String
    {
        let reply = try await hub.get(path, as: user)
        try #require(Int(reply.status.code) == status, "\(path): \(reply.status.code)\n\(reply.text.prefix(2000))")
        #expect(reply.header("content-type") == "text/html; charset=utf-8")
        let policy = try #require(reply.header("content-security-policy"))
        #expect(policy.hasPrefix("default-src 'none'; style-src 'self'; img-src 'self';"))
        #expect(!policy.contains("unsafe") && !policy.contains("script-src"))
        #expect(reply.header("x-content-type-options") == "nosniff" && reply.header("x-frame-options") == "DENY")
        let text = reply.text
        #expect(!text.lowercased().contains("<script"), "\(path)")
        // Raw quotes stand around attributes only.
        let bare = text.replacing(/"[^"]*"/, with: "\"\"")
        #expect(bare.firstMatch(of: /<[^>]*\s(on[a-z]+|style)=/.ignoresCase()) == nil, "\(path)")
        #expect(text.firstMatch(of: /(href|src|action)="(javascript|data|vbscript):/.ignoresCase()) == nil, "\(path)")
        return text
    }

    private let hostile = """
        ---
        license: "<script>alert(1)</script>"
        tags: [a, "<img src=x onerror=alert(1)>", b]
        ---
        # Title <script>alert(1)</script>

        <img src=x onerror="alert(1)"> <b onclick=alert(1)>b</b>

        [one](javascript:alert(1)) [two](JaVaScRiPt:alert(1)) [three](data:text/html,x) [four](vbscript:x)
        [five](java&#115;cript:alert(1)) [six](  javascript:alert(1)) [seven](//evil.example/x) [eight](\\\\evil.example)
        ![pix](https://evil.example/pixel.png) ![data](data:image/png;base64,AAAA) ![up](../../../etc/passwd)
        [![badge](https://evil.example/badge.svg)](https://evil.example/)
        ]]> <!-- <script>alert(2)</script> --> <svg/onload=alert(3)>

        | a | b |
        |---|---|
        | "quoted" | <i>x</i> |

        - [x] done
        - [ ] open

        ~~gone~~ https://example.org/auto [file](docs/a%20b.md) ![pic](img/p.png) [top](#title) [abs](/alice)
        """

    @Test("a repository's README is shown safely")
    func readme() async throws {
        let fixture = try HubFixture()
        try await fixture.run { hub in
            try await hub.create("model")
            _ = try await hub.commit("alice/model", [HubTestClient.file("README.md", hostile)])
            let text = try await page(hub, "/alice/model")
            #expect(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "the licence is escaped")
            for word in ["onclick", "<b ", "<svg/"] { #expect(!text.contains(word), "\(word)") }
            // Images of other hosts are links; those of this repository are images.
            #expect(text.contains(#"<a href="https://evil.example/pixel.png""#))
            #expect(!text.contains(#"<img src="http"#) && !text.contains(#"<img src="data"#))
            #expect(text.contains(#"<img src="/alice/model/resolve/main/img/p.png" alt="pic""#))
            #expect(!text.contains("etc/passwd\" alt"))
            #expect(text.contains(#"href="/alice/model/blob/main/docs/a%20b.md""#))
            #expect(text.contains(##"href="#readme-title""##) && text.contains("<td>&quot;quoted&quot;</td>"))
            #expect(text.contains("<del>gone</del>") && text.contains(#"type="checkbox""#))
            #expect(text.contains(#"<a href="https://example.org/auto">"#))
            #expect(!text.contains("license:"), "the front matter is cut off")
        }
    }

    @Test("Markdown that asks for too much is bounded")
    func boundedMarkdown() throws {
        let scratch = MarkdownRenderer(links: try sampleLinks(), revision: "main", folder: "")
        let start = ContinuousClock.now
        let columns = String(repeating: "|a", count: 40_000)
        let texts = [
            String(repeating: ">", count: 200_000), String(repeating: "[", count: 200_000),
            String(repeating: "![", count: 100_000), String(repeating: "*a_ ", count: 50_000),
            String(repeating: "a@", count: 100_000), String(repeating: "<a ", count: 60_000),
            columns + "\n" + columns.replacingOccurrences(of: "a", with: "-") + "\n"
                + String(repeating: "|b\n", count: 30_000),
            (0..<400).map { String(repeating: "  ", count: $0) + "* a\n" }.joined(),
        ]
        for text in texts { #expect(scratch.render(text) != nil) }
        #expect(ContinuousClock.now - start < .seconds(20))
        #expect(scratch.render(String(repeating: "a", count: MarkdownRenderer.maximumLength + 1)) == nil)
    }

    private func sampleLinks() throws -> PageLinks {
        let fixture = try HubFixture()
        let repo = try fixture.server.services.database.pool.write { db in
            try Repo.create(
                RepoDraft(type: .model, namespace: "alice", name: "model", creator: "alice", now: 0), in: db)
        }
        return PageLinks(try #require(repo))
    }

    @Test("links of a README lead where they should")
    func links() async throws {
        let links = try sampleLinks()
        let renderer = MarkdownRenderer(links: links, revision: "refs/pr/1", folder: "docs")
        let cases: [(String, String?, String?)] = [
            ("x.md", "/alice/model/blob/refs%2Fpr%2F1/docs/x.md", "/alice/model/resolve/refs%2Fpr%2F1/docs/x.md"),
            ("../x y", "/alice/model/blob/refs%2Fpr%2F1/x%20y", "/alice/model/resolve/refs%2Fpr%2F1/x%20y"),
            ("../../x", "/alice/model/tree/refs%2Fpr%2F1", nil), ("javascript:x", nil, nil),
            ("JAVASCRIPT:x", nil, nil), ("data:image/png;base64,x", nil, nil), ("//evil/x", nil, nil),
            ("https://a/b", "https://a/b", nil), ("mailto:a@b", "mailto:a@b", nil), ("/alice", "/alice", nil),
            (
                "x\" onerror=\"y", "/alice/model/blob/refs%2Fpr%2F1/docs/x%22%20onerror%3D%22y",
                "/alice/model/resolve/refs%2Fpr%2F1/docs/x%22%20onerror%3D%22y"
            ),
            ("blob:https://x", nil, nil), ("file:///etc/passwd", nil, nil),
        ]
        for (url, link, image) in cases {
            #expect(renderer.target(of: url, isImage: false) == link, "\(url)")
            #expect(renderer.target(of: url, isImage: true) == image, "\(url)")
        }
    }

    @Test("names with quotes, markup and marks of direction stay names")
    func names() async throws {
        let fixture = try HubFixture()
        let names = [
            "a\"b'c<d>&e.txt", "<script>alert(1)<", "x onerror=alert(1).txt", "gnp.\u{202E}exe.txt", "ü ö/日本.txt",
            "a?b#c%20d.txt", "]]>.txt", "{{x}}.txt",
        ]
        try await fixture.run { hub in
            try await hub.create("model")
            _ = try await hub.commit(
                "alice/model", names.map { HubTestClient.file($0, "content of a file\n<script>x</script>\n") })
            let tree = try await page(hub, "/alice/model/tree/main")
            #expect(tree.contains("a&quot;b&#39;c&lt;d&gt;&amp;e.txt") && !tree.contains("\u{202E}"))
            // Every link of the page leads somewhere.
            let targets = Set(tree.matches(of: /href="(\/alice\/model[^"]*)"/).map { String($0.output.1) })
            #expect(targets.count > names.count)
            for target in targets {
                let path = target.replacing("&amp;", with: "&")
                #expect(try await hub.get(path).status.code < 400, "\(path)")
            }
            let blob = try await page(hub, "/alice/model/blob/main/a%22b%27c%3Cd%3E%26e.txt")
            #expect(blob.contains("&lt;script&gt;x&lt;/script&gt;"))
            _ = try await page(hub, "/alice/model/commits/main")
            let commit = try #require(tree.firstMatch(of: /\/alice\/model\/commit\/([0-9a-f]{40})/)).output.1
            let change = try await page(hub, "/alice/model/commit/\(commit)")
            #expect(change.contains("<ins>+&lt;script&gt;x&lt;/script&gt;"))
        }
    }

    @Test("a search is escaped, and finds by parts of names")
    func search() async throws {
        let fixture = try HubFixture()
        try await fixture.run { hub in
            for name in ["llama-small", "llama-large", "bert"] { try await hub.create(name) }
            try await hub.create("llama-secret", isPrivate: true)
            let found = try await page(hub, "/?search=LLAMA%20a")
            #expect(found.contains("llama-small") && !found.contains("bert") && !found.contains("secret"))
            #expect(try await page(hub, "/?search=llama", as: "alice").contains("llama-secret"))
            #expect(!(try await page(hub, "/?search=llama", as: "bob").contains("llama-secret")))
            let odd = try await page(hub, "/?search=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E&p=99999999999")
            #expect(odd.contains("&quot;&gt;&lt;script&gt;"))
            #expect(try await page(hub, "/models").contains("bert"))
            #expect(!(try await page(hub, "/datasets").contains("bert")))
            #expect(try await page(hub, "/alice").contains("bert"))
        }
    }

    @Test("long lists have pages")
    func paging() async throws {
        let fixture = try HubFixture()
        try await fixture.run { hub in
            for number in 0..<35 { try await hub.create("m\(number)") }
            let first = try await page(hub, "/")
            let next = try #require(first.firstMatch(of: /rel="next" href="(\/\?after=[^"]+)"/)).output.1
            let second = try await page(hub, String(next))
            #expect(first.matches(of: /class="repo"/).count == 30 && second.matches(of: /class="repo"/).count == 5)
            #expect(second.contains(#"rel="prev" href="/""#) && !second.contains(#"rel="next""#))
        }
    }

    @Test("what may not be seen looks like what is not there")
    func noOracle() async throws {
        let fixture = try HubFixture()
        try await fixture.run { hub in
            try await hub.create("secret", isPrivate: true)
            _ = try await hub.commit("alice/secret", [HubTestClient.file("a.txt", "a")])
            for tail in ["", "/tree/main", "/blob/main/a.txt", "/commits/main", "/discussions", "/tree/nope"] {
                for user in [nil, "bob"] as [String?] {
                    let status = user == nil ? 401 : 404
                    let hidden = try await page(hub, "/alice/secret" + tail, as: user, status: status)
                    let missing = try await page(hub, "/alice/absent" + tail, as: user, status: status)
                    #expect(hidden.replacing("secret", with: "absent") == missing)
                }
            }
            let hidden = try await page(hub, "/alice", status: 404)
            let missing = try await page(hub, "/nobody", status: 404)
            #expect(hidden.replacing("alice", with: "nobody") == missing)
            _ = try await page(hub, "/alice/secret/blob/main/a.txt", as: "alice")
            _ = try await page(hub, "/alice/secret/blob/main/b.txt", as: "alice", status: 404)
            _ = try await page(hub, "/alice/secret/tree/nope", as: "alice", status: 404)
        }
    }

    @Test("the files of a gated repository are for whom it lets in; its card and its lists are for all")
    func gated() async throws {
        let fixture = try HubFixture()
        let session = try WebSession(
            token: AccessToken(try #require(fixture.tokens["bob"])), secrets: fixture.server.services.secrets)
        try await direct(fixture) { hub in
            try await hub.create("guarded")
            _ = try await hub.commit(
                "alice/guarded",
                [HubTestClient.file("README.md", "open words"), HubTestClient.file("d/README.md", "closed words")])
            let settings = try await hub.send(
                .put, "/api/models/alice/guarded/settings", as: "alice", body: #"{"gated":"manual"}"#)
            try #require(settings.status == .ok, "\(settings.text)")
            let tree = try await page(hub, "/alice/guarded/tree/main/d", as: "bob")
            #expect(tree.contains("README.md") && !tree.contains("closed words"))
            let commit = try #require(tree.firstMatch(of: /\/commit\/[0-9a-f]{40}/)).output
            for tail in ["/blob/main/README.md", "/blob/main/d/README.md", "\(commit)"] {
                let refused = try await page(hub, "/alice/guarded" + tail, as: "bob", status: 403)
                let unknown = try await page(hub, "/alice/guarded" + tail, status: 401)
                #expect(!refused.contains("closed words") && !unknown.contains("closed words"))
                _ = try await page(hub, "/alice/guarded" + tail, as: "alice")
            }
            let card = try await page(hub, "/alice/guarded")
            #expect(card.contains("open words") && card.contains("Gated"))

            // Asking by the form of the page; nobody else's form may ask.
            let cookie: HTTPFields = [.cookie: "shoal_session=\(session.sealed)"]
            let mine = try await hub.get("/alice/guarded", headers: cookie)
            #expect(mine.text.contains("Ask for access"))
            let forged = try await hub.send(.post, "/alice/guarded/ask-access", headers: cookie, body: "csrf=AAAA")
            #expect(forged.status == .forbidden)
            let field = try #require(
                mine.text.firstMatch(of: /ask-access"><input type="hidden" name="csrf" value="([^"]+)"/))
            let asked = try await hub.send(
                .post, "/alice/guarded/ask-access", headers: cookie, body: "csrf=\(field.output.1)")
            #expect(asked.status == .seeOther)
            let waiting = try await hub.get("/alice/guarded", headers: cookie)
            #expect(waiting.text.contains("awaiting a review") && !waiting.text.contains("Ask for access"))
        }
    }

    @Test("discussions and pull requests have pages")
    func community() async throws {
        let fixture = try HubFixture()
        try await fixture.run { hub in
            try await hub.create("model")
            let opened = try await hub.send(
                .post, "/api/models/alice/model/discussions", as: "alice",
                body: ##"{"title":"<i>Why?</i>","description":"Because **so** <b>x</b>","pullRequest":false}"##)
            try #require(opened.status == .ok, "\(opened.text)")
            let list = try await page(hub, "/alice/model/discussions")
            #expect(list.contains("&lt;i&gt;Why?&lt;/i&gt;") && list.contains("/alice/model/discussions/1"))
            let one = try await page(hub, "/alice/model/discussions/1")
            #expect(one.contains("<strong>so</strong>") && !one.contains("<b>x"))
            _ = try await page(hub, "/alice/model/discussions/2", status: 404)
        }
    }

    @Test("pages answer HEAD, refuse other methods, and lead from files to folders and back")
    func methods() async throws {
        let fixture = try HubFixture()
        try await fixture.run { hub in
            try await hub.create("model")
            _ = try await hub.commit("alice/model", [HubTestClient.file("d/a.txt", "a")])
            let head = try await hub.send(.head, "/alice/model")
            #expect(head.status == .ok && head.body.readableBytes == 0)
            #expect((Int(head.header("content-length") ?? "") ?? 0) > 1000)
            let posted = try await hub.send(.post, "/alice/model", body: "x")
            #expect(posted.status == .methodNotAllowed)
            let markup = try await hub.get("/")
            let sheet = try #require(markup.text.firstMatch(of: /\/assets\/shoal-[0-9a-f]+\.css/)).output
            let style = try await hub.get(String(sheet))
            #expect(style.header("content-type") == "text/css; charset=utf-8")
            #expect(style.text == Stylesheet.text)
            let unknown = try await hub.get("/assets/nope.css")
            #expect(unknown.status == .notFound)
        }
    }

    @Test("a commit's page says what changed")
    func commitPage() async throws {
        let fixture = try HubFixture()
        try await fixture.run { hub in
            try await hub.create("model")
            _ = try await hub.commit(
                "alice/model", [HubTestClient.file("keep.txt", "1\n2\n3\n"), HubTestClient.file("go.txt", "x\n")])
            let reply = try await hub.commit(
                "alice/model",
                [
                    HubTestClient.file("keep.txt", "1\ntwo\n3\n"), HubTestClient.file("new.txt", "n\n"),
                    #"{"key":"deletedFile","value":{"path":"go.txt"}}"#,
                ])
            let id = try #require(try reply.json["commitOid"] as? String)
            let text = try await page(hub, "/alice/model/commit/\(id)")
            #expect(text.contains("3 files changed"))
            #expect(text.contains("<del>-2\n</del><ins>+two\n</ins>") && text.contains("<ins>+n\n</ins>"))
            #expect(text.contains("<del>-x\n</del>"))
            #expect(try await page(hub, "/alice/model/commits/main").matches(of: /class="commit-line"/).count == 3)
            let tree = try await page(hub, "/alice/model/tree/main")
            #expect(tree.contains("keep.txt") && !tree.contains("go.txt"))
        }
    }

    // MARK: Sessions

    /// Runs `body` with a client that follows no redirects.
    private func direct(_ fixture: HubFixture, _ body: @Sendable (HubTestClient) async throws -> Void) async throws {
        try await fixture.server.application().test(.live) { client in
            try await body(HubTestClient(client: HubCaller(client), tokens: fixture.tokens))
        }
    }

    private struct Cookies {
        var values: [String: String] = [:]

        mutating func take(_ reply: HubResponse) {
            for header in reply.headers[values: .setCookie] {
                let pair = header.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
                values[String(pair[0])] = pair.count > 1 && !header.contains("Max-Age=0") ? String(pair[1]) : nil
            }
        }

        var headers: HTTPFields { [.cookie: values.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")] }
    }

    private func csrf(_ text: String) throws -> String {
        String(try #require(text.firstMatch(of: /name="csrf" value="([^"]+)"/)).output.1)
    }

    @Test("signing in opens private pages and files in the browser, not the API")
    func session() async throws {
        let fixture = try HubFixture()
        let token = try #require(fixture.tokens["alice"])
        try await direct(fixture) { hub in
            try await hub.create("secret", isPrivate: true)
            _ = try await hub.commit("alice/secret", [HubTestClient.file("a.txt", "private words")])
            var cookies = Cookies()
            let form = try await hub.get("/login?next=/alice/secret")
            cookies.take(form)
            let body = "csrf=\(try csrf(form.text))&next=%2Falice%2Fsecret&token=\(token)"
            let kind: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
            let done = try await hub.send(.post, "/login", headers: kind.merging(cookies.headers), body: body)
            #expect(done.status == .seeOther && done.header("location") == "/alice/secret")
            let flags = try #require(done.headers[values: .setCookie].first { $0.hasPrefix("shoal_session=") })
            #expect(flags.contains("HttpOnly") && flags.contains("SameSite=Lax") && !flags.contains(token))
            cookies.take(done)

            let seen = try await hub.get("/alice/secret", headers: cookies.headers)
            #expect(seen.status == .ok && seen.text.contains("Sign out"))
            let file = try await hub.get("/alice/secret/resolve/main/a.txt", headers: cookies.headers)
            #expect(file.text == "private words")
            let info = try await hub.get("/api/models/alice/secret", headers: cookies.headers)
            #expect(info.status == .unauthorized, "the API must not know of sessions")

            // A form from elsewhere, or without its token, does nothing.
            for (fields, headers) in [
                ("", [:]), ("csrf=AAAA", [:]),
                ("csrf=\(try csrf(seen.text))", [.origin: "https://evil.example"]),
                ("csrf=\(try csrf(seen.text))", [.secFetchSite: "cross-site"]),
            ] as [(String, HTTPFields)] {
                let refused = try await hub.send(
                    .post, "/logout", headers: kind.merging(cookies.headers).merging(headers), body: fields)
                #expect(refused.status == .forbidden, "\(fields)")
            }
            let out = try await hub.send(
                .post, "/logout", headers: kind.merging(cookies.headers), body: "csrf=\(try csrf(seen.text))")
            #expect(out.status == .seeOther)
            cookies.take(out)
            let after = try await hub.get("/alice/secret", headers: cookies.headers)
            #expect(after.status == .unauthorized)
        }
    }

    @Test("bad tokens, forms and cookies open nothing")
    func badSessions() async throws {
        let fixture = try HubFixture()
        let secrets = fixture.server.services.secrets
        let token = AccessToken(try #require(fixture.tokens["alice"]))
        let elsewhere = try ScratchFolder()
        let other = try ServerSecrets(dataDirectory: elsewhere.url.path)
        let old = Date(timeIntervalSinceNow: -TimeInterval(WebSession.lifetime) - 1)
        let good = try WebSession(token: token, secrets: secrets).sealed
        let bad = [
            try WebSession(token: token, secrets: other).sealed,
            try WebSession(token: token, secrets: secrets, now: old).sealed,
            try WebSession(token: AccessToken("hf_unknown"), secrets: secrets).sealed,
            String(good.dropLast(2)) + "AA", "", "x", String(repeating: "A", count: 5000),
        ]
        try await fixture.run { hub in
            try await hub.create("secret", isPrivate: true)
            let open = try await hub.get("/alice/secret", headers: [.cookie: "a=b; shoal_session=\(good)"])
            #expect(open.status == .ok)
            for cookie in bad {
                let reply = try await hub.get("/alice/secret", headers: [.cookie: "shoal_session=\(cookie)"])
                #expect(reply.status == .unauthorized, "\(cookie.prefix(40))")
            }
            let form = try await hub.get("/login")
            var cookies = Cookies()
            cookies.take(form)
            let kind: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
            let wrong = try await hub.send(
                .post, "/login", headers: kind.merging(cookies.headers),
                body: "csrf=\(try csrf(form.text))&token=hf_nobodyhasthistoken")
            #expect(wrong.status == .unauthorized && wrong.header("set-cookie")?.contains("shoal_session=") != true)
            let forged = try await hub.send(.post, "/login", headers: kind, body: "csrf=x&token=\(token.text)")
            #expect(forged.status == .forbidden && !forged.text.contains(token.text))
            for next in [
                "//evil.example", "https://evil.example", "/\\evil.example", "/a b", "x", "/x\r\nSet-Cookie: a=b",
            ] {
                #expect(SignInRoutes.local(next) == "/", "\(next)")
            }
            #expect(SignInRoutes.local("/a?b=c") == "/a?b=c")
        }
    }
}

extension HTTPFields {
    fileprivate func merging(_ other: HTTPFields) -> HTTPFields {
        var all = self
        for field in other { all[field.name] = field.value }
        return all
    }
}

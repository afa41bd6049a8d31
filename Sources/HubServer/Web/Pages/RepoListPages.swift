import GRDB
import HubWire
import Hummingbird

/// Lists of repositories: all, of one type, or of one namespace.
struct RepoListPages: Sendable {
    let services: ServerServices

    private struct Entry: Sendable {
        var repo: Repo
        var card: RepoCard

        /// What it is for and how large it is.
        var facts: HTML {
            var facts: [HTML] = [card.pipelineTag, card.libraryName].compactMap(\.self).map {
                "<bdi>\($0.replacing("-", with: " "))</bdi>"
            }
            if facts.isEmpty, let licence = card.data?["license"]?.text { facts.append("<bdi>\(licence)</bdi>") }
            facts.append("\(PageText.size(card.usedStorage))")
            if repo.downloads > 0 { facts.append("\(PageText.counted(Int(repo.downloads), "download"))") }
            facts.append(PageText.age(seconds: repo.modifiedAt / 1000))
            return facts.enumerated().map { $0 == 0 ? $1 : " · \($1)" as HTML }.joined
        }
    }

    private static let pageSize = 30
    private static let maximumWords = 8

    func all(_ request: WebRequest, type: RepoType?) async throws -> Response {
        let search = String((request.query["search"] ?? "").prefix(200))
        var shelf = CatalogueQuery(type: type, caller: request.caller)
        shelf.search = search.split(whereSeparator: \.isWhitespace).prefix(Self.maximumWords).map(String.init)
        let (count, repos, next) = try await load(shelf, request)
        let base = type.map { "/\($0.plural)" } ?? "/"
        let title = type.map { Self.title($0) } ?? "Repositories"
        let content: HTML = """
            <div class="title-row"><h1>\(title)</h1><span class="quiet">\(PageText.count(count))</span></div>
            \(Self.typeTabs(type, search: search))
            \(search.isEmpty ? nil : "<p>Found for <strong>\(search)</strong> · <a href=\"\(base)\">show all</a></p>" as HTML)
            \(repos.isEmpty ? nothing(request, isSearch: !search.isEmpty) : Self.list(repos))
            \(Self.pager(request, next: next, base: base, search: search))
            """
        return Page(title: title, content: content, search: search).response(request, services)
    }

    func namespace(_ request: WebRequest, _ name: String) async throws -> Response {
        let shelf = CatalogueQuery(type: nil, caller: request.caller, namespace: name)
        let (count, repos, next) = try await load(shelf, request)
        // A namespace whose repositories the viewer may not see looks like one that is not there.
        guard count > 0 || request.caller.name == name else {
            throw HubFailure(.notFound, "There is nothing here, or nothing that you may see")
        }
        let groups: [HTML] = RepoType.allCases.compactMap { type in
            let group = repos.filter { $0.repo.type == type }
            guard !group.isEmpty else { return nil }
            return "<section><h2>\(Self.title(type))</h2>\(Self.list(group))</section>"
        }
        let content: HTML = """
            <div class="title-row"><h1><bdi>\(name)</bdi></h1>\
            <span class="quiet">\(PageText.count(count)) \(count == 1 ? "repository" : "repositories")</span></div>
            \(groups.isEmpty ? [nothing(request, isSearch: false)] : groups)
            \(Self.pager(request, next: next, base: "/" + PageLinksEncoding.segment(name), search: ""))
            """
        return Page(title: name, content: content).response(request, services)
    }

    private func load(_ shelf: CatalogueQuery, _ request: WebRequest) async throws -> (Int, [Entry], String?) {
        let start = request.query["after"].flatMap { CatalogueQuery.Cursor($0) }
        return try await services.database.pool.read { db in
            let (repos, next) = try shelf.page(after: start, limit: Self.pageSize, in: db)
            let entries = try repos.map { repo in
                Entry(repo: repo, card: try RepoCard.find(repo.id, in: db))
            }
            return (try shelf.count(in: db), entries, next.map { "\($0)" })
        }
    }

    private func nothing(_ request: WebRequest, isSearch: Bool) -> HTML {
        guard !isSearch else { return "<p class=\"card quiet\">Nothing matches.</p>" }
        return """
            <section class="card"><h2>Nothing here yet</h2>
            <p>Push a folder, and it appears:</p>
            <pre class="line"><code>HF_ENDPOINT=\(request.hub.baseURL) shoal push NAME/model ./model</code></pre>
            </section>
            """
    }

    static func title(_ type: RepoType) -> String {
        switch type {
        case .model: "Models"
        case .dataset: "Datasets"
        case .space: "Spaces"
        }
    }

    private static func typeTabs(_ current: RepoType?, search: String) -> HTML {
        let query = search.isEmpty ? "" : "?search=" + PageLinksEncoding.query(search)
        let tabs: [(String, String, Bool)] =
            [("All", "/", current == nil)]
            + RepoType.allCases.map { (title($0), "/\($0.plural)", current == $0) }
        let links: [HTML] = tabs.map { name, path, isCurrent in
            isCurrent
                ? "<a href=\"\(path)\(query)\" aria-current=\"page\">\(name)</a>"
                : "<a href=\"\(path)\(query)\">\(name)</a>"
        }
        return "<nav class=\"tabs\" aria-label=\"Types\">\(links)</nav>"
    }

    private static func list(_ entries: [Entry]) -> HTML {
        let rows: [HTML] = entries.map { entry in
            let repo = entry.repo
            return """
                <li><a class="repo" href="\(PageLinks(repo).root)">\(Assets.icon(repo.type))\
                <span class="name"><bdi>\(repo.namespace)</bdi>/<strong><bdi>\(repo.name)</bdi></strong> \(RepoHeader.badges(repo))</span>\
                <span class="what">\(entry.facts)</span></a></li>
                """
        }
        return "<ul class=\"repos\">\(rows)</ul>"
    }

    private static func pager(_ request: WebRequest, next: String?, base: String, search: String) -> HTML? {
        let words = search.isEmpty ? "" : "search=" + PageLinksEncoding.query(search)
        let isFirst = request.query["after"] == nil
        return Pager(
            newer: isFirst ? nil : base + (words.isEmpty ? "" : "?" + words), newest: true,
            older: next.map { "\(base)?after=\($0)" + (words.isEmpty ? "" : "&" + words) }
        ).html
    }
}

/// Links to the pages before and after.
struct Pager: Sendable {
    var newer: String?
    /// Whether `newer` leads to the very first page.
    var newest = false
    var older: String?

    var html: HTML? {
        guard newer != nil || older != nil else { return nil }
        return """
            <nav class="pager" aria-label="Pages">\
            \(newer.map { "<a class=\"button\" rel=\"prev\" href=\"\($0)\">\(newest ? "« Newest" : "← Newer")</a>" as HTML })\
            \(older.map { "<a class=\"button\" rel=\"next\" href=\"\($0)\">Older →</a>" as HTML })</nav>
            """
    }
}

import HubWire

/// What stands above all pages of a repository: its name and the ways into it.
struct RepoHeader: Sendable {
    enum Tab: Sendable { case card, files, history, discussions }

    let repo: Repo
    let revision: String
    let tab: Tab
    /// Open discussions and pull requests.
    let conversations: Int

    var html: HTML {
        let links = PageLinks(repo)
        let tabs: [(Tab, String, String)] = [
            (.card, "Card", links.root), (.files, "Files", links.tree(revision)),
            (.history, "History", links.commits(revision)),
            (.discussions, conversations > 0 ? "Community \(conversations)" : "Community", links.discussions),
        ]
        let items: [HTML] = tabs.map { tab, name, path in
            tab == self.tab
                ? "<a href=\"\(path)\" aria-current=\"page\">\(name)</a>" : "<a href=\"\(path)\">\(name)</a>"
        }
        return """
            <div class="repo-head">
            <h1>\(Assets.icon(repo.type))<a href="/\(PageLinksEncoding.segment(repo.namespace))"><bdi>\(repo.namespace)</bdi></a>\
            <span class="slash">/</span><a href="\(links.root)"><strong><bdi>\(repo.name)</bdi></strong></a>\(Self.badges(repo))</h1>
            <nav class="tabs" aria-label="Repository">\(items)</nav>
            </div>
            """
    }

    static func badges(_ repo: Repo) -> HTML {
        let gated: HTML = repo.gating == .open ? "" : "<span class=\"badge\">gated</span>"
        return repo.isPrivate ? "<span class=\"badge\">private</span>\(gated)" : gated
    }
}

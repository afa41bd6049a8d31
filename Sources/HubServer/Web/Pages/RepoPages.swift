import GRDB
import HubWire
import Hummingbird

/// What the pages of one repository share: finding it for the viewer, its revisions, its header.
struct RepoPages: Sendable {
    let services: ServerServices
    let request: WebRequest
    let type: RepoType
    let name: RepoName

    /// A repository at a commit, as a viewer may see it.
    struct View: Sendable {
        var repo: Repo
        var revision: String
        var commit: StoredCommit
        var branches: [String]
        var tags: [String]
        /// What the revision says when it is an annotated tag.
        var tag: GitTag?
        /// Open discussions and pull requests.
        var conversations: Int

        var links: PageLinks { PageLinks(repo) }

        func header(_ tab: RepoHeader.Tab) -> HTML {
            RepoHeader(repo: repo, revision: revision, tab: tab, conversations: conversations).html
        }
    }

    /// The repository, when the viewer may see it. `needsFiles` also asks for the right to its files.
    func repo(in db: Database, needsFiles: Bool) throws -> Repo {
        needsFiles ? try request.hub.contentRepo(type, name, in: db) : try request.hub.repo(type, name, in: db)
    }

    /// Whether the viewer may have the files, for a page that shows something of them beside other things.
    func mayReadFiles(in db: Database) -> Bool { (try? repo(in: db, needsFiles: true)) != nil }

    func show(_ revision: String, in db: Database, needsFiles: Bool) throws -> (View, GitStore) {
        let repo = try repo(in: db, needsFiles: needsFiles)
        let store = GitStore(repo: repo.id, db: db)
        let commit = try request.hub.commit(revision, store)
        let refs = try store.refs().map(\.name)
        let under = { (prefix: String) in
            refs.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        }
        let view = View(
            repo: repo, revision: revision, commit: commit, branches: under("refs/heads/"), tags: under("refs/tags/"),
            tag: try store.annotatedTags(named: revision).first { $0.commit == commit.id },
            conversations: try Discussion.list(
                Discussion.Filter(isOpen: true), repo: repo.id, skipping: 0, limit: 0, in: db
            ).count)
        return (view, store)
    }

    /// A menu of branches and tags that leads to the same page at another revision.
    static func revisions(_ view: View, _ link: (String) -> String) -> HTML {
        let shown = 100
        func group(_ title: String, _ names: [String]) -> HTML? {
            guard !names.isEmpty else { return nil }
            let items: [HTML] = names.prefix(shown).map { name in
                name == view.revision
                    ? "<li><a href=\"\(link(name))\" aria-current=\"true\"><bdi>\(name)</bdi></a></li>"
                    : "<li><a href=\"\(link(name))\"><bdi>\(name)</bdi></a></li>"
            }
            let rest: HTML? = names.count > shown ? "<li class=\"quiet\">and \(names.count - shown) more</li>" : nil
            return "<li><span class=\"quiet\">\(title)</span><ul>\(items)\(rest)</ul></li>"
        }
        let current = view.revision == "\(view.commit.id)" ? String(view.revision.prefix(8)) : view.revision
        return """
            <details class="menu"><summary><span class="quiet">at</span> <bdi>\(current)</bdi></summary>\
            <ul>\(group("Branches", view.branches))\(group("Tags", view.tags))</ul></details>
            """
    }

    /// What an annotated tag says.
    static func tagNote(_ view: View) -> HTML? {
        view.tag.map { tag in
            """
            <section class="card tag-note"><p class="quiet">Tag <strong><bdi>\(tag.name)</bdi></strong> by <bdi>\(tag.tagger)</bdi> · \
            \(PageText.age(seconds: tag.date))</p><pre class="message"><bdi>\(tag.message)</bdi></pre></section>
            """
        }
    }

    func page(_ title: String, _ content: HTML) -> Response {
        Page(title: title, content: content).response(request, services)
    }

    /// A commit in one line: who, what, when, and its id.
    static func commitLine(_ commit: StoredCommit, _ links: PageLinks) -> HTML {
        """
        <div class="commit-line"><bdi class="author">\(commit.author)</bdi>\
        <a class="message" href="\(links.commit("\(commit.id)"))"><bdi>\(commit.title)</bdi></a>\
        <a class="id" href="\(links.commit("\(commit.id)"))"><code>\("\(commit.id)".prefix(8))</code></a>\
        \(PageText.age(seconds: commit.date))</div>
        """
    }
}

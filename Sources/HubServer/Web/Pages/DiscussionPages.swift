import GRDB
import HubWire
import Hummingbird

/// `/{repo}/discussions` and `/{repo}/discussions/{number}`: what people say and propose.
extension RepoPages {
    private static let discussionsPerPage = 50

    func discussions() async throws -> Response {
        let number = request.pageNumber
        let (view, found) = try await services.database.pool.read { db in
            let (view, _) = try show(defaultRevision(in: db), in: db, needsFiles: false)
            let found = try Discussion.list(
                Discussion.Filter(), repo: view.repo.id, skipping: number * Self.discussionsPerPage,
                limit: Self.discussionsPerPage, in: db)
            return (view, found)
        }
        let rows: [HTML] = found.page.map { discussion in
            """
            <li><div class="commit-line"><span class="id">#\(discussion.number)</span>\
            <a class="message" href="\(view.links.discussion(discussion.number))"><bdi>\(discussion.title)</bdi></a>\
            \(Self.status(discussion))<bdi class="author">\(discussion.author)</bdi>\
            \(PageText.age(seconds: discussion.createdAt / 1000))</div></li>
            """
        }
        let isLast = (number + 1) * Self.discussionsPerPage >= found.count
        let pager = Pager(
            newer: number > 0 ? "\(view.links.discussions)?p=\(number - 1)" : nil,
            older: isLast ? nil : "\(view.links.discussions)?p=\(number + 1)")
        let none: HTML = "<p class=\"card quiet\">No discussions and no pull requests yet.</p>"
        let list: HTML = rows.isEmpty ? none : "<ol class=\"card flush history\">\(rows)</ol>"
        let content: HTML = """
            \(view.header(.discussions))
            \(list)
            \(pager.html)
            """
        return page("Community of \(view.repo.fullName)", content)
    }

    func discussion(_ text: String) async throws -> Response {
        guard let number = Int64(text) else { throw HubFailure.notFound }
        let (view, discussion, events, changes) = try await services.database.pool.read { db in
            let (view, _) = try show(defaultRevision(in: db), in: db, needsFiles: false)
            guard let discussion = try Discussion.find(number, repo: view.repo.id, in: db) else {
                throw HubFailure(.notFound, "There is no discussion of this number")
            }
            return (view, discussion, try discussion.events(in: db), try proposal(discussion, view, in: db))
        }
        let links = view.links
        let ways: HTML? = discussion.pullRequest.map { pull in
            let target = pull.base.hasPrefix("refs/heads/") ? pull.base.dropFirst("refs/heads/".count) : pull.base[...]
            return """
                <p>into <bdi>\(target)</bdi> <a class="button" href="\(links.commits(discussion.ref))">Commits</a> \
                <a class="button" href="\(links.tree(discussion.ref))">Files</a>\
                \(pull.mergeCommit.map { " <a class=\"button\" href=\"\(links.commit("\($0)"))\">Merged as</a>" as HTML })</p>
                """
        }
        let content: HTML = """
            \(view.header(.discussions))
            <section class="card"><h2 class="commit-title"><bdi>\(discussion.title)</bdi> \
            <span class="quiet">#\(discussion.number)</span> \(Self.status(discussion))</h2>
            <p class="quiet"><bdi>\(discussion.author)</bdi> · \(PageText.age(seconds: discussion.createdAt / 1000))</p>\(ways)</section>
            \(await Self.said(events, view))
            \(changes.map { Self.changed($0.changes, isCut: $0.isCut, view, new: $0.new, old: $0.old) })
            """
        return page("\(discussion.title) · \(view.repo.fullName)", content)
    }

    private struct Proposal: Sendable {
        var changes: [Change]
        var isCut: Bool
        var new: String
        var old: String
    }

    /// What a pull request changes, for those who may read the files.
    private func proposal(_ discussion: Discussion, _ view: View, in db: Database) throws -> Proposal? {
        let store = GitStore(repo: view.repo.id, db: db)
        guard let pull = discussion.pullRequest, mayReadFiles(in: db), let head = try store.ref(discussion.ref),
            let new = try store.commit(head), let old = try store.commit(pull.baseCommit)
        else { return nil }
        let (changes, isCut) = try Self.changes(from: old.tree, to: new.tree, store)
        return Proposal(changes: changes, isCut: isCut, new: "\(new.id)", old: "\(old.id)")
    }

    private static func status(_ discussion: Discussion) -> HTML {
        let kind = discussion.pullRequest == nil ? "discussion" : "pull request"
        return "<span class=\"badge is-\(discussion.status.rawValue)\">\(discussion.status.rawValue) \(kind)</span>"
    }

    /// The newest events, oldest first; comments are Markdown.
    private static func said(_ events: [DiscussionEvent], _ view: View) async -> [HTML] {
        let renderer = MarkdownRenderer(links: view.links, revision: view.revision, folder: "")
        var said: [HTML] = []
        for event in events.suffix(200) {
            let data = event.content["data"]
            let head: HTML =
                "<bdi class=\"author\">\(event.author)</bdi> \(PageText.age(seconds: event.createdAt / 1000))"
            switch event.content["type"]?.text {
            case "comment":
                let body = await article(data?["latest"]?["raw"]?.text ?? "", renderer)
                said.append("<div class=\"said\"><p class=\"quiet\">\(head)</p>\(body)</div>")
            case "commit":
                let id = data?["oid"]?.text ?? ""
                said.append(
                    """
                    <p class="quiet event">\(head) added <a href="\(view.links.commit(PageLinksEncoding.segment(id)))">\
                    <bdi>\(data?["subject"]?.text ?? id)</bdi></a></p>
                    """)
            case "status-change":
                said.append("<p class=\"quiet event\">\(head) made it \(data?["status"]?.text ?? "")</p>")
            case "title-change":
                said.append("<p class=\"quiet event\">\(head) called it <bdi>\(data?["to"]?.text ?? "")</bdi></p>")
            default: break
            }
        }
        return said
    }
}

import Foundation
import GRDB
import HubWire
import Hummingbird

/// `/{repo}/commits/{rev}` and `/{repo}/commit/{id}`.
extension RepoPages {
    private static let commitsPerPage = 50
    private static let maximumChanges = 500
    private static let maximumTexts = 20

    func commits(_ revision: String) async throws -> Response {
        let number = request.pageNumber
        let (view, commits) = try await services.database.pool.read { db in
            let (view, store) = try show(revision, in: db, needsFiles: false)
            let skipping = number * Self.commitsPerPage
            return (view, try store.history(from: view.commit.id, skipping: skipping, limit: Self.commitsPerPage + 1))
        }
        let rows: [HTML] = commits.prefix(Self.commitsPerPage).map { "<li>\(Self.commitLine($0, view.links))</li>" }
        let pager = Pager(
            newer: number > 0 ? view.links.commits(revision, page: number - 1) : nil,
            older: commits.count > Self.commitsPerPage ? view.links.commits(revision, page: number + 1) : nil)
        let content: HTML = """
            \(view.header(.history))
            <div class="bar">\(Self.revisions(view) { view.links.commits($0) })</div>
            \(Self.tagNote(view))
            <ol class="card flush history">\(rows)</ol>
            \(rows.isEmpty ? "<p class=\"quiet\">There are no older commits.</p>" : nil)
            \(pager.html)
            """
        return page("History of \(view.repo.fullName)", content)
    }

    /// One changed file, for a page.
    struct Change: Sendable {
        var change: TreeDifference.Change
        var old: BlobInfo?
        var new: BlobInfo?
        var text: TextDifference?
    }

    func commit(_ id: String) async throws -> Response {
        let (view, changes, isCut) = try await services.database.pool.read { db in
            let (view, store) = try show(id, in: db, needsFiles: true)
            let parent = try view.commit.parent.flatMap { try store.commit($0) }
            let (changes, isCut) = try Self.changes(from: parent?.tree, to: view.commit.tree, store)
            return (view, changes, isCut)
        }
        // The tabs lead to where the repository is, not to this moment of it.
        var current = view
        current.revision = view.branches.contains("main") ? "main" : view.branches.first ?? view.revision
        let body = view.commit.message.dropFirst(view.commit.title.count).drop { $0.isNewline }
        let parent = view.commit.parent.map { "\($0)" }
        let content: HTML = """
            \(current.header(.history))
            <section class="card">
            <h2 class="commit-title"><bdi>\(view.commit.title)</bdi></h2>
            \(body.isEmpty ? nil : "<pre class=\"message\"><bdi>\(body)</bdi></pre>" as HTML)
            <p class="quiet"><bdi>\(view.commit.author)</bdi> · \(PageText.age(seconds: view.commit.date)) · \
            <code class="hash">\("\(view.commit.id)")</code></p>
            <p>\(parent.map { "<a class=\"button\" href=\"\(view.links.commit($0))\">Parent</a> " as HTML })\
            <a class="button" href="\(view.links.tree("\(view.commit.id)"))">Files at this commit</a></p>
            </section>
            \(Self.changed(changes, isCut: isCut, view, new: "\(view.commit.id)", old: parent))
            """
        return page("\(view.commit.title) · \(view.repo.fullName)", content)
    }

    /// What differs between two trees, with the lines of the first small texts.
    static func changes(
        from old: GitObjectID?, to new: GitObjectID, _ store: GitStore
    ) throws -> (changes: [Change], isCut: Bool) {
        let difference = try TreeDifference(from: old, to: new, limit: maximumChanges, load: store.tree)
        var texts = 0
        let changes = try difference.changes.map { change in
            var found = Change(
                change: change, old: try (change.old?.id).map(store.blobInfo),
                new: try (change.new?.id).map(store.blobInfo))
            if texts < maximumTexts, let text = try text(found, store) {
                found.text = text
                texts += 1
            }
            return found
        }
        return (changes, difference.isCut)
    }

    /// The section of a page that shows changes; `new` and `old` are the revisions that files are linked at.
    static func changed(_ changes: [Change], isCut: Bool, _ view: View, new: String, old: String?) -> HTML {
        let counted =
            "\(PageText.count(changes.count))\(isCut ? " and more files" : changes.count == 1 ? " file" : " files")"
        return """
            <h2>\(counted) changed</h2>
            \(changes.map { changed($0, view, new: new, old: old) })
            """
    }

    /// The lines that changed, when both versions are small texts.
    private static func text(_ change: Change, _ store: GitStore) throws -> TextDifference? {
        func read(_ blob: BlobInfo?) throws -> String? {
            guard let blob else { return "" }
            guard blob.large == nil, blob.gitSize <= TextDifference.maximumLength else { return nil }
            let bytes = try store.content(blob.id)
            guard !bytes.contains(0) else { return nil }
            return String(validating: bytes, as: UTF8.self)
        }
        guard let old = try read(change.old), let new = try read(change.new) else { return nil }
        return TextDifference(from: old, to: new)
    }

    private static func changed(_ change: Change, _ view: View, new: String, old: String?) -> HTML {
        let path = "\(change.change.path)"
        let (sign, word) =
            switch change.change.kind {
            case .added: ("+", "added")
            case .removed: ("−", "removed")
            case .changed: ("~", "changed")
            }
        let target =
            change.change.kind == .removed
            ? old.map { view.links.blob($0, path) } : view.links.blob(new, path)
        let sizes =
            [change.old, change.new].compactMap(\.self).map { PageText.size($0.size) }.joined(separator: " → ")
        let name: HTML = target.map { "<a href=\"\($0)\"><bdi>\(path)</bdi></a>" } ?? "<bdi>\(path)</bdi>"
        let counts: HTML? = change.text.map { text in
            "<span class=\"plus\">+\(text.added)</span> <span class=\"minus\">−\(text.removed)</span>"
        }
        return """
            <section class="card flush change \(word)"><h3><span class="sign" title="\(word)">\(sign)</span>\(name)\
            <span class="quiet">\(sizes)</span>\(counts)</h3>\(change.text.flatMap(Self.lines))</section>
            """
    }

    private static func lines(_ text: TextDifference) -> HTML? {
        guard text.added + text.removed > 0 else { return nil }
        let lines: [HTML] = text.lines.map { line in
            switch line {
            case .same(let text): "<span> \(text)\n</span>"
            case .added(let text): "<ins>+\(text)\n</ins>"
            case .removed(let text): "<del>-\(text)\n</del>"
            case .gap: "<span class=\"gap\">⋯\n</span>"
            }
        }
        return "<pre class=\"diff\" dir=\"ltr\"><code>\(lines)</code></pre>"
    }
}

import Foundation
import GRDB
import HubWire
import Hummingbird

/// `/{repo}/tree/{rev}/{path}`: a folder.
extension RepoPages {
    private struct Folder: Sendable {
        struct Entry: Sendable {
            var name: String
            var path: String
            var blob: BlobInfo?
            var last: StoredCommit?
        }

        var view: View
        var path: String
        var entries: [Entry]
        var next: String?
        var readme: String?
    }

    private static let entriesPerPage = 500

    func tree(_ revision: String, _ path: String) async throws -> Response {
        let start = request.query["after"].flatMap { Hex.decode($0) }
        let folder = try await services.database.pool.read { db in
            let (view, store) = try show(revision, in: db, needsFiles: false)
            let (tree, parsed) = try findFolder(path, view, store)
            let listing = try TreeListing(
                store: store, tree: tree, path: parsed, isRecursive: false, from: start, limit: Self.entriesPerPage)
            let paths = listing.items.compactMap { try? RepoPath($0.path) }
            let last = try LastCommits(of: paths, at: view.commit, repo: view.repo.id, in: db)
            // The README of the root stands on the page of the repository; what others say is for who may read.
            let showsReadme = path.isEmpty || mayReadFiles(in: db)
            let prefix = path.isEmpty ? 0 : path.utf8.count + 1
            let entries = try listing.items.map { item in
                let name = String(decoding: item.path.utf8.dropFirst(prefix), as: UTF8.self)
                return Folder.Entry(
                    name: name, path: item.path, blob: item.isDirectory ? nil : try store.blobInfo(item.id),
                    last: last.found[item.path])
            }
            return Folder(
                view: view, path: path,
                // Folders first, as people look for them.
                entries: entries.filter { $0.blob == nil } + entries.filter { $0.blob != nil },
                next: listing.next.map(Hex.encode), readme: showsReadme ? try readme(in: tree, store) : nil)
        }
        let renderer = MarkdownRenderer(links: folder.view.links, revision: revision, folder: path)
        let article =
            start == nil ? await Self.article(String(FrontMatter.body(of: folder.readme ?? "")), renderer) : nil
        let view = folder.view
        let more = folder.next.map { "\(view.links.tree(revision, path))?after=\($0)" }
        let content: HTML = """
            \(view.header(.files))
            <div class="bar">\(Self.revisions(view) { view.links.tree($0, path) })\(Self.crumbs(view, path, isFile: false))</div>
            \(Self.tagNote(view))
            <section class="card flush">
            \(Self.commitLine(view.commit, view.links))
            <table class="files"><thead><tr><th scope="col">Name</th><th scope="col" class="number">Size</th>\
            <th scope="col" class="wide-only">Last commit</th><th scope="col" class="wide-only">Changed</th>\
            <th scope="col"><span class="hidden">Download</span></th></tr></thead>
            <tbody>\(path.isEmpty ? nil : Self.parentRow(view, path))\(folder.entries.map { Self.row($0, view) })</tbody></table>
            </section>
            \(Pager(newer: nil, older: more).html)
            \(article)
            """
        let title = path.isEmpty ? "Files of \(view.repo.fullName)" : "\(path) · \(view.repo.fullName)"
        return page(title, content)
    }

    private func findFolder(_ path: String, _ view: View, _ store: GitStore) throws -> (GitObjectID, RepoPath?) {
        guard !path.isEmpty else { return (view.commit.tree, nil) }
        guard let parsed = try? RepoPath(path), let entry = try store.entry(at: parsed, root: view.commit.tree) else {
            throw HubFailure.entryNotFound("There is no folder of this name at this revision", commit: view.commit.id)
        }
        // Whoever follows a link to a file as if it were a folder finds the file.
        guard entry.mode == .directory else { throw WebRedirect(location: view.links.blob(view.revision, path)) }
        return (entry.id, parsed)
    }

    private static func parentRow(_ view: View, _ path: String) -> HTML {
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        return """
            <tr><td class="name"><a href="\(view.links.tree(view.revision, parent))" aria-label="Parent folder">\(Assets.folder)..</a></td>\
            <td></td><td class="wide-only"></td><td class="wide-only"></td><td></td></tr>
            """
    }

    private static func row(_ entry: Folder.Entry, _ view: View) -> HTML {
        let links = view.links
        let last: HTML =
            entry.last.map { commit in
                """
                <td class="wide-only message"><a href="\(links.commit("\(commit.id)"))"><bdi>\(commit.title)</bdi></a></td>\
                <td class="wide-only when">\(PageText.age(seconds: commit.date))</td>
                """
            } ?? "<td class=\"wide-only\"></td><td class=\"wide-only\"></td>"
        guard let blob = entry.blob else {
            return """
                <tr><td class="name"><a href="\(links.tree(view.revision, entry.path))">\(Assets.folder)<bdi>\(entry.name)</bdi></a></td>\
                <td></td>\(last)<td></td></tr>
                """
        }
        let xet: HTML? = blob.large.map { large in
            "<abbr class=\"badge\" title=\"Xet hash \("\(large.fileHash)")\">xet</abbr>"
        }
        return """
            <tr><td class="name"><a href="\(links.blob(view.revision, entry.path))">\(Assets.file)<bdi>\(entry.name)</bdi></a>\(xet)</td>\
            <td class="number">\(PageText.size(blob.size))</td>\(last)\
            <td class="get"><a href="\(links.download(view.revision, entry.path))" download title="Download" \
            aria-label="Download \(entry.name)">\(Assets.download)</a></td></tr>
            """
    }

    static func crumbs(_ view: View, _ path: String, isFile: Bool) -> HTML {
        let names = path.split(separator: "/").map(String.init)
        var crumbs: [HTML] = ["<a href=\"\(view.links.tree(view.revision))\"><bdi>\(view.repo.name)</bdi></a>"]
        for (index, name) in names.enumerated() {
            let isLast = index == names.count - 1
            let target = names[...index].joined(separator: "/")
            crumbs.append(
                isLast
                    ? "<span class=\"slash\">/</span><strong><bdi>\(name)</bdi></strong>"
                    : "<span class=\"slash\">/</span><a href=\"\(view.links.tree(view.revision, target))\"><bdi>\(name)</bdi></a>"
            )
        }
        return "<nav class=\"crumbs\" aria-label=\"Path\">\(crumbs)</nav>"
    }
}

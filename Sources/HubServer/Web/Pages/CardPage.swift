import GRDB
import HubWire
import Hummingbird
import NIOPosix

/// `/{repo}`: what a repository is, how to get it, and what it takes.
extension RepoPages {
    private struct Card: Sendable {
        var view: View
        var readme: String?
        var files: Int
        var bytes: Int64
        var isCut: Bool
        var storage: RepoStorage
        /// Nil when there are too many to measure them chunk by chunk.
        var largeFiles: [ContentFile]?
        var card: RepoCard
        var gate: Gate?
    }

    /// Files that are looked at to add their sizes up.
    private static let maximumFiles = 20_000
    /// Large files, and xorbs, that are looked into for exact figures.
    private static let maximumMeasured = 256
    private static let maximumTags = 40

    func card() async throws -> Response {
        let card = try await services.database.pool.read { db in
            let (view, store) = try show(defaultRevision(in: db), in: db, needsFiles: false)
            let listing = try TreeListing(
                store: store, tree: view.commit.tree, path: nil, isRecursive: true, from: nil,
                limit: Self.maximumFiles)
            let files = listing.items.filter { !$0.isDirectory }
            let bytes = try files.reduce(Int64(0)) { sum, item in sum + (try store.blobInfo(item.id).size) }
            return Card(
                view: view, readme: try readme(in: view.commit.tree, store), files: files.count, bytes: bytes,
                isCut: listing.next != nil, storage: try RepoStorage.of(repo: view.repo.id, in: db),
                largeFiles: try ContentTables.files(
                    of: view.repo.id, limit: Self.maximumMeasured, maximumXorbs: Self.maximumMeasured, in: db),
                card: try RepoCard.find(view.repo.id, in: db), gate: try gate(view.repo, in: db))
        }
        let renderer = MarkdownRenderer(links: card.view.links, revision: card.view.revision, folder: "")
        let article =
            card.readme == nil ? nil : await Self.article(String(FrontMatter.body(of: card.readme ?? "")), renderer)
        let content: HTML = """
            \(card.view.header(.card))
            <div class="columns">
            <div class="main">\(card.gate.map { panel($0, card.view) })\(article ?? noReadme(card.view))</div>
            <aside>
            \(useIt(card.view))
            \(about(card))
            \(Self.storage(await measured(card)))
            </aside>
            </div>
            """
        return page(card.view.repo.fullName, content)
    }

    /// `main`, or the first branch of a repository that has none of that name.
    func defaultRevision(in db: Database) throws -> String {
        let store = GitStore(repo: try repo(in: db, needsFiles: false).id, db: db)
        if try store.ref("refs/heads/main") != nil { return "main" }
        let first = try store.refs().first { $0.name.hasPrefix("refs/heads/") }?.name
        return first.map { String($0.dropFirst("refs/heads/".count)) } ?? "main"
    }

    /// The text of a folder's README, when it has one of a size that can be shown.
    func readme(in tree: GitObjectID, _ store: GitStore) throws -> String? {
        let entry = try store.tree(tree).entries.first { $0.name.text.lowercased() == "readme.md" }
        guard let entry, entry.mode != .directory else { return nil }
        let blob = try store.blobInfo(entry.id)
        guard blob.large == nil, blob.gitSize <= MarkdownRenderer.maximumLength else { return nil }
        return String(decoding: try store.content(entry.id), as: UTF8.self)
    }

    /// Rendering takes its time, so it has a thread of its own kind.
    static func article(_ text: String, _ renderer: MarkdownRenderer) async -> HTML? {
        guard !text.allSatisfy(\.isWhitespace) else { return nil }
        let body = try? await ContentThreads.reading.runIfActive { renderer.render(text) }
        return body.flatMap(\.self).map { "<article class=\"markdown card\">\($0)</article>" }
    }

    private func noReadme(_ view: View) -> HTML {
        """
        <section class="card"><h2>No README yet</h2><p class="quiet">A file README.md at the root of the repository \
        is shown here. <a href="\(view.links.tree(view.revision))">Browse the files</a> meanwhile.</p></section>
        """
    }

    private func useIt(_ view: View) -> HTML {
        let repo = view.repo
        let kind = repo.type == .model ? "" : " --repo-type \(repo.type.rawValue)"
        let base = request.hub.baseURL
        let commands = [
            ("hf", "HF_ENDPOINT=\(base) hf download \(repo.fullName)\(kind)"),
            ("shoal", "HF_ENDPOINT=\(base) shoal pull \(repo.fullName)\(kind)"),
            ("git", "git clone \(base)/\(repo.urlPath)"),
        ]
        let lines: [HTML] = commands.map { name, line in
            "<dt>\(name)</dt><dd><pre class=\"line\"><code>\(line)</code></pre></dd>"
        }
        return "<section class=\"card\"><h2>Use it</h2><dl class=\"commands\">\(lines)</dl></section>"
    }

    private func about(_ card: Card) -> HTML {
        let view = card.view
        let license = card.card.data?["license"]?.text
        let shown = card.card.tags.filter { !$0.hasPrefix("license:") }.prefix(Self.maximumTags)
        let tags: [HTML] = shown.map { "<li><bdi>\($0)</bdi></li>" }
        return """
            <section class="card"><h2>About</h2>
            <dl class="facts">
            \(license.map { "<dt>Licence</dt><dd><bdi>\($0)</bdi></dd>" as HTML })
            <dt>Files</dt><dd><a href="\(view.links.tree(view.revision))">\(card.isCut ? "more than " : "")\
            \(PageText.count(card.files))</a></dd>
            <dt>Size</dt><dd>\(card.isCut ? "more than " : "")\(PageText.size(card.bytes))</dd>
            <dt>Updated</dt><dd>\(PageText.age(seconds: view.repo.modifiedAt / 1000))</dd>
            <dt>Revision</dt><dd><a href="\(view.links.commit("\(view.commit.id)"))"><code>\("\(view.commit.id)".prefix(12))</code></a></dd>
            </dl>
            \(tags.isEmpty ? nil : "<ul class=\"tags\">\(tags)</ul>" as HTML)
            </section>
            """
    }

    /// The figures by whole xorbs, corrected where others use parts of these xorbs.
    private func measured(_ card: Card) async -> RepoStorage {
        guard let files = card.largeFiles else { return card.storage }
        let footprint = try? await ContentThreads.reading.runIfActive { [indices = services.content.indices] in
            try FileStorage.footprint(of: files, indices: indices)
        }
        var storage = card.storage
        if let footprint {
            storage.unpackedBytes = Int64(clamping: footprint.unpacked)
            storage.storedBytes = Int64(clamping: footprint.packed)
        }
        return storage
    }

    /// What storing all versions takes, beside what they would take one by one.
    private static func storage(_ storage: RepoStorage) -> HTML? {
        guard storage.logicalBytes > 0 else { return nil }
        let whole = max(storage.logicalBytes, storage.storedBytes)
        let saved = whole - storage.storedBytes
        let plot = StoragePlot(
            whole: UInt64(whole),
            parts: [
                StoragePlot.Part(colour: .stored, label: "On disk", bytes: UInt64(storage.storedBytes)),
                StoragePlot.Part(
                    colour: .shared, label: "Saved by equal chunks", bytes: UInt64(storage.deduplicatedBytes)),
                StoragePlot.Part(
                    colour: .packed, label: "Saved by compression", bytes: UInt64(storage.compressedBytes)),
            ], title: "\(PageText.percent(storage.storedBytes, of: whole)) on disk")
        let summary: HTML =
            "<strong>\(PageText.size(storage.logicalBytes))</strong> of large files in all versions"
        return """
            <section class="card"><h2>Storage</h2>
            <p>\(summary)\(saved > 0 ? ", <strong>\(PageText.percent(saved, of: whole))</strong> saved" as HTML : nil)</p>
            \(plot.bar)\(plot.legend)
            <p class="quiet small">\(PageText.counted(storage.fileCount, "large file")) in \
            \(PageText.counted(storage.xorbCount, "xorb"))</p></section>
            """
    }
}

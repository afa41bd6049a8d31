import Foundation
import GRDB
import HubWire
import Hummingbird
import NIOCore
import NIOPosix
import Xet

/// `/{repo}/blob/{rev}/{path}`: one file.
extension RepoPages {
    struct BlobFile: Sendable {
        var view: View
        var path: String
        var blob: BlobInfo
        var last: StoredCommit?
        /// The content of a regular file that is small enough to be shown.
        var content: Data?
        var stored: ContentFile?
        var versions: [PathHistory.Version]
        var versionContents: [FileHash: ContentFile]
        /// Other files of the repository that share xorbs with it, by their paths.
        var relatives: [Relative]
    }

    /// Longer files are not shown as text, in bytes.
    private static let maximumText = 512 << 10
    private static let maximumNumberedLines = 20_000
    private static let maximumVersions = 10
    private static let shownTensors = 300

    func blob(_ revision: String, _ path: String) async throws -> Response {
        let file = try await services.database.pool.read { db in try load(revision, path, in: db) }
        let view = file.view
        let links = view.links
        let content: HTML = """
            \(view.header(.files))
            <div class="bar">\(Self.revisions(view) { links.blob($0, path) })\(Self.crumbs(view, path, isFile: true))\
            <a class="button primary" href="\(links.download(revision, path))" download>Download</a></div>
            <section class="card flush">
            \(file.last.map { Self.commitLine($0, links) })
            \(Self.facts(file))
            </section>
            \(try await body(of: file))
            \(try await storage(of: file))
            """
        return page("\(path) · \(view.repo.fullName)", content)
    }

    private func load(_ revision: String, _ path: String, in db: Database) throws -> BlobFile {
        let (view, store) = try show(revision, in: db, needsFiles: true)
        guard let parsed = try? RepoPath(path), let entry = try store.entry(at: parsed, root: view.commit.tree) else {
            throw HubFailure.entryNotFound("There is no file of this name at this revision", commit: view.commit.id)
        }
        guard entry.mode != .directory else { throw WebRedirect(location: view.links.tree(revision, path)) }
        let blob = try store.blobInfo(entry.id)
        let versions = try PathHistory.versions(
            of: parsed, at: view.commit, limit: Self.maximumVersions, store: store)
        var contents: [FileHash: ContentFile] = [:]
        for large in versions.compactMap(\.blob.large) + [blob.large].compactMap(\.self) {
            guard contents[large.fileHash] == nil else { continue }
            contents[large.fileHash] = try ContentTables.file(large.fileHash, in: db)
        }
        let stored = blob.large.flatMap { contents[$0.fileHash] }
        return BlobFile(
            view: view, path: path, blob: blob, last: versions.first?.commit,
            content: blob.large == nil && blob.gitSize <= Self.maximumText ? try store.content(entry.id) : nil,
            stored: stored, versions: versions, versionContents: contents,
            relatives: try stored.map { try Self.relatives(of: $0, but: Set(contents.keys), store) } ?? [])
    }

    private static func facts(_ file: BlobFile) -> HTML {
        let size: HTML =
            "<dt>Size</dt><dd>\(PageText.size(file.blob.size)) <span class=\"quiet\">\(PageText.count(file.blob.size)) bytes</span></dd>"
        let names: HTML =
            if let large = file.blob.large {
                """
                <dt>SHA-256</dt><dd><code class="hash">\("\(large.sha256)")</code></dd>\
                <dt>Xet hash</dt><dd><code class="hash">\("\(large.fileHash)")</code></dd>
                """
            } else {
                "<dt>Git blob</dt><dd><code class=\"hash\">\("\(file.blob.id)")</code></dd>"
            }
        return "<dl class=\"facts row\">\(size)\(names)</dl>"
    }

    // MARK: Content

    private func body(of file: BlobFile) async throws -> HTML {
        let name = file.path.lowercased()
        if name.hasSuffix(".safetensors") || name.hasSuffix(".gguf") {
            return try await header(of: file)
        }
        let pictures = [".png", ".jpg", ".jpeg", ".gif", ".webp"]
        if pictures.contains(where: name.hasSuffix) {
            let source = file.view.links.resolve(file.view.revision, file.path)
            return "<section class=\"card picture\"><img src=\"\(source)\" alt=\"\(file.path)\"></section>"
        }
        guard file.blob.size <= Int64(Self.maximumText) else {
            return Self.notShown("This file is too large to be shown here.")
        }
        guard let bytes = try await content(of: file), !bytes.contains(0),
            let text = String(validating: bytes, as: UTF8.self)
        else { return Self.notShown("This file is not text, so it is not shown here.") }
        if name.hasSuffix(".md"), !request.query.flag("plain") {
            let folder = file.path.split(separator: "/").dropLast().joined(separator: "/")
            let renderer = MarkdownRenderer(links: file.view.links, revision: file.view.revision, folder: folder)
            if let article = await Self.article(String(FrontMatter.body(of: text)), renderer) {
                let source = file.view.links.blob(file.view.revision, file.path) + "?plain=1"
                return "<p class=\"end\"><a href=\"\(source)\">Show the source</a></p>\(article)"
            }
        }
        return Self.source(text)
    }

    private static func notShown(_ reason: String) -> HTML {
        "<section class=\"card quiet\"><p>\(reason)</p></section>"
    }

    private static func source(_ text: String) -> HTML {
        guard !text.isEmpty else { return notShown("This file is empty.") }
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        if lines.last?.isEmpty == true { lines.removeLast() }
        guard lines.count <= maximumNumberedLines else {
            return
                "<section class=\"card flush\"><pre class=\"source\" dir=\"ltr\"><code>\(text)</code></pre></section>"
        }
        let numbered: [HTML] = lines.enumerated().map { "<span id=\"L\($0.offset + 1)\">\($0.element)\n</span>" }
        return
            "<section class=\"card flush\"><pre class=\"source numbered\" dir=\"ltr\"><code>\(numbered)</code></pre></section>"
    }

    private func content(of file: BlobFile) async throws -> Data? {
        if let content = file.content { return content }
        guard file.blob.large != nil else { return nil }
        return try await start(of: file, Int(file.blob.size))
    }

    /// The first bytes of a file.
    private func start(of file: BlobFile, _ length: Int) async throws -> Data {
        let length = min(length, Int(clamping: file.blob.size))
        guard let large = file.blob.large else { return file.content?.prefix(length) ?? Data() }
        var bytes = Data(capacity: length)
        for try await part in try await services.content.read(file: large.fileHash, range: 0..<UInt64(length)) {
            bytes.append(contentsOf: part.readableBytesView)
        }
        return bytes
    }

    // MARK: Model headers

    private func header(of file: BlobFile) async throws -> HTML {
        do {
            let table: TensorTable
            if file.path.lowercased().hasSuffix(".gguf") {
                table = try await ggufTable(of: file)
            } else {
                let size = UInt64(clamping: file.blob.size)
                let length = try SafetensorsHeader.length(of: await start(of: file, 8), fileSize: size)
                table = try SafetensorsHeader.parse(Data(await start(of: file, 8 + length).dropFirst(8)))
            }
            return Self.tensors(table)
        } catch let problem as HeaderProblem {
            return Self.notShown("The header of this file cannot be read: \(problem).")
        }
    }

    /// A vocabulary can make the header long, so it is read in growing parts.
    private func ggufTable(of file: BlobFile) async throws -> TensorTable {
        var length = 1 << 20
        while true {
            let bytes = try await start(of: file, length)
            if let table = try GGUFHeader.parse(bytes) { return table }
            guard bytes.count == length, length < GGUFHeader.maximumLength else {
                throw HeaderProblem(description: "it does not end where the file or the limit does")
            }
            length *= 4
        }
    }

    private static func tensors(_ table: TensorTable) -> HTML {
        let types: [HTML] = table.parametersByType.map { type, count in
            "<li><strong>\(type)</strong> \(PageText.short(count))</li>"
        }
        let rows: [HTML] = table.tensors.prefix(shownTensors).map { tensor in
            """
            <tr><td><code><bdi>\(tensor.name)</bdi></code></td><td>\(tensor.type)</td>\
            <td class="number">\(tensor.shape.map(String.init).joined(separator: " × "))</td>\
            <td class="number wide-only">\(PageText.count(tensor.elements))</td></tr>
            """
        }
        let facts: [HTML] = table.metadata.prefix(100).map { key, value in
            "<dt><bdi>\(key)</bdi></dt><dd><bdi>\(value.count > 200 ? value.prefix(200) + "…" : value[...])</bdi></dd>"
        }
        let rest = table.tensors.count - rows.count
        return """
            <section class="card flush"><div class="pad"><h2>\(table.format)</h2>
            <p><strong>\(PageText.short(table.parameters))</strong> parameters in \
            \(PageText.counted(table.tensors.count, "tensor"))</p><ul class="tags">\(types)</ul>
            \(facts.isEmpty ? nil : "<details><summary>Metadata</summary><dl class=\"facts\">\(facts)</dl></details>" as HTML)</div>
            <div class="scroll"><table class="tensors"><thead><tr><th scope="col">Tensor</th><th scope="col">Type</th>\
            <th scope="col" class="number">Shape</th><th scope="col" class="number wide-only">Parameters</th></tr></thead>\
            <tbody>\(rows)</tbody></table></div>
            \(rest > 0 ? "<p class=\"pad quiet\">and \(PageText.count(rest)) more</p>" as HTML : nil)</section>
            """
    }
}

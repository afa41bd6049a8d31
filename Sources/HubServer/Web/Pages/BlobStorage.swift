import GRDB
import HubWire
import NIOPosix
import Xet

/// How a large file is stored, and what of it other versions and other files have too, on the file's page.
extension RepoPages {
    struct Relative: Sendable {
        var path: String
        var revision: String
        var content: ContentFile
    }

    private struct Sharing: Sendable {
        var name: HTML
        var link: String
        var size: Int64
        var isVersion: Bool
        var ranges: [Range<UInt64>]

        var bytes: UInt64 { ranges.reduce(0) { $0 + UInt64($1.count) } }
    }

    private static let maximumRelatives = 20

    static func relatives(
        of file: ContentFile, but known: Set<FileHash>, _ store: GitStore
    ) throws -> [Relative] {
        let found = try ContentTables.files(
            sharingXorbsWith: file.id, repo: store.repo, limit: maximumRelatives, in: store.db
        ).filter { !known.contains($0.file.hash) }
        let names = try FileNames(of: Set(found.map(\.blob)), in: store, looksBack: false).found
        return found.compactMap { entry in
            names[entry.blob].map { name in
                let prefix = ["refs/heads/", "refs/tags/"].first { name.ref.hasPrefix($0) } ?? ""
                return Relative(
                    path: name.path, revision: String(name.ref.dropFirst(prefix.count)), content: entry.file)
            }
        }
    }

    func storage(of file: BlobFile) async throws -> HTML? {
        guard let content = file.stored else { return nil }
        let (storage, sharing) = try await ContentThreads.reading.runIfActive { [indices = services.content.indices] in
            (try FileStorage(of: content, indices: indices), try Self.sharing(of: file, content, indices))
        }
        guard let storage else { return nil }
        let size = UInt64(clamping: file.blob.size)
        return """
            <section class="card flush"><div class="pad"><h2>How it is stored</h2>
            <p>\(PageText.counted(storage.chunkCount, "chunk")) in \(PageText.counted(storage.xorbCount, "xorb")), \
            <strong>\(PageText.size(storage.packedBytes))</strong> on disk for \(PageText.size(size)). Equal chunks are kept \
            once, whichever file or version has them.</p>
            \(Self.plot(sharing, size: size))</div>
            \(Self.table(sharing, size: size))
            \(Self.chunks(storage))
            </section>
            """
    }

    private static func sharing(
        of file: BlobFile, _ content: ContentFile, _ indices: XorbIndexCache
    ) throws -> [Sharing] {
        let links = file.view.links
        let versions = try file.versions.compactMap { version -> Sharing? in
            guard let large = version.blob.large, large.fileHash != content.hash,
                let other = file.versionContents[large.fileHash],
                let ranges = try FileStorage.shared(content, with: other, indices: indices)
            else { return nil }
            let id = "\(version.commit.id)"
            return Sharing(
                name: "<code>\(id.prefix(8))</code> <bdi>\(version.commit.title)</bdi>",
                link: links.blob(id, file.path),
                size: version.blob.size, isVersion: true, ranges: ranges)
        }
        let others = try file.relatives.compactMap { relative -> Sharing? in
            guard let ranges = try FileStorage.shared(content, with: relative.content, indices: indices),
                !ranges.isEmpty
            else { return nil }
            return Sharing(
                name: "<bdi>\(relative.path)</bdi>", link: links.blob(relative.revision, relative.path),
                size: Int64(clamping: relative.content.size), isVersion: false, ranges: ranges)
        }
        return versions + others
    }

    /// The file from its start to its end, coloured by who else has the chunks.
    private static func plot(_ sharing: [Sharing], size: UInt64) -> HTML {
        func all(_ isVersion: Bool) -> [Range<UInt64>] {
            FileStorage.union(sharing.filter { $0.isVersion == isVersion }.flatMap(\.ranges))
        }
        func length(_ ranges: [Range<UInt64>]) -> UInt64 { ranges.reduce(0) { $0 + UInt64($1.count) } }
        let (versions, others) = (all(true), all(false))
        let either = FileStorage.union(versions + others)
        // Drawn over the versions' colour; what both have is counted once.
        let own = size - min(size, length(either))
        let plot = StoragePlot(
            whole: size,
            parts: [
                StoragePlot.Part(
                    colour: .stored, label: "Only here", bytes: own, ranges: size > 0 ? [0..<size] : []),
                StoragePlot.Part(
                    colour: .shared, label: "Also in other versions", bytes: length(either) - length(others),
                    ranges: versions),
                StoragePlot.Part(
                    colour: .other, label: "Also in other files of this repository", bytes: length(others),
                    ranges: others),
            ], title: "\(PageText.percent(length(either), of: size)) of the file is shared")
        return "\(plot.strip)\(plot.legend)"
    }

    private static func table(_ sharing: [Sharing], size: UInt64) -> HTML? {
        guard !sharing.isEmpty else { return nil }
        let rows: [HTML] = sharing.map { entry in
            """
            <tr><td><a href="\(entry.link)">\(entry.name)</a></td><td class="number wide-only">\(PageText.size(entry.size))</td>\
            <td class="number">\(PageText.size(entry.bytes))</td>\
            <td class="number">\(PageText.percent(entry.bytes, of: size))</td></tr>
            """
        }
        return """
            <div class="scroll"><table class="sharing"><caption>In common with</caption><thead><tr>\
            <th scope="col">Version or file</th><th scope="col" class="number wide-only">Its size</th>\
            <th scope="col" class="number">In common</th><th scope="col" class="number">Share</th></tr></thead>\
            <tbody>\(rows)</tbody></table></div>
            """
    }

    private static func chunks(_ storage: FileStorage) -> HTML {
        let parts: [HTML] = storage.parts.map { part in
            """
            <tr><td><code class="hash">\("\(part.xorb)".prefix(16))…</code></td>\
            <td class="number">\(part.chunks.lowerBound)–\(part.chunks.upperBound - 1)</td>\
            <td class="number">\(PageText.size(part.bytes))</td><td class="number wide-only">\(PageText.size(part.packed))</td></tr>
            """
        }
        let rest = storage.partCount - parts.count
        return """
            <details class="pad"><summary>Chunks</summary><div class="scroll"><table><thead><tr><th scope="col">Xorb</th>\
            <th scope="col" class="number">Chunks</th><th scope="col" class="number">Bytes of the file</th>\
            <th scope="col" class="number wide-only">On disk</th></tr></thead><tbody>\(parts)</tbody></table></div>\
            \(rest > 0 ? "<p class=\"quiet\">and \(PageText.count(rest)) more</p>" as HTML : nil)</details>
            """
    }
}

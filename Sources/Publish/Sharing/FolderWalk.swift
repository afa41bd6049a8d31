package import PublishWire

/// Finds what of a folder is published.
///
/// Names that begin with a dot are left out, and files that some download has not finished. Links are followed as long as
/// they lead to something in the folder, or in one of the caches.
package struct FolderWalk {
    private let root: String
    private let realRoot: String
    private let caches: [String]
    private let takesDotFiles: Bool
    private var files: [ShareContent.File] = []
    private var leftOut: [String] = []
    /// Folders of repositories in caches that links led into.
    private var repositories: Set<String> = []

    /// Endings of files that a download has not finished.
    private static let unfinished = [
        ".incomplete", ".part", ".partial", ".crdownload", ".download", ".aria2", ".!qb", ".tmp", ".lock",
    ]
    /// What systems leave in folders.
    private static let clutter: Set<String> = ["thumbs.db", "desktop.ini", "__pycache__"]

    package struct Outcome: Sendable {
        package var content: ShareContent
        /// Folders of repositories in caches that links led into: of each, it must be known that it is public.
        package var repositories: [String]
    }

    /// Looks through a folder, or at one file. Blocks.
    /// - Parameters:
    ///   - path: absolute.
    ///   - caches: folders that links may lead into.
    ///   - takesDotFiles: for copies of repositories, whose dot files belong to them.
    package static func look(
        at path: String, caches: [String] = [], takesDotFiles: Bool = false
    ) throws(PublishError) -> Outcome {
        guard let facts = FileFacts(path), let real = FolderPath.real(path) else {
            throw PublishError(.localFile, "there is no \(path)", hint: "check the path")
        }
        let root = facts.isFolder ? path : FolderPath.folder(of: path)
        var walk = FolderWalk(
            root: root, realRoot: facts.isFolder ? real : FolderPath.folder(of: real),
            caches: caches.compactMap { FolderPath.real($0) }, takesDotFiles: takesDotFiles)
        if facts.isFolder {
            try walk.enter([], chain: [FolderID(facts)])
        } else {
            guard facts.isFile else {
                throw PublishError(.nothingToShare, "\(path) is neither file nor folder", hint: "name a folder")
            }
            let name = FolderPath.name(of: path)
            walk.files.append(
                ShareContent.File(path: try TorrentPath([name]), source: real, size: facts.size))
        }
        var content = ShareContent(root: root, files: walk.files)
        content.isWholeFolder = facts.isFolder
        content.leftOut = walk.leftOut
        return Outcome(content: content, repositories: walk.repositories.sorted())
    }

    private struct FolderID: Hashable {
        let device: UInt64
        let inode: UInt64

        init(_ facts: FileFacts) { (device, inode) = (facts.device, facts.inode) }
    }

    private init(root: String, realRoot: String, caches: [String], takesDotFiles: Bool) {
        self.root = root
        self.realRoot = realRoot
        self.caches = caches
        self.takesDotFiles = takesDotFiles
    }

    private mutating func enter(_ folder: [String], chain: Set<FolderID>) throws(PublishError) {
        let path = ([root] + folder).joined(separator: "/")
        for name in try PlacedFile.names(in: path) ?? [] {
            let parts = folder + [name]
            let shown = parts.joined(separator: "/")
            guard let kind = FileFacts(path + "/" + name, followingLinks: false) else { continue }
            if isLeftOut(name, isFolder: kind.isFolder) {
                if !name.hasPrefix(".") { leftOut.append("\(shown) is left out: it is not finished, or no part of it") }
                continue
            }
            if kind.isLink { try checkLink(path + "/" + name, shown) }
            guard let facts = kind.isLink ? FileFacts(path + "/" + name) : kind else { continue }
            switch facts.kind {
            case .folder:
                let id = FolderID(facts)
                guard !chain.contains(id) else {
                    throw PublishError(
                        .unsafePath, "\(shown) is a link to a folder that it lies in", hint: "remove the link")
                }
                guard parts.count < TorrentPath.deepest else {
                    throw PublishError(.tooLarge, "\(shown) lies too deep", hint: "use fewer folders")
                }
                try enter(parts, chain: chain.union([id]))
            case .file:
                // One that its manifest lies beside is a model that was fetched; the manifest is made anew.
                if parts.count == 1, [ModelManifest.fileName, ManifestSignature.fileName].contains(name) { continue }
                guard files.count < Metainfo.mostFiles else {
                    throw PublishError(
                        .tooLarge, "\(root) has more than \(Metainfo.mostFiles) files",
                        hint: "pack small files together")
                }
                files.append(
                    ShareContent.File(
                        path: try Self.torrentPath(parts), source: path + "/" + name, size: facts.size))
            case .link, .other:
                leftOut.append("\(shown) is left out: it is no file")
            }
        }
    }

    private static func torrentPath(_ parts: [String]) throws(PublishError) -> TorrentPath {
        do throws(PublishError) {
            return try TorrentPath(parts)
        } catch {
            throw PublishError(error.code, error.message, hint: "rename the file; others could not store it")
        }
    }

    private func isLeftOut(_ name: String, isFolder: Bool) -> Bool {
        if name.hasPrefix(".") { return !takesDotFiles || name == ".git" || name == ".cache" }
        let lowered = name.lowercased()
        if Self.clutter.contains(lowered) { return true }
        return !isFolder && Self.unfinished.contains { lowered.hasSuffix($0) }
    }

    private mutating func checkLink(_ path: String, _ shown: String) throws(PublishError) {
        guard let target = FolderPath.real(path) else {
            throw PublishError(
                .localFile, "\(shown) is a link to something that is not there", hint: "fetch the file, or remove it")
        }
        if FolderPath.contains(realRoot, target) { return }
        guard let cache = caches.first(where: { FolderPath.contains($0, target) }) else {
            throw PublishError(
                .unsafePath, "\(shown) is a link that leads out of the folder, to \(target)",
                hint: "copy the file into the folder, or share the folder that it lies in")
        }
        // The first level of a cache holds repositories.
        if let name = target.dropFirst(cache.count + 1).split(separator: "/").first {
            repositories.insert(cache + "/" + name)
        }
    }
}

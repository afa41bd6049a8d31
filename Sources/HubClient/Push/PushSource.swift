/// The local files of a push, in the order of their paths.
struct PushSource: Sendable {
    struct File: Sendable, Hashable {
        /// Where it is.
        var localPath: String
        /// Its path in the repository.
        var name: String
        var size: UInt64
    }

    var files: [File]
    /// What the folder has that cannot be pushed, sorted by path.
    private(set) var leftOut: [PushResult.LeftOut] = []
    /// The folder in the repository that everything goes into; empty for the root.
    private(set) var folderInRepo = ""
    let isFolder: Bool
    /// What the default commit message calls it.
    let title: String

    /// Finds the files. Links to files are followed, links to folders are not; `.git` and `.cache/huggingface` are
    /// left out wherever they are.
    /// - Throws: ``HubError``; `local_path_not_found`, or `no_match` when nothing is left.
    init(_ request: PushRequest) throws(HubError) {
        let root = LocalPath.absolute(request.localPath)
        guard let status = Disk.status(root) else {
            throw HubError(
                .localPathNotFound, "There is no file or folder '\(request.localPath)'.",
                hint: "Check the path of what shall be sent.")
        }
        let inRepo = try PushSource.cleaned(request.pathInRepo ?? "")
        if status.isRegular {
            let wantsFolder = inRepo.isEmpty || request.pathInRepo?.hasSuffix("/") == true
            let name = wantsFolder ? PushSource.joined(inRepo, LocalPath.name(of: root)) : inRepo
            files = [File(localPath: root, name: name, size: status.size)]
            isFolder = false
            title = name
        } else {
            guard status.isDirectory else {
                throw HubError(.localFile, "'\(request.localPath)' is neither a file nor a folder.")
            }
            let found = try PushSource.walk(
                root, keeping: PatternFilter(include: request.include, exclude: request.exclude))
            files = found.files.map {
                File(localPath: $0.localPath, name: PushSource.joined(inRepo, $0.name), size: $0.size)
            }
            leftOut = found.leftOut
            folderInRepo = inRepo
            isFolder = true
            title = "folder"
        }
        guard !files.isEmpty || !request.delete.isEmpty else {
            throw HubError(
                .noMatch, "There is nothing to push in '\(request.localPath)'.",
                hint: request.include.isEmpty && request.exclude.isEmpty ? nil : "Check --include and --exclude.")
        }
        for file in files {
            do {
                try RepoPath.validate(file.name)
            } catch {
                throw HubError(
                    .unsafePath, "'\(file.name)' cannot be the path of a file in a repository.",
                    hint: "Rename it, or leave it out with --exclude.", cause: error)
            }
        }
    }

    private static func joined(_ folder: String, _ name: String) -> String {
        folder.isEmpty ? name : folder + "/" + name
    }

    /// Takes `.`, `./` and outer slashes off a path in the repository.
    private static func cleaned(_ path: String) throws(HubError) -> String {
        let parts = path.split(separator: "/").filter { $0 != "." }
        guard !parts.contains("..") else {
            throw HubError(.badReference, "The path '\(path)' leads out of the repository.")
        }
        return parts.joined(separator: "/")
    }

    private static func walk(
        _ root: String, keeping filter: PatternFilter
    ) throws(HubError) -> (files: [File], leftOut: [PushResult.LeftOut]) {
        var found: [File] = []
        var leftOut: [PushResult.LeftOut] = []
        var pending = [""]
        while let prefix = pending.popLast() {
            for name in try Disk.names(in: prefix.isEmpty ? root : LocalPath.join(root, prefix)) {
                let path = prefix + name
                if name == ".git" || path == ".cache/huggingface" || path.hasSuffix("/.cache/huggingface") { continue }
                let local = LocalPath.join(root, path)
                guard let entry = Disk.status(local, followingLinks: false) else { continue }
                if entry.isDirectory {
                    pending.append(path + "/")
                    continue
                }
                guard filter.keeps(path) else { continue }
                guard let status = Disk.status(local) else {
                    guard entry.isLink else { continue }
                    throw HubError(
                        .localFile, "The link \(local) leads nowhere.",
                        hint: "Remove it, or leave it out with --exclude.")
                }
                if status.isRegular {
                    found.append(File(localPath: local, name: path, size: status.size))
                } else {
                    leftOut.append(.init(path: path, reason: status.isDirectory ? .folderLink : .special))
                }
            }
        }
        return (
            found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) },
            leftOut.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        )
    }
}

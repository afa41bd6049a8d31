package import PublishWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The folder in which the files of a model become visible.
package struct Destination: Sendable, Hashable {
    package let folder: String

    package init(folder: String) {
        self.folder = folder
    }

    package func path(of file: TorrentPath) -> String { folder + "/" + file.description }

    /// Makes sure that no folder on the way to a file is a link or a file: what is written must not come to lie elsewhere.
    package func check(_ file: TorrentPath) throws(PublishError) {
        var path = folder
        for part in file.components.dropLast() {
            path += "/" + part
            guard let facts = FileFacts(path, followingLinks: false) else { return }
            guard facts.isFolder else {
                throw PublishError(
                    .unsafePath, "\(path) is \(facts.isLink ? "a link" : "no folder"), and a folder is needed there",
                    hint: "move it out of the way, or choose another folder with -o")
            }
        }
        if FileFacts(self.path(of: file), followingLinks: false)?.isFolder == true {
            throw PublishError(
                .unsafePath, "\(self.path(of: file)) is a folder, and a file is needed there",
                hint: "move it out of the way, or choose another folder with -o")
        }
    }

    /// Gives a verified file its name, once its bytes are on the disk (``FileFlush``). What was there is replaced in the
    /// same step. The name outlives a power cut after ``seal(_:)``.
    package func place(_ source: String, as file: TorrentPath) throws(PublishError) {
        try check(file)
        let target = path(of: file)
        try PlacedFile.createFolder(FolderPath.folder(of: target))
        try check(file)
        guard rename(source, target) == 0 else { throw .storage("write", target, errno) }
    }

    /// Puts the names of files on the disk, and those of the folders that they lie in. Blocks.
    package func seal(_ files: [TorrentPath]) {
        var folders: Set<String> = [folder, FolderPath.folder(of: folder)]
        for file in files {
            var path = folder
            for part in file.components.dropLast() {
                path += "/" + part
                folders.insert(path)
            }
        }
        // Best effort: some file systems cannot, and the files themselves are there.
        for folder in folders { _ = FileFlush.sync(folder, O_DIRECTORY) }
    }

    /// Makes an empty file.
    package func placeEmpty(_ file: TorrentPath) throws(PublishError) {
        try check(file)
        if let facts = FileFacts(path(of: file), followingLinks: false), facts.isFile, facts.size == 0 { return }
        try PlacedFile.write([], to: path(of: file))
    }

    /// Whether something has the name of a file; a link counts, wherever it leads.
    package func holds(_ file: TorrentPath) -> Bool { FileFacts(path(of: file), followingLinks: false) != nil }

    /// Files that are in the way, for somebody who has to decide what becomes of them.
    static func refusal(_ files: [TorrentPath], in folder: String) -> PublishError {
        let named = files.prefix(5).map(\.description).joined(separator: ", ")
        let rest = files.count > 5 ? " and \(files.count - 5) more" : ""
        return PublishError(
            .fileExists, "\(folder) has other files under these names: \(named)\(rest)",
            hint: "move them out of the way, choose another folder with -o, or replace them with --overwrite")
    }
}

extension PublishError.Code {
    /// Files of the user that would be replaced.
    package static let fileExists = PublishError.Code(rawValue: "file_exists")
}

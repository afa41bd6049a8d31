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

    /// Gives a verified file its name. What was there is replaced in the same step.
    package func place(_ source: String, as file: TorrentPath) throws(PublishError) {
        try check(file)
        let target = path(of: file)
        try PlacedFile.createFolder(FolderPath.folder(of: target))
        try check(file)
        guard rename(source, target) == 0 else { throw .storage("write", target, errno) }
    }

    /// Makes an empty file.
    package func placeEmpty(_ file: TorrentPath) throws(PublishError) {
        try check(file)
        if let facts = FileFacts(path(of: file), followingLinks: false), facts.isFile, facts.size == 0 { return }
        try PlacedFile.write([], to: path(of: file))
    }
}

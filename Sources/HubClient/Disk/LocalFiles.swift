/// The files that a word on a command line means.
package enum LocalFiles {
    /// The regular files below a folder, by path; links to files count, folders behind links do not.
    /// - Throws: ``HubError`` when a folder cannot be read, or a name is not UTF-8.
    package static func below(_ folder: String) throws(HubError) -> [String] {
        var found: [String] = []
        var pending = [folder]
        while let next = pending.popLast() {
            for name in try Disk.names(in: next) {
                let path = LocalPath.join(next, name)
                if Disk.status(path, followingLinks: false)?.isDirectory == true {
                    pending.append(path)
                } else if Disk.status(path)?.isRegular == true {
                    found.append(path)
                }
            }
        }
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

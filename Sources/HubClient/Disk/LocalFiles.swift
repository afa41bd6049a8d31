/// The files that a word on a command line means.
package enum LocalFiles {
    /// The regular files below a folder, by path; links to files count, folders behind links do not.
    /// - Throws: ``HubError`` when a folder cannot be read, or a name is not UTF-8.
    package static func below(_ folder: String) throws(HubError) -> [String] {
        try Disk.leaves(below: folder, isLenient: false).map { LocalPath.join(folder, $0) }
            .filter { Disk.status($0)?.isRegular == true }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

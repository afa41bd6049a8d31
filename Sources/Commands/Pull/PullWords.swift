/// What the words behind the repository mean in a pull: files of the repository, and perhaps a place for them.
///
/// A last word that is plainly a local path (`./x`, `../x`, `/x`, `~/x`, `.`) is the folder to fill, since no path in a
/// repository begins like that; a last `-` is standard output. Every other word is a file or folder of the
/// repository. Only when the repository has no such file may a lone word be a local folder after all: if it ends in a
/// slash, or if such a folder exists.
struct PullWords: Equatable {
    var files: [String]
    var localDirectory: String?
    var goesToOutput = false

    /// - Parameters:
    ///   - words: the arguments behind the repository.
    ///   - path: the path that the repository's address named.
    init(_ words: [String], path: String?) throws {
        files = words
        if files.last == "-" {
            goesToOutput = true
            files.removeLast()
        } else if let last = files.last, LocalWord.isPath(last) {
            localDirectory = last
            files.removeLast()
        }
        if let wrong = files.first(where: { $0.isEmpty || $0 == "-" || LocalWord.isPath($0) }) {
            throw CommandFailure.usage(
                wrong.isEmpty ? "an empty word is no file" : "'\(wrong)' cannot be a file of a repository",
                hint: "files first, then one folder to put them into; or --local-dir")
        }
        guard let path else { return }
        guard files.isEmpty else {
            throw CommandFailure.usage("the address names '\(path)' already; no further files can be named")
        }
        files = [path]
    }

    /// The folder that a lone word may mean when the repository has no file of that name.
    func possibleDirectory(_ words: [String], isFolder: (String) -> Bool) -> String? {
        guard words.count == 1, files == words, let word = words.first else { return nil }
        return word.hasSuffix("/") || isFolder(word) ? word : nil
    }
}

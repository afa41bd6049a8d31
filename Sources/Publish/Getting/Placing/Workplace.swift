package import PublishWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Where a download lies until it is verified: a hidden folder on the disk where the model goes.
///
///     .shoal-get/<hash>/torrent     the metainfo
///                       resume      what the engine knows of its files
///                       files/<n>   the file of that place in the metainfo
///                       copies/<n>  the same, copied from elsewhere on this machine
///                       parts/      what the engine keeps of unwanted files
///     .shoal-get/<v1>.alias         of a hybrid torrent: the <hash> that it is kept by, which is that of v2
package struct Workplace: Sendable {
    package static let folderName = ".shoal-get"

    /// The folder in which the model becomes visible, or that of all models.
    package let base: String
    package let path: String
    private let alias: String?

    /// - Parameter hashes: both of a hybrid torrent, or one, where the other is not known.
    package init(base: String, hashes: InfoHashes) {
        self.base = base
        let folder = "\(base)/\(Self.folderName)"
        alias = hashes.v1.map { "\(folder)/\(Hex.encode($0)).alias" }
        var name = Hex.encode(hashes.short)
        if hashes.v2 == nil, let alias, let bytes = PlacedFile.read(alias, limit: 40),
            let known = Hex.decode(String(decoding: bytes, as: UTF8.self), count: 20)
        {
            name = Hex.encode(known)
        }
        path = "\(folder)/\(name)"
    }

    /// Held while somebody works there.
    package func lockFile(_ folder: PublishFolder) -> String {
        "\(folder.getting)/\(FolderPath.name(of: path)).lock"
    }

    /// What was placed elsewhere, and nothing but this tells that it was right.
    func placedFile(_ folder: PublishFolder) -> String {
        "\(folder.getting)/\(FolderPath.name(of: path)).placed"
    }

    package var torrentFile: String { path + "/torrent" }
    package var resumeFile: String { path + "/resume" }
    package var files: String { path + "/files" }
    package var parts: String { path + "/parts" }

    package func file(_ place: Int) -> String { "\(files)/\(place)" }

    /// Where a file is copied to that is elsewhere on this machine: the engine may have begun the other.
    package func copy(_ place: Int) -> String { "\(path)/copies/\(place)" }

    package func discardCopy(_ place: Int) { unlink(copy(place)) }

    package func prepare(_ metainfo: Metainfo) throws(PublishError) {
        let folders = [files, parts, path + "/copies"]
        for folder in folders { try PlacedFile.createFolder(folder) }
        // Nothing in the way may be a link: what is written here would come to lie elsewhere.
        for folder in ["\(base)/\(Self.folderName)", path] + folders {
            guard FileFacts(folder, followingLinks: false)?.isFolder == true else {
                throw PublishError(.unsafePath, "\(folder) is no folder", hint: "move it out of the way")
            }
        }
        if let alias, metainfo.hashes.v2 != nil, FileFacts(alias, followingLinks: false) == nil {
            try PlacedFile.write(Array(FolderPath.name(of: path).utf8), to: alias)
        }
        guard PlacedFile.read(torrentFile, limit: Metainfo.largestTorrent) != metainfo.bytes else { return }
        try PlacedFile.write(metainfo.bytes, to: torrentFile)
    }

    /// The metainfo that an earlier run has found out.
    package func knownMetainfo(_ hashes: InfoHashes) -> Metainfo? {
        guard let bytes = PlacedFile.read(torrentFile, limit: Metainfo.largestTorrent),
            let metainfo = try? Metainfo(bytes, requiresLayers: false), metainfo.hashes.isSame(as: hashes)
        else { return nil }
        return metainfo
    }

    package var resumeData: [UInt8]? { PlacedFile.read(resumeFile, limit: Self.largestResumeData) }
    /// The hashes of a magnet link's torrent of 500 GB.
    private static let largestResumeData = 1 << 30

    package func keep(resumeData: [UInt8]) throws(PublishError) { try PlacedFile.write(resumeData, to: resumeFile) }

    package func discardResumeData() { try? PlacedFile.remove(resumeFile) }

    /// Whether an earlier run has left files.
    package var hasFiles: Bool { ((try? PlacedFile.names(in: files)) ?? nil)?.isEmpty == false }

    /// Removes all of it.
    package func discard() {
        Self.removeTree(path)
        if let alias { unlink(alias) }
        rmdir("\(base)/\(Self.folderName)")
    }

    /// Removes a folder of ours; links in it are removed, never followed.
    private static func removeTree(_ path: String) {
        guard let facts = FileFacts(path, followingLinks: false) else { return }
        guard facts.isFolder else {
            unlink(path)
            return
        }
        for name in ((try? PlacedFile.names(in: path)) ?? nil) ?? [] { removeTree(path + "/" + name) }
        rmdir(path)
    }
}

internal import Crypto
internal import PublishWire

/// The files of a torrent, as they lie on this machine.
struct SourceFiles: Sendable {
    struct File: Sendable {
        /// Its place in the metainfo.
        var index: Int
        var path: String
        var source: String
        var size: Int64
        /// Whether it is a paper of the registry, which is written after the torrent was made of its bytes.
        var isPaper: Bool
    }

    /// How they stand.
    enum Look: Sendable, Hashable {
        /// All there, each as long as it was; the seal is another one after any of them was written to.
        case whole(seal: String, newest: Int64)
        case broken(String)
    }

    var files: [File]
    /// How many files the metainfo has, pads among them.
    var count: Int

    init(_ metainfo: Metainfo, item: SeedItem) {
        count = metainfo.files.count
        let papers = FolderPath.folder(of: item.torrentFile)
        files = metainfo.payload.map { index in
            let path = metainfo.files[index].path.description
            let source = item.places[path] ?? item.folder + "/" + path
            return File(
                index: index, path: path, source: source, size: metainfo.files[index].size,
                isPaper: FolderPath.folder(of: source) == papers)
        }
    }

    /// Looks at every file without reading any.
    func look() -> Look {
        var hash = SHA256()
        var newest = Int64.min
        for file in files {
            guard let facts = FileFacts(file.source) else { return .broken("\(file.source) is missing") }
            guard facts.isFile else { return .broken("\(file.source) is no file any more") }
            guard facts.size == file.size else {
                return .broken("\(file.source) has \(facts.size) bytes in place of \(file.size)")
            }
            if !file.isPaper { newest = max(newest, facts.modified) }
            var line = Array(file.path.utf8)
            line.append(0)
            for number in [UInt64(bitPattern: facts.size), UInt64(bitPattern: facts.modified), facts.inode] {
                withUnsafeBytes(of: number.littleEndian) { line += $0 }
            }
            hash.update(data: line)
        }
        return .whole(seal: Hex.encode(hash.finalize()), newest: newest)
    }

    /// By place in the metainfo.
    var places: [Int: String] { Dictionary(files.map { ($0.index, $0.source) }) { first, _ in first } }
}

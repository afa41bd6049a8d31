/// The files of a torrent, with their pads.
struct FileList {
    var name: String
    var isSingleFile = false
    var files: [Metainfo.File] = []
    private var realFiles = 0
    private var names = TreeNames()

    init(_ info: BencodeView, name: String, format: Metainfo.Format, pieceLength: Int) throws(PublishError) {
        self.name = name
        switch format {
        case .v1: try readV1(info, pieceLength: pieceLength)
        case .v2: try readTree(info, pieceLength: pieceLength)
        case .hybrid:
            try readV1(info, pieceLength: pieceLength)
            var tree = FileList(name: name)
            try tree.readTree(info, pieceLength: pieceLength, namesSingleFile: false)
            try agree(with: tree, pieceLength: pieceLength)
        }
    }

    private init(name: String) {
        self.name = name
    }

    /// Bytes so far.
    private var end: Int64 { files.last.map { $0.offset + $0.size } ?? 0 }

    private mutating func append(
        _ path: TorrentPath, size: Int64?, isPad: Bool = false, root: [UInt8]? = nil
    ) throws(PublishError) {
        guard let size, size >= 0 else {
            throw PublishError(.malformed, "the torrent has a file without a size: \(path.description.quoted)")
        }
        guard size <= Metainfo.largestSize, end + size <= Metainfo.largestSize else {
            throw PublishError(.tooLarge, "the torrent has more than \(Metainfo.largestSize) bytes")
        }
        if !isPad {
            realFiles += 1
            guard realFiles <= Metainfo.mostFiles else { throw Self.tooMany }
            try names.insert(path)
        }
        guard files.count < 2 * Metainfo.mostFiles else { throw Self.tooMany }
        files.append(Metainfo.File(path: path, size: size, isPad: isPad, offset: end, piecesRoot: root))
    }

    private static var tooMany: PublishError {
        PublishError(.tooLarge, "the torrent has more than \(Metainfo.mostFiles) files")
    }

    /// What a file is besides its bytes (BEP 47).
    private static func isPad(_ file: BencodeView) throws(PublishError) -> Bool {
        let attributes = file["attr"]?.content ?? []
        guard !attributes.contains(UInt8(ascii: "l")), file["symlink path"] == nil else {
            throw PublishError(
                .unsafePath, "the torrent has a symbolic link", hint: "do not use it; links may lead anywhere")
        }
        return attributes.contains(UInt8(ascii: "p"))
    }
}

// MARK: - Version 1

extension FileList {
    private mutating func readV1(_ info: BencodeView, pieceLength: Int) throws(PublishError) {
        if let length = info["length"] {
            guard info["files"] == nil else {
                throw PublishError(.inconsistent, "the torrent is one file and has a list of files")
            }
            guard try !Self.isPad(info) else { throw PublishError(.malformed, "the torrent has no files") }
            isSingleFile = true
            try append(try TorrentPath([name]), size: length.integer)
            return
        }
        guard let list = info["files"], list.isList else {
            throw PublishError(.malformed, "this is no torrent: it has neither a size nor files")
        }
        try list.forEach { file throws(PublishError) in
            let path = try Self.v1Path(of: file)
            let size = file["length"]?.integer
            let isPad = try Self.isPad(file)
            // A pad only fills up a piece; clients that know pads not would write a longer one.
            guard !isPad || (0..<Int64(pieceLength)).contains(size ?? 0) else {
                throw PublishError(.malformed, "the torrent has a pad that is longer than a piece")
            }
            try append(path, size: size, isPad: isPad)
        }
        guard realFiles > 0 else { throw PublishError(.malformed, "the torrent has no files") }
    }

    private static func v1Path(of file: BencodeView) throws(PublishError) -> TorrentPath {
        let plain = try components(file["path"])
        let marked = try components(file["path.utf-8"])
        guard let first = marked ?? plain else {
            throw PublishError(.malformed, "the torrent has a file without a path")
        }
        let path = try TorrentPath(bytes: first)
        // Where a file has both, clients differ in which they take.
        if let plain, plain != first, plain.allSatisfy({ String(validating: $0, as: UTF8.self) != nil }) {
            throw PublishError(.inconsistent, "a file has two paths, one of them \(path.description.quoted)")
        }
        return path
    }

    private static func components(_ list: BencodeView?) throws(PublishError) -> [[UInt8]]? {
        guard let list else { return nil }
        guard list.isList else { throw PublishError(.malformed, "the torrent has a path that is no list") }
        var components: [[UInt8]] = []
        try list.forEach { component throws(PublishError) in
            guard let content = component.content, components.count <= TorrentPath.deepest else {
                throw PublishError(.malformed, "the torrent has a path of other things than names, or of too many")
            }
            components.append(Array(content))
        }
        if components.count == 1, components[0].contains(0x2F) {
            throw PublishError(
                .unsafePath,
                "a file's whole path is one name: \(String(decoding: components[0], as: UTF8.self).quoted)",
                hint: "Silmaril makes such torrents and each client unpacks them differently; share the folder again")
        }
        return components
    }
}

// MARK: - Version 2

extension FileList {
    /// - Parameter namesSingleFile: whether a lone file gives the torrent its name, as in v2 without v1.
    private mutating func readTree(
        _ info: BencodeView, pieceLength: Int, namesSingleFile: Bool = true
    ) throws(PublishError) {
        guard let tree = info["file tree"] else { throw PublishError(.malformed, "the torrent has no tree of files") }
        var folders: [[UInt8]] = []
        try readFolder(tree, at: &folders, pieceLength: pieceLength)
        guard realFiles > 0 else { throw PublishError(.malformed, "the torrent has no files") }
        guard realFiles == 1, files[0].path.components.count == 1 else { return }
        isSingleFile = true
        // The folder level of a lone file is lost in v2, whatever the torrent's name.
        if namesSingleFile { name = files[0].path.name }
    }

    private mutating func readFolder(
        _ folder: BencodeView, at path: inout [[UInt8]], pieceLength: Int
    ) throws(PublishError) {
        guard path.count <= TorrentPath.deepest else {
            throw PublishError(.tooLarge, "the torrent's folders are nested too deeply")
        }
        var isEmpty = true
        try folder.forEachEntry { name, value throws(PublishError) in
            isEmpty = false
            guard value.isDictionary else { throw PublishError(.malformed, "the torrent's tree of files is damaged") }
            if name.isEmpty { throw PublishError(.nameCollision, "the torrent has a file that is also a folder") }
            path.append(Array(name))
            if let leaf = Self.leaf(of: value) {
                try readLeaf(leaf, at: try TorrentPath(bytes: path), pieceLength: pieceLength)
            } else {
                try readFolder(value, at: &path, pieceLength: pieceLength)
            }
            path.removeLast()
        }
        guard !isEmpty else { throw PublishError(.malformed, "the torrent's tree of files has an empty folder") }
    }

    /// The properties of a file; nil for a folder. Keys are sorted, so the empty one comes first.
    private static func leaf(of value: BencodeView) -> BencodeView? {
        guard value.bytes[value.start + 1] == 0x30 else { return nil }
        var count = 0
        try? value.forEachEntry { _, _ in count += 1 }
        return count == 1 ? value[""] : nil
    }

    private mutating func readLeaf(
        _ leaf: BencodeView, at path: TorrentPath, pieceLength: Int
    ) throws(PublishError) {
        guard leaf.isDictionary, try !Self.isPad(leaf) else {
            throw PublishError(.malformed, "the torrent's tree of files is damaged at \(path.description.quoted)")
        }
        let size = leaf["length"]?.integer
        let root = leaf["pieces root"]?.content
        guard size == 0 ? root == nil : root?.count == 32 else {
            throw PublishError(
                .inconsistent, "the torrent has no pieces root, or a wrong one, for \(path.description.quoted)")
        }
        try append(path, size: size, root: root.map { Array($0) })
        // Every file begins with a piece of its own; no client writes what lies between.
        let rest = Int64(pieceLength) - end % Int64(pieceLength)
        if rest < Int64(pieceLength) {
            try append(try TorrentPath([".pad", "\(rest)"]), size: rest, isPad: true)
        }
    }
}

// MARK: - Both

extension FileList {
    /// Makes sure that the files of v1, without pads, are those of the tree, and takes the roots from there.
    private mutating func agree(with tree: FileList, pieceLength: Int) throws(PublishError) {
        var others = tree.files.lazy.filter { !$0.isPad }.makeIterator()
        for index in files.indices where !files[index].isPad {
            let file = files[index]
            guard let other = others.next(), other.path == file.path, other.size == file.size else {
                throw PublishError(
                    .inconsistent,
                    "the two halves of the torrent have different files at "
                        + file.path.description.quoted,
                    hint: "do not use it; clients of v1 and v2 would not fetch the same")
            }
            guard file.size == 0 || file.offset == other.offset else {
                throw PublishError(
                    .inconsistent, "the two halves of the torrent have \(file.path.description.quoted) at other places")
            }
            files[index] = Metainfo.File(
                path: file.path, size: file.size, isPad: false, offset: file.offset, piecesRoot: other.piecesRoot)
        }
        guard others.next() == nil else {
            throw PublishError(.inconsistent, "the two halves of the torrent have different numbers of files")
        }
        guard !isSingleFile || tree.isSingleFile else {
            throw PublishError(.inconsistent, "only one half of the torrent has a folder")
        }
    }
}

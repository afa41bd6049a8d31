internal import Crypto
internal import SwarmWire

extension Metainfo {
    /// Reads and checks a `.torrent`.
    /// - Parameter requiresLayers: whether v2 files must come with their piece layers, as in every `.torrent`. A
    ///   torrent that was begun by a magnet link may be known without. Layers that are there are checked either way.
    public init(_ bytes: [UInt8], requiresLayers: Bool = true) throws(PublishError) {
        self.init(try MetainfoParts(bytes, requiresLayers: requiresLayers))
    }
}

/// What a ``Metainfo`` is put together from, in the order in which it is found out.
struct MetainfoParts {
    let bytes: [UInt8]
    let infoRange: Range<Int>
    let hashes: InfoHashes
    let format: Metainfo.Format
    let pieceLength: Int
    let pieceCount: Int
    let list: FileList
    let v1Pieces: Range<Int>?
    let layers: [[UInt8]: Range<Int>]
    let hasPieceLayers: Bool
    let trackers: [String]
    let webSeeds: [String]
    let nodes: [PeerAddress]
    let comment: String?
    let createdBy: String?
    let createdAt: Int64?
    let isPrivate: Bool

    init(_ bytes: [UInt8], requiresLayers: Bool) throws(PublishError) {
        guard bytes.count <= Metainfo.largestTorrent else {
            throw PublishError(
                .tooLarge, "the torrent has \(bytes.count) bytes, \(Metainfo.largestTorrent) are allowed",
                hint: "its publisher should choose a larger piece length")
        }
        let root = try BencodeView(
            checking: bytes, depth: Metainfo.deepestValue, nodes: Metainfo.mostValues)
        guard let info = root["info"], info.isDictionary else {
            throw PublishError(.malformed, "this is no torrent: it has no info dictionary")
        }
        self.bytes = bytes
        infoRange = info.range
        format = try Self.format(of: info)
        let name = try Self.name(of: info)
        pieceLength = try Self.pieceLength(of: info, format: format)
        list = try FileList(info, name: name, format: format, pieceLength: pieceLength)
        pieceCount = try Self.pieceCount(list, pieceLength: pieceLength)
        v1Pieces = format == .v2 ? nil : try Self.v1Pieces(of: info, count: pieceCount)
        let found = try PieceLayers(root["piece layers"], list: list, pieceLength: pieceLength)
        guard found.isComplete || !requiresLayers else {
            throw PublishError(
                .missing, "the torrent lacks the piece layers of \(found.missing.quoted)",
                hint: "open it by its magnet link; peers know the layers")
        }
        layers = found.layers
        hasPieceLayers = found.isComplete

        let dictionary = bytes[infoRange]
        guard
            let hashes = InfoHashes(
                v1: format == .v2 ? nil : Array(Insecure.SHA1.hash(data: dictionary)),
                v2: format == .v1 ? nil : Array(SHA256.hash(data: dictionary)))
        else { throw PublishError(.malformed, "this is no torrent") }
        self.hashes = hashes

        let notes = try MetainfoNotes(root)
        trackers = notes.trackers
        webSeeds = notes.webSeeds
        nodes = notes.nodes
        comment = notes.comment
        createdBy = notes.createdBy
        createdAt = notes.createdAt
        isPrivate = info["private"]?.integer == 1
    }

    private static func format(of info: BencodeView) throws(PublishError) -> Metainfo.Format {
        let hasV1 = info["pieces"] != nil
        guard let version = info["meta version"] else {
            guard hasV1 else { throw PublishError(.malformed, "this is no torrent: it has no pieces") }
            guard info["file tree"] == nil else {
                throw PublishError(.inconsistent, "the torrent has a tree of files but is not of version 2")
            }
            return .v1
        }
        guard version.integer == 2, info["file tree"]?.isDictionary == true else {
            throw PublishError(
                .unsupported, "the torrent is of a version that is not known, or has no tree of files",
                hint: "update Shoal")
        }
        return hasV1 ? .hybrid : .v2
    }

    private static func name(of info: BencodeView) throws(PublishError) -> String {
        // Where a torrent has both, clients differ in which they take.
        guard let name = (info["name.utf-8"] ?? info["name"])?.text, !name.isEmpty else {
            throw PublishError(.unsafePath, "the torrent has no name, or one that is not UTF-8")
        }
        if let plain = info["name"]?.text, !plain.utf8.elementsEqual(name.utf8) {
            throw PublishError(.inconsistent, "the torrent has two names: \(plain.quoted) and \(name.quoted)")
        }
        try TorrentPath.check(name)
        return name
    }

    private static func pieceLength(of info: BencodeView, format: Metainfo.Format) throws(PublishError) -> Int {
        guard let length = info["piece length"]?.integer else {
            throw PublishError(.malformed, "this is no torrent: it has no piece length")
        }
        let smallest = format == .v1 ? Metainfo.smallestV1Piece : Metainfo.smallestPiece
        guard length >= smallest, length <= Metainfo.largestPiece else {
            throw PublishError(
                .tooLarge,
                "the torrent's pieces have \(length) bytes; from \(smallest) to \(Metainfo.largestPiece) are allowed")
        }
        guard format == .v1 || length & (length - 1) == 0 else {
            throw PublishError(.malformed, "the torrent's piece length is no power of two, as version 2 asks for")
        }
        return Int(length)
    }

    private static func pieceCount(_ list: FileList, pieceLength: Int) throws(PublishError) -> Int {
        let extent = list.files.last.map { $0.offset + $0.size } ?? 0
        guard extent > 0 else { throw PublishError(.malformed, "the torrent has no bytes") }
        let count = (extent - 1) / Int64(pieceLength) + 1
        guard count <= Metainfo.mostPieces else {
            throw PublishError(
                .tooLarge, "the torrent has \(count) pieces, \(Metainfo.mostPieces) are allowed",
                hint: "its publisher should choose a larger piece length")
        }
        return Int(count)
    }

    private static func v1Pieces(of info: BencodeView, count: Int) throws(PublishError) -> Range<Int> {
        guard let pieces = info["pieces"]?.content, pieces.count == 20 * count else {
            throw PublishError(.inconsistent, "the torrent has not one hash for each of its \(count) pieces")
        }
        return pieces.startIndex..<pieces.endIndex
    }
}

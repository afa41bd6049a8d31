internal import Crypto
public import SwarmWire

/// The content of a `.torrent`: BEP 3 (v1), BEP 52 (v2), or both in one (hybrid), checked as a whole.
///
/// Files stand in the order, and with the pad files, that libtorrent sees; so a place in ``files`` is that file's
/// number in the engine.
public struct Metainfo: Sendable, Hashable {
    public enum Format: String, Sendable, Hashable { case v1, v2, hybrid }

    /// A file, or a pad that no client writes.
    public struct File: Sendable, Hashable {
        /// Below the torrent's folder; that of a torrent without folder is its ``Metainfo/name``.
        public let path: TorrentPath
        public let size: Int64
        public let isPad: Bool
        /// Where it begins when all files, pads among them, lie end to end.
        public let offset: Int64
        /// The root of its tree of 16 KiB blocks (v2, hybrid): equal in all torrents that have this file, whatever
        /// their piece length. Nil in v1, for pads and for empty files.
        public let piecesRoot: [UInt8]?
    }

    /// A part of a file.
    public struct Span: Sendable, Hashable {
        /// The file's place in ``Metainfo/files``.
        public let file: Int
        /// Bytes of the file.
        public let range: Range<Int64>
    }

    /// As they came.
    public let bytes: [UInt8]
    /// Over the info dictionary exactly as it stands in ``bytes``.
    public let hashes: InfoHashes
    public let format: Format
    /// The folder of the files, or the only file.
    public let name: String
    /// Whether there is no folder.
    public let isSingleFile: Bool
    public let pieceLength: Int
    public let pieceCount: Int
    public let files: [File]
    /// Of all tiers, each once.
    public let trackers: [String]
    /// BEP 19.
    public let webSeeds: [String]
    /// Of the DHT.
    public let nodes: [PeerAddress]
    public let comment: String?
    public let createdBy: String?
    /// Seconds since 1970.
    public let createdAt: Int64?
    /// Peers may be told by its trackers alone.
    public let isPrivate: Bool
    /// Whether the piece layers of all files are there; only torrents that are known by a magnet link lack some.
    public let hasPieceLayers: Bool

    /// Where the info dictionary stands in ``bytes``.
    package let infoRange: Range<Int>
    /// Where the v1 hashes stand in ``bytes``.
    let v1Pieces: Range<Int>?
    /// Where the layer of a file stands in ``bytes``, by its root.
    let layers: [[UInt8]: Range<Int>]

    init(_ parts: MetainfoParts) {
        bytes = parts.bytes
        hashes = parts.hashes
        format = parts.format
        name = parts.list.name
        isSingleFile = parts.list.isSingleFile
        pieceLength = parts.pieceLength
        pieceCount = parts.pieceCount
        files = parts.list.files
        trackers = parts.trackers
        webSeeds = parts.webSeeds
        nodes = parts.nodes
        comment = parts.comment
        createdBy = parts.createdBy
        createdAt = parts.createdAt
        isPrivate = parts.isPrivate
        hasPieceLayers = parts.hasPieceLayers
        infoRange = parts.infoRange
        v1Pieces = parts.v1Pieces
        layers = parts.layers
    }
}

extension Metainfo {
    /// Bytes of all files and pads end to end.
    public var extent: Int64 { files.last.map { $0.offset + $0.size } ?? 0 }

    /// Bytes of the files alone.
    public var payloadSize: Int64 { files.reduce(0) { $1.isPad ? $0 : $0 + $1.size } }

    /// Places of the files that are no pads.
    public var payload: [Int] { files.indices.filter { !files[$0].isPad } }

    /// Where a file comes to lie below the folder that the torrent is stored in.
    public func storedPath(of file: Int) throws(PublishError) -> TorrentPath {
        isSingleFile ? files[file].path : try files[file].path.below(name)
    }

    /// Pieces that hold bytes of a file; none for an empty one.
    public func pieces(of file: Int) -> Range<Int> {
        let file = files[file]
        let first = Int(file.offset / Int64(pieceLength))
        guard file.size > 0 else { return first..<first }
        return first..<Int((file.offset + file.size - 1) / Int64(pieceLength)) + 1
    }

    /// Bytes of a piece, those of pads among them.
    public func size(ofPiece piece: Int) -> Int {
        Int(min(Int64(pieceLength), extent - Int64(piece) * Int64(pieceLength)))
    }

    /// What a piece is put together from, in order. O(log files + parts).
    public func spans(ofPiece piece: Int) -> [Span] {
        precondition((0..<pieceCount).contains(piece), "the torrent has no piece \(piece)")
        let start = Int64(piece) * Int64(pieceLength)
        let end = start + Int64(size(ofPiece: piece))
        var low = 0
        var high = files.count
        while low < high {
            let middle = (low + high) / 2
            if files[middle].offset + files[middle].size <= start { low = middle + 1 } else { high = middle }
        }
        var spans: [Span] = []
        while low < files.count, files[low].offset < end {
            let file = files[low]
            let range = max(start, file.offset) - file.offset..<min(end, file.offset + file.size) - file.offset
            if !range.isEmpty { spans.append(Span(file: low, range: range)) }
            low += 1
        }
        return spans
    }

    /// The SHA-1 of a piece; nil in v2.
    public func v1Hash(ofPiece piece: Int) -> [UInt8]? {
        guard let v1Pieces, (0..<pieceCount).contains(piece) else { return nil }
        let start = v1Pieces.lowerBound + piece * 20
        return Array(bytes[start..<start + 20])
    }

    /// The roots of a file's pieces, 32 bytes each; nil where the file has none: in v1, when it is no larger than a
    /// piece, or where the layer is not known.
    public func layer(of file: Int) -> ArraySlice<UInt8>? {
        files[file].piecesRoot.flatMap { layers[$0] }.map { bytes[$0] }
    }

    /// The info dictionary: what peers hand out for a magnet link.
    package var infoDictionary: ArraySlice<UInt8> { bytes[infoRange] }
}

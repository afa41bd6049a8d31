extension Metainfo {
    /// Bytes of a `.torrent`.
    public static let largestTorrent = 64 << 20
    /// Files and pads together may be twice as many.
    public static let mostFiles = 200_000
    /// Bytes of one file, and of all together: 1 PiB.
    public static let largestSize: Int64 = 1 << 50
    /// Pieces of v2 are a power of two; those of v1 may be any number from 1 KiB.
    public static let smallestPiece = 16 << 10
    public static let largestPiece = 64 << 20
    public static let smallestV1Piece = 1 << 10
    public static let mostPieces = 1 << 22
    /// What is left out, without an error, when there is more of it.
    public static let mostTrackers = 256
    public static let mostWebSeeds = 256
    public static let mostNodes = 256
    /// Bytes of an address; longer ones are left out.
    public static let longestURL = 2 << 10
    /// Bytes of the comment; longer ones are cut.
    public static let longestComment = 16 << 10
    /// Levels of lists and dictionaries: those of a path, and around it.
    static let deepestValue = TorrentPath.deepest + 8
    /// Values and keys: 30 for each file, pad, and layer.
    static let mostValues = mostFiles * 40
    /// A v2 block, the leaf of a file's tree.
    package static let blockSize = 16 << 10
}

package import NIOCore
package import PublishWire

/// A file of a torrent, as sources other than peers are asked for it.
package struct SourceFile: Sendable, Hashable {
    /// Its place in the metainfo.
    package var index: Int
    package var path: TorrentPath
    package var size: Int64

    package init(index: Int, path: TorrentPath, size: Int64) {
        self.index = index
        self.path = path
        self.size = size
    }
}

/// Where bytes of a torrent's files come from besides peers. What it delivers is hashed before anybody sees it.
package protocol RangeSource: Sendable {
    /// What the user is told it is called: an address without its query, or a path.
    var name: String { get }
    var kind: SourceKind { get }
    /// Whether it may be asked for parts; otherwise it is read from the start of a file to its end.
    var knowsRanges: Bool { get }
    /// Whether it may have a file; asked before each reading, so it can learn.
    func mayHave(_ file: SourceFile) -> Bool
    /// Whether it may have a part of a file that it may have.
    func mayHave(_ file: SourceFile, _ range: Range<Int64>) -> Bool
    /// Whether it can be asked for anything now; otherwise nothing is looked for that it might have.
    var isReady: Bool { get }
    /// Whether little is asked of it at a time, as long as it is not known to be fast.
    var isPaced: Bool { get }
    /// Reads a part of a file.
    /// - Parameters:
    ///   - range: bytes of the file; when ``knowsRanges`` is false it begins at 0.
    ///   - take: gets the bytes in order, and says whether more are wanted.
    /// - Throws: ``SourceFault``, or `CancellationError`.
    func read(
        _ file: SourceFile, _ range: Range<Int64>, _ take: @Sendable (ByteBuffer) async throws -> Bool
    ) async throws
}

extension RangeSource {
    package func mayHave(_ file: SourceFile, _ range: Range<Int64>) -> Bool { mayHave(file) }
    package var isReady: Bool { true }
    package var isPaced: Bool { false }
}

/// What kind of place bytes came from.
package enum SourceKind: String, Sendable, Hashable, CaseIterable, Codable {
    case local, hub, web
    /// Peers that know files by their Xet hashes.
    case swarm
}

/// Why a source has not delivered.
package struct SourceFault: Error, Sendable, Hashable {
    package enum Weight: Sendable, Hashable {
        /// It does not have this file.
        case lacksFile
        /// It cannot be asked for parts; it has to be read from the start.
        case lacksRanges
        /// It may do better next time.
        case transient
        /// It will never deliver.
        case fatal
    }

    package var weight: Weight
    package var message: String

    package init(_ weight: Weight, _ message: String) {
        self.weight = weight
        self.message = message
    }
}

internal import ChunkStore
package import PublishWire

/// Indexes of publishers on disk, each with the torrent that it came in, so that it can be given to others.
///
/// A folder is named by the info hash and holds `index.torrent` and, in the folder of the torrent, the index and its
/// signature. It appears whole. What is read from it is verified again.
package struct IndexShelf: Sendable {
    /// The name of every index torrent: equal indexes make equal torrents.
    package static let torrentName = "amd1-index"
    static let torrentFile = "index.torrent"
    /// Bytes that the `.torrent` may have: two files, no more.
    static let largestTorrent = 256 << 10
    /// Bytes of an index torrent's pieces.
    static let pieceLength = 64 << 10

    /// An index that is there, whole and signed.
    package struct Stored: Sendable {
        package let hash: [UInt8]
        /// What the torrent is stored in.
        package let folder: String
        package let torrent: [UInt8]
        package let index: CatalogueIndex
        /// The key that signed it worked for the publisher.
        package let delegation: Delegation
    }

    package let path: String

    /// - Parameter path: the folder of one publisher.
    package init(path: String) { self.path = path }

    package func folder(of hash: [UInt8]) -> String { "\(path)/\(Self.hex(hash))" }

    /// Reads an index.
    /// - Returns: nil when it is not there, or not what it should be.
    package func stored(_ hash: [UInt8], of publisher: PublisherKey) -> Stored? {
        let folder = folder(of: hash)
        guard let torrent = PlacedFile.read("\(folder)/\(Self.torrentFile)", limit: Self.largestTorrent),
            let metainfo = try? Metainfo(torrent), metainfo.hashes.v2 == hash,
            let (index, signature) = try? Self.read("\(folder)/\(Self.torrentName)", of: publisher)
        else { return nil }
        return Stored(
            hash: hash, folder: folder, torrent: torrent, index: index, delegation: signature.delegation)
    }

    /// Reads and verifies the two files of an index torrent.
    static func read(
        _ folder: String, of publisher: PublisherKey
    ) throws(PublishError) -> (CatalogueIndex, DetachedSignature) {
        guard
            let bytes = PlacedFile.read("\(folder)/\(CatalogueIndex.fileName)", limit: CatalogueIndex.largest),
            let mark = PlacedFile.read("\(folder)/\(CatalogueIndex.signatureName)", limit: DetachedSignature.largest)
        else { throw PublishError(.malformed, "an index torrent lacks its index or its signature") }
        let signature = try DetachedSignature(mark)
        return (try CatalogueIndex(bytes, signature: signature, expected: publisher), signature)
    }

    /// All that are there, the newest by what they say of themselves first.
    package func all(of publisher: PublisherKey) -> [Stored] {
        hashes().compactMap { stored($0, of: publisher) }.sorted { $0.index.created > $1.index.created }
    }

    func hashes() -> [[UInt8]] {
        ((try? PlacedFile.names(in: path)) ?? nil ?? []).compactMap(Self.bytes)
    }

    /// Removes all but some.
    package func keep(only hashes: Set<[UInt8]>) {
        for hash in self.hashes() where !hashes.contains(hash) { FolderRemoval.remove(folder(of: hash)) }
    }

    static func hex(_ bytes: [UInt8]) -> String { Hexadecimal.encode(bytes) }

    /// Reads the name of a folder.
    static func bytes(_ name: String) -> [UInt8]? {
        Hexadecimal.decode(name).flatMap { $0.count == 32 && hex($0) == name ? $0 : nil }
    }
}

package import PublishWire
package import Torrents

/// Makes an index into a torrent of two files.
package struct IndexTorrent: Sendable {
    private let engine: any TorrentEngine

    package init(engine: any TorrentEngine) { self.engine = engine }

    /// Signs an index, writes it with its signature and torrent, and makes all three visible at once.
    package func make(
        _ index: CatalogueIndex, by key: SigningKey, delegation: Delegation, on shelf: IndexShelf
    ) async throws -> IndexShelf.Stored {
        let bytes = try index.encoded()
        let signature = try DetachedSignature(of: bytes, domain: .index, by: key, delegation: delegation).bytes
        let draft = "\(shelf.path)/.draft-\(UInt64.random(in: .min ... .max))"
        let inner = "\(draft)/\(IndexShelf.torrentName)"
        do {
            try PlacedFile.write(bytes, to: "\(inner)/\(CatalogueIndex.fileName)")
            try PlacedFile.write(signature, to: "\(inner)/\(CatalogueIndex.signatureName)")
            var plan = TorrentPlan(
                name: IndexShelf.torrentName,
                files: [
                    .init(
                        path: [CatalogueIndex.fileName], source: "\(inner)/\(CatalogueIndex.fileName)",
                        size: Int64(bytes.count)),
                    .init(
                        path: [CatalogueIndex.signatureName], source: "\(inner)/\(CatalogueIndex.signatureName)",
                        size: Int64(signature.count)),
                ])
            plan.format = .v2
            plan.pieceLength = IndexShelf.pieceLength
            let torrent = try await engine.make(plan) { _ in }
            guard let hash = try Metainfo(torrent).hashes.v2 else {
                throw PublishError(.unsupported, "the engine made an index torrent without a v2 hash")
            }
            try PlacedFile.write(torrent, to: "\(draft)/\(IndexShelf.torrentFile)")
            try FolderRemoval.place(draft, at: shelf.folder(of: hash))
            return IndexShelf.Stored(
                hash: hash, folder: shelf.folder(of: hash), torrent: torrent, index: index, delegation: delegation)
        } catch {
            FolderRemoval.remove(draft)
            throw error
        }
    }

    /// Gives a stored index away.
    package func seed(_ stored: IndexShelf.Stored) async throws(TorrentError) -> TorrentID {
        var order = TorrentOrder(.metainfo(stored.torrent), folder: stored.folder)
        order.isSeed = true
        return try await engine.add(order)
    }
}

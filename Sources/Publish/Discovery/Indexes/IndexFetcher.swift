internal import NIOPosix
package import PublishWire
package import SwarmWire
package import Torrents

/// Fetches the index that a root names, from whoever has it.
///
/// Nothing is taken from peers before the torrent has shown that it is an index of a size that may be: two files of
/// known names. It counts only when its signature is of the publisher that the root speaks for.
package struct IndexFetcher: Sendable {
    private let engine: any TorrentEngine
    private let folder: CatalogueFolder
    private let limits: CatalogueLimits

    package init(engine: any TorrentEngine, folder: CatalogueFolder, limits: CatalogueLimits = CatalogueLimits()) {
        self.engine = engine
        self.folder = folder
        self.limits = limits
    }

    /// Fetches an index and puts it on the shelf of its publisher.
    /// - Parameters:
    ///   - isFollowed: whether the user follows the publisher; the indexes of others may be smaller only.
    ///   - peers: who may have it, besides those that the DHT knows.
    ///   - patience: after which it is given up.
    package func fetch(
        _ root: RootItem, isFollowed: Bool, peers: [PeerAddress] = [], patience: Duration
    ) async throws -> IndexShelf.Stored {
        guard let hash = root.index else {
            throw PublishError(.revoked, "\(root.identity.shortForm) has withdrawn the key that signed this root")
        }
        let shelf = IndexShelf(path: folder.indexFolder(of: root.identity))
        if let stored = shelf.stored(hash, of: root.identity) { return stored }
        guard root.count <= limits.entriesOfOne else {
            throw PublishError(
                .tooLarge,
                "the index of \(root.identity.shortForm) has \(root.count) entries; \(limits.entriesOfOne) is the limit",
                hint: "raise catalogue.max_entries_per_publisher in config.yaml")
        }
        let draft = "\(folder.scratchFolder)/\(IndexShelf.hex(hash)).\(UInt32.random(in: .min ... .max))"
        try PlacedFile.createFolder(draft)
        defer { FolderRemoval.remove(draft) }
        let fetched = try await TimeLimit.run(patience, "the index of \(root.identity.shortForm)") { () -> [UInt8]? in
            do {
                return try await download(hash, into: draft, isFollowed: isFollowed, peers: peers)
            } catch let error as TorrentError where error.code == .busy {
                // Another search fetches the same.
                try await wait(for: hash, on: shelf)
                return nil
            }
        }
        guard let torrent = fetched else {
            guard let stored = shelf.stored(hash, of: root.identity) else {
                throw PublishError(.wrongStatement, "what \(root.identity.shortForm) names is no index of its own")
            }
            return stored
        }
        let (index, signature) = try IndexShelf.read("\(draft)/\(IndexShelf.torrentName)", of: root.identity)
        guard index.entries.count == root.count else {
            throw PublishError(
                .wrongStatement, "the index of \(root.identity.shortForm) has other entries than its root says")
        }
        try PlacedFile.write(torrent, to: "\(draft)/\(IndexShelf.torrentFile)")
        try PlacedFile.createFolder(shelf.path)
        try FolderRemoval.place(draft, at: shelf.folder(of: hash))
        return IndexShelf.Stored(
            hash: hash, folder: shelf.folder(of: hash), torrent: torrent, index: index,
            delegation: signature.delegation)
    }

    /// - Returns: the `.torrent`.
    private func download(
        _ hash: [UInt8], into draft: String, isFollowed: Bool, peers: [PeerAddress]
    ) async throws -> [UInt8] {
        guard let hashes = InfoHashes(v1: nil, v2: hash) else {
            throw PublishError(.malformed, "a root names an index by something that is no hash")
        }
        var order = TorrentOrder(.magnet(MagnetLink(hashes)), folder: draft)
        order.peers = peers
        let torrent = try await engine.add(order)
        do {
            let bytes = try await engine.metainfo(of: torrent)
            // Who has a magnet link is not told the layers of files before their pieces.
            let metainfo = try Metainfo(bytes, requiresLayers: false)
            guard metainfo.hashes.v2 == hash else {
                throw PublishError(.wrongStatement, "a peer sent the torrent of something else")
            }
            try Self.check(metainfo, isFollowed: isFollowed, limits: limits)
            try await engine.setWanted(metainfo.files.map { !$0.isPad }, of: torrent)
            try await finish(torrent)
            let whole = try await complete(torrent, metainfo, in: draft)
            try await engine.remove(torrent)
            return whole.bytes
        } catch {
            // Also when cancelled: the engine must not go on with what nobody waits for.
            await Task { try? await engine.remove(torrent) }.value
            throw error
        }
    }

    /// The torrent as others need it from this machine: with the layers of all files.
    private func complete(_ torrent: TorrentID, _ begun: Metainfo, in draft: String) async throws -> Metainfo {
        var metainfo = begun
        if !begun.hasPieceLayers, let bytes = try? await engine.metainfo(of: torrent),
            let told = try? Metainfo(bytes, requiresLayers: false), told.hashes == begun.hashes
        {
            metainfo = told
        }
        let (known, places) = (metainfo, metainfo.filesWithoutLayer)
        guard !places.isEmpty else { return metainfo }
        return try await NIOThreadPool.singleton.runIfActive {
            var layers: [[UInt8]: [UInt8]] = [:]
            for place in places {
                let file = known.files[place]
                guard let root = file.piecesRoot else { continue }
                layers[root] = try PieceLayer.read(
                    "\(draft)/\(IndexShelf.torrentName)/\(file.path)", size: file.size, pieceLength: known.pieceLength)
            }
            return try known.adding(layers: layers)
        }
    }

    private func wait(for hash: [UInt8], on shelf: IndexShelf) async throws {
        while FileFacts(shelf.folder(of: hash)) == nil { try await Task.sleep(for: .milliseconds(100)) }
    }

    /// Waits until all is there.
    private func finish(_ torrent: TorrentID) async throws {
        while true {
            let status = try await engine.status(of: torrent)
            switch status.phase {
            case .finished, .seeding: return
            case .failed:
                throw TorrentError(.network, "an index could not be fetched: \(status.failure ?? "no reason is known")")
            default: try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// Refuses what is no index, before any of it is fetched.
    static func check(
        _ metainfo: Metainfo, isFollowed: Bool, limits: CatalogueLimits = CatalogueLimits()
    ) throws(PublishError) {
        let files = metainfo.files.filter { !$0.isPad }
        guard metainfo.name == IndexShelf.torrentName, !metainfo.isSingleFile, files.count == 2,
            let index = files.first(where: { $0.path.description == CatalogueIndex.fileName }),
            let signature = files.first(where: { $0.path.description == CatalogueIndex.signatureName })
        else { throw PublishError(.malformed, "what a root names is no index") }
        let most = Int64(isFollowed ? limits.indexBytes : limits.strangersIndexBytes)
        guard index.size <= most, signature.size <= Int64(DetachedSignature.largest) else {
            throw PublishError(
                .tooLarge, "an index has \(index.size) bytes; \(most) is the limit",
                hint: isFollowed
                    ? "the limit is catalogue.max_index_size in config.yaml"
                    : "follow the publisher, if you know it, with 'shoal trust add'")
        }
    }
}

internal import PublishWire
internal import Torrents

/// Gives the indexes of others away, so that they can be had while their publishers are away; and keeps the disk from
/// filling with them.
actor IndexSeeds {
    private let engine: any TorrentEngine
    private let folder: CatalogueFolder
    private var seeding: [[UInt8]: TorrentID] = [:]

    private let limits: CatalogueLimits

    init(engine: any TorrentEngine, folder: CatalogueFolder, limits: CatalogueLimits = CatalogueLimits()) {
        self.engine = engine
        self.folder = folder
        self.limits = limits
    }

    /// Looks at what is on disk: those who are followed keep three versions, strangers the newest alone.
    func refresh(following followed: Set<PublisherKey>, roots: RootBook) async {
        var wanted: [[UInt8]: IndexShelf.Stored] = [:]
        var strangers: [(seen: Int64, stored: IndexShelf.Stored)] = []
        for publisher in IndexShelf.publishers(in: folder) {
            let shelf = IndexShelf(path: folder.indexFolder(of: publisher))
            let all = shelf.all(of: publisher)
            let kept = all.prefix(followed.contains(publisher) ? OwnRecord.mostVersions : 1)
            shelf.keep(only: Set(kept.map(\.hash)))
            guard followed.contains(publisher) else {
                if let newest = kept.first { strangers.append((newest.index.created, newest)) }
                continue
            }
            // The protection of those who were right before.
            await roots.noteProven(publisher)
            for stored in kept { wanted[stored.hash] = stored }
        }
        var bytes: Int64 = 0
        for (number, stranger) in strangers.sorted(by: { $0.seen > $1.seen }).enumerated() {
            bytes += Self.size(stranger.stored)
            guard bytes <= Int64(limits.strangersBytes) else {
                FolderRemoval.remove(stranger.stored.folder)
                continue
            }
            await roots.noteProven(stranger.stored.index.publisher)
            if number < limits.strangersSeeded { wanted[stranger.stored.hash] = stranger.stored }
        }
        await seed(wanted)
    }

    private func seed(_ wanted: [[UInt8]: IndexShelf.Stored]) async {
        for (hash, torrent) in seeding where wanted[hash] == nil {
            try? await engine.remove(torrent)
            seeding[hash] = nil
        }
        let live = Set(await engine.torrents())
        for (hash, stored) in wanted where !(seeding[hash].map(live.contains) ?? false) {
            seeding[hash] = try? await IndexTorrent(engine: engine).seed(stored)
        }
    }

    private static func size(_ stored: IndexShelf.Stored) -> Int64 {
        FileFacts("\(stored.folder)/\(IndexShelf.torrentName)/\(CatalogueIndex.fileName)")?.size ?? 0
    }
}

internal import PublishWire
internal import Torrents

extension TorrentEngine {
    /// - Throws: ``PublishError`` when an engine that lives on has a torrent already.
    func requireNew(_ hashes: InfoHashes, called name: String?) async throws {
        for torrent in await torrents() {
            guard let known = try? await status(of: torrent).hashes, known.isSame(as: hashes) else { continue }
            throw PublishError(
                .busy, "\(name ?? Hex.encode(hashes.short)) is here already, or on its way", hint: "see 'shoal list'")
        }
    }
}

package import PublishWire
package import Torrents

/// A model that somebody has asked the agent to get.
package struct DownloadOrder: Sendable, Hashable, Codable {
    /// `org/name`, a magnet link, an info-hash or the path of a `.torrent`.
    package var subject: String
    package var version: String?
    /// The folder to put it into; nil for that of all models.
    package var folder: String?
    /// Whether it is given away afterwards.
    package var seeds = true
    package var include: [String] = []
    package var exclude: [String] = []
    /// Set when it is copied from a hub, and then published, in place of got from peers.
    package var mirror: Mirror?

    /// How a repository of a hub is copied.
    package struct Mirror: Sendable, Hashable, Codable {
        package var license: String?
        package var branch: String?
        package var depth: Int?
        package var skipsLFS = false
        package var skipsDHT = false
        package var signs: Bool?

        package init() {}
    }

    package init(subject: String) { self.subject = subject }
}

/// How a download stands.
package struct DownloadProgress: Sendable, Hashable {
    package var phase = "waiting"
    package var model: String?
    package var version: String?
    package var hashes: InfoHashes?
    package var total: Int64 = 0
    package var done: Int64 = 0
    package var received: Int64 = 0
    package var given: Int64 = 0
    package var downloadRate = 0
    package var uploadRate = 0
    package var peers = 0
    package var seeders = 0

    package init() {}
}

/// Gets models from others. What is cancelled leaves what it has, and the next run of the same order goes on from there.
package protocol DownloadRunning: Sendable {
    /// - Parameter progress: told how it stands, whenever that changes.
    /// - Throws: ``PublishError``, `TorrentError` or `CancellationError`.
    func download(
        _ order: DownloadOrder, with engine: any TorrentEngine,
        progress: @escaping @Sendable (DownloadProgress) -> Void
    ) async throws

    /// Removes what an order that was given up has left.
    /// - Parameter hashes: as ``DownloadProgress/hashes`` has told; nil when it never came so far.
    func discard(_ order: DownloadOrder, _ hashes: InfoHashes?, with engine: any TorrentEngine) async
}

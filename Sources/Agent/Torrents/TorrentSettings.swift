package import Publish
package import Torrents
package import Transfer

/// What an agent has to do with torrents.
package struct TorrentSettings: Sendable {
    package var folder: PublishFolder
    /// Begins the engine. It fails where this build has none, and the agent works without it then.
    package var open: @Sendable () async throws(TorrentError) -> any TorrentEngine
    /// Called every few minutes and at the end, for what the engine knows of the world and is to know again.
    package var keep: @Sendable (any TorrentEngine) async -> Void = { _ in }
    /// What the engine calls itself.
    package var engineName: String?
    /// Bytes per second that torrents may take, whatever the agent's other limits are; nil for no limit of their own.
    package var ownUpload: Int?
    package var ownDownload: Int?
    package var goal = SeedGoal()
    /// Whether trackers that torrents name are left out.
    package var leavesOutTrackers = false
    /// Whether the swarms of cached files are told to the DHT too.
    package var servesModels = false
    package var sharing: (any ModelSharing)?
    /// Makes what works through the engine besides; gets the peers of the agent's swarms, where it has any.
    package var company: @Sendable (any TorrentEngine, (any PeerSource)?) async -> TorrentCompany = { _, _ in
        TorrentCompany()
    }

    package init(
        folder: PublishFolder, open: @escaping @Sendable () async throws(TorrentError) -> any TorrentEngine
    ) {
        self.folder = folder
        self.open = open
    }
}

/// What works through the engine of an agent, besides giving.
package struct TorrentCompany: Sendable {
    package var runner: (any DownloadRunning)?
    package var directory: (any ModelDirectory)?
    /// Goes on until the task is cancelled.
    package var work: @Sendable () async -> Void = {}
    /// Told that the registry has changed.
    package var noteChange: @Sendable () -> Void = {}

    package init() {}
}

package import HubClient
package import Logging
package import Torrents
package import Transport

/// What downloads work with. One serves many.
package struct GetContext: Sendable {
    package var folder: PublishFolder
    package var engine: any TorrentEngine
    package var transport: any HTTPTransport
    /// Opens the hub at an address, with the token that belongs to it; nil where hubs are not to be asked.
    package var hub: (@Sendable (_ endpoint: String) -> Hub?)?
    /// Opens the way into Xet swarms; nil where they are not to be asked.
    package var swarm: SwarmOpening?
    /// Addresses of hubs that the user has chosen: they may be on this site, and send there.
    package var endpoints: [String] = []
    /// What hosts are looked up with before servers are asked that strangers have named.
    package var lookUp: HostLookUp = HostNames.system
    /// Hugging Face caches, where files with the same content may lie.
    package var caches: [String] = []
    package var logger: Logger
    /// Seconds since 1970.
    package var now: @Sendable () -> Int64
    package var timing = Timing()

    package struct Timing: Sendable {
        /// How often the engine is asked how it stands.
        package var step = Duration.milliseconds(100)
        /// How often its resume data is kept.
        package var keep = Duration.seconds(3)
        /// How long a manifest is waited for that nobody seems to have, where other sources have the files.
        package var manifest = Duration.seconds(15)
        package var web = Duration.seconds(20)
        /// After how long without anybody the user is told what helps.
        package var waiting = Duration.seconds(15)
        /// How long a hub is waited for that a manifest is compared with.
        package var hub = Duration.seconds(15)

        package init() {}
    }

    package init(
        folder: PublishFolder, engine: any TorrentEngine, transport: any HTTPTransport, logger: Logger,
        now: @escaping @Sendable () -> Int64
    ) {
        self.folder = folder
        self.engine = engine
        self.transport = transport
        self.logger = logger
        self.now = now
    }

    package var registry: Registry { Registry(folder) }
}

package import Logging

/// What the routes of the hub share.
package struct ServerServices: Sendable {
    package let database: HubDatabase
    package let content: ContentStore
    /// Where LFS uploads wait to become content.
    let uploads: UploadSpool
    /// What git reads.
    let mirrors: GitMirrors
    package let secrets: ServerSecrets
    package let configuration: HubConfiguration
    package let logger: Logger
    package let metrics: HubMetrics
    package let limiter: RateLimiter
    package let accessLog: AccessLog?
    /// nil when the hub has none.
    package let tracker: Tracker?
    package let health = HubHealth()
    let downloads = DownloadCounter()

    init(
        database: HubDatabase, content: ContentStore, uploads: UploadSpool, mirrors: GitMirrors,
        secrets: ServerSecrets, configuration: HubConfiguration, logger: Logger, metrics: HubMetrics = HubMetrics(),
        accessLog: AccessLog? = nil, tracker: Tracker? = nil
    ) {
        self.database = database
        self.content = content
        self.uploads = uploads
        self.mirrors = mirrors
        self.secrets = secrets
        self.configuration = configuration
        self.logger = logger
        self.metrics = metrics
        self.accessLog = accessLog
        self.tracker = tracker
        limiter = RateLimiter(configuration.rateLimits)
    }
}

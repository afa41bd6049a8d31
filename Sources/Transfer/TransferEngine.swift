public import Logging
internal import NIOPosix
public import Transport

/// Moves files: one per process, so that all transfers share one memory budget and one set of connections.
public final class TransferEngine: Sendable {
    public let settings: TransferSettings
    let transport: any HTTPTransport
    let logger: Logger
    /// Where hashing, decoding and file access run, so that they never hold up a cooperative thread.
    let pool: NIOThreadPool
    let memory: ByteBudget
    let spaces = DecodeSpaces()
    let connections: HostConcurrency
    let paces: StreamPaces
    /// What earlier runs have learnt; nil when nothing is remembered.
    package let local: LocalState?

    public init(transport: any HTTPTransport, settings: TransferSettings = .init(), logger: Logger) {
        self.transport = transport
        self.settings = settings
        self.logger = logger
        pool = .singleton
        memory = ByteBudget(settings.memoryBudget)
        connections = HostConcurrency(start: settings.startingConnections, most: settings.maximumConnections)
        paces = StreamPaces(patience: settings.slowStreamPatience)
        local = LocalState(settings)
    }
}

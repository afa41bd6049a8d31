internal import HubWire
public import Logging
public import Transfer
public import Transport

/// The library's front door: one hub, asked with one identity, and the local cache that belongs to it.
public final class Hub: Sendable {
    public let settings: HubSettings
    let transport: any HTTPTransport
    let engine: TransferEngine
    let logger: Logger

    /// - Parameters:
    ///   - settings: endpoint, token and folders.
    ///   - transport: used for the hub's API; the engine has its own.
    ///   - engine: moves the content of files.
    ///   - logger: gets what happens behind the scenes; never a token or a signed URL.
    public init(settings: HubSettings, transport: any HTTPTransport, engine: TransferEngine, logger: Logger) {
        self.settings = settings
        self.transport = transport
        self.engine = engine
        self.logger = logger
    }

    /// The address of a repository's page, or of a file route below it.
    func pageURL(_ repo: RepoReference) -> String { "\(settings.endpoint)/\(repo.type.urlPrefix)\(repo.id)" }

    func subject(_ repo: RepoReference, path: String? = nil, isWrite: Bool = false) -> HubErrorSubject {
        HubErrorSubject(repo: repo, path: path, hasToken: settings.token != nil, isWrite: isWrite)
    }
}

extension RepoReference {
    /// The API route of the repository, below the endpoint.
    var apiPath: String { "/api/\(type.plural)/\(id)" }

    /// The revision as one path segment.
    var revisionSegment: String { PercentEncoding.encode(segment: effectiveRevision) }
}

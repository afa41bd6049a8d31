internal import HubWire
public import Logging
public import Transfer
public import Transport

/// The library's front door: one hub, asked with one identity, and the local cache that belongs to it.
public final class Hub: Sendable {
    public let settings: HubSettings
    let transport: any HTTPTransport
    package let engine: TransferEngine
    let logger: Logger
    let tokens: (any TokenProvider)?
    let recorder = MetricsRecorder()

    /// - Parameters:
    ///   - settings: endpoint, token and folders.
    ///   - transport: used for the hub's API; the engine has its own.
    ///   - engine: moves the content of files.
    ///   - tokens: gives out tokens in place of the one in the settings.
    ///   - logger: gets what happens behind the scenes; never a token or a signed URL.
    public init(
        settings: HubSettings, transport: any HTTPTransport, engine: TransferEngine,
        tokens: (any TokenProvider)? = nil, logger: Logger
    ) {
        self.settings = settings
        self.transport = transport
        self.engine = engine
        self.tokens = tokens
        self.logger = logger
    }

    /// What this object has done so far.
    public var metrics: HubMetrics { recorder.current }

    /// Whether requests carry a token.
    var hasToken: Bool { tokens != nil || settings.token != nil }

    /// The token to send, or the one to send after a refusal; nil asks anonymously.
    func currentToken(rejecting rejected: String? = nil) async throws -> String? {
        guard let tokens else { return settings.token }
        return try await tokens.token(rejecting: rejected).flatMap { HubSettings.cleaned(token: $0) }
    }

    /// The address of a repository's page, or of a file route below it.
    func pageURL(_ repo: RepoReference) -> String { "\(settings.endpoint)/\(repo.type.urlPrefix)\(repo.id)" }

    /// Addresses of the public hub mean this hub: mirrors pass them on as they are (hub-api §2.9).
    func ownAddress(of url: String) -> String {
        let home = HubSettings.defaultEndpoint
        guard settings.endpoint != home, url == home || url.hasPrefix(home + "/") else { return url }
        return settings.endpoint + url.dropFirst(home.count)
    }

    func subject(_ repo: RepoReference, path: String? = nil, isWrite: Bool = false) -> HubErrorSubject {
        HubErrorSubject(repo: repo, path: path, hasToken: hasToken, isWrite: isWrite, page: pageURL(repo))
    }
}

extension RepoReference {
    /// The API route of the repository, below the endpoint.
    var apiPath: String { "/api/\(type.plural)/\(id)" }

    /// The revision as one path segment.
    var revisionSegment: String { PercentEncoding.encode(segment: effectiveRevision) }
}

public import Transport

/// How the network is used: other addresses of the hub, mirrors, limits, authorities.
public struct NetworkSettings: Sendable, Equatable {
    /// Base URLs that serve the same as the hub's own, asked in this order when it is away. They get its token.
    public var otherEndpoints: [String] = []
    /// Addresses in place of others, for mirrors of the storage behind a hub.
    public var rewrites: [URLRewrite] = []
    /// Bytes per second that all downloads together may take; nil for no limit.
    public var downloadLimit: RateSchedule?
    /// Bytes per second that all uploads together may take; nil for no limit.
    public var uploadLimit: RateSchedule?
    /// A PEM file of authorities to trust besides the system's.
    public var authorityFile: String?
    /// What error texts call the setting that names ``authorityFile``.
    public var authoritySetting = "--ca-file"
    /// The socket at which the Xet storage is asked, whatever address the hub names.
    public var storageSocket: String?

    public init() {}

    /// Reads `HF_ENDPOINT` (several, with commas), `SHOAL_REWRITE_URLS`, `SHOAL_LIMIT_RATE`, `SHOAL_LIMIT_UPLOAD`,
    /// `SHOAL_CA_FILE` and `HF_XET_CLIENT_UNIX_SOCKET_PATH`; values that cannot be
    /// understood are left out.
    public init(environment: [String: String]) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        func limit(_ name: String) -> RateSchedule? {
            value(name).flatMap { RateSchedule(parsing: $0) }.flatMap { $0.limits ? $0 : nil }
        }
        otherEndpoints = Array(HubSettings.endpoints(in: value("HF_ENDPOINT") ?? "").dropFirst())
        rewrites = (value("SHOAL_REWRITE_URLS") ?? "").split(whereSeparator: { $0 == "," || $0.isWhitespace })
            .compactMap { URLRewrite(parsing: $0) }
        downloadLimit = limit("SHOAL_LIMIT_RATE")
        uploadLimit = limit("SHOAL_LIMIT_UPLOAD")
        authorityFile = value("SHOAL_CA_FILE")
        authoritySetting = "SHOAL_CA_FILE"
        storageSocket = value("HF_XET_CLIENT_UNIX_SOCKET_PATH")
    }
}

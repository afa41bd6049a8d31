internal import HubClient
internal import Logging
internal import Transfer
internal import Transport

/// Makes hubs that are asked with one identity each; all of them share connections, engine and what is remembered.
struct HubFactory: Sendable {
    /// The upstream hub, with the agent's own login.
    let settings: HubSettings
    let transport: any HTTPTransport
    let engine: TransferEngine
    let logger: Logger

    /// The hub for a pull of the control API, whose caller is the user.
    func hub(for order: PullOrder) -> Hub {
        var settings = settings
        if let folder = order.cacheDirectory { settings.cacheDirectory = folder }
        if let endpoint = order.endpoint, endpoint != settings.endpoint {
            settings.endpoint = endpoint
            settings.network.otherEndpoints = []
            // The login is the other hub's.
            settings.token = nil
            settings.isTokenExplicit = true
        }
        if let count = order.filesAtOnce { settings.maximumFilesAtOnce = count }
        switch order.identity {
        case .own: break
        case .nobody: settings.token = nil
        case .token(let token): settings.token = token
        }
        return Hub(settings: settings, transport: transport, engine: engine, logger: logger)
    }

    /// The upstream hub as a caller of the local hub asks it; the agent's own login is none of theirs.
    func hub(token: String?) -> Hub {
        var settings = settings
        settings.token = token
        settings.isTokenExplicit = true
        return Hub(settings: settings, transport: transport, engine: engine, logger: logger)
    }
}

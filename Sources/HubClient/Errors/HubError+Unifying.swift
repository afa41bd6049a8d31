internal import ChunkStore
internal import Transfer
internal import Transport
internal import XetClient

extension HubError {
    /// Gives the errors of the layers below one shape, so that callers of this module meet one type.
    /// Their codes stay; `CancellationError` and anything unknown pass through.
    package static func unifying(_ error: any Error, endpoints: [String]) -> any Error {
        switch error {
        case let error as TransferError:
            return HubError(
                Code(rawValue: error.code.rawValue), error.message, hint: error.hint, cause: error)
        case let error as StorageError:
            return HubError(Code(rawValue: error.code.rawValue), error.message, hint: error.hint, cause: error)
        case let error as CASError:
            return HubError(
                Code(rawValue: error.code.rawValue), error.message, hint: error.hint, status: error.status, cause: error
            )
        case let error as TransportError:
            return HubError(transport: error, endpoints: endpoints)
        default:
            return error
        }
    }

    /// Turns a failure below HTTP into an error about the server that was asked: one of the hub's endpoints, or another
    /// that a hub has named, such as its storage, or a mirror.
    init(transport error: TransportError, endpoints: [String]) {
        let host = Origin(error.url)?.description ?? error.url
        let endpoint = endpoints.first { Origin($0) != nil && Origin($0) == Origin(error.url) }
        let address =
            endpoint.map { "check the address (HF_ENDPOINT or --endpoint): \($0)" }
            ?? "\(host) is what the hub names, or a mirror of --rewrite-url; check that it can be reached from here"
        var code = Code(rawValue: error.code.rawValue)
        var message = error.message
        var hint = error.hint
        switch error.code {
        case .invalidURL:
            code = .badRequest
            message += ": \(error.url)"
            hint = "check HF_ENDPOINT or --endpoint: it must start with http:// or https://"
        case .tooLarge:
            code = .notAHub
            message += " (\(error.url))"
        case .tooManyRedirects:
            code = .notAHub
            message = "\(host) answers with endless redirects"
            hint = hint ?? address
        case .connectionRefused: hint = hint ?? (endpoint == nil ? address : "is the hub running? \(address)")
        case .hostNotFound:
            hint = hint ?? (endpoint.map { "check the network and the spelling of the address: \($0)" } ?? address)
        case .timedOut: hint = hint ?? "check the network, or try again later; what was fetched is kept"
        case .interrupted: hint = hint ?? "run the same command again; it continues where this one stopped"
        case .tls: hint = hint ?? "the address may want http:// in place of https://, or a proxy is in between"
        default:
            hint =
                hint
                ?? (endpoint.map { "check the network and the endpoint (HF_ENDPOINT, --endpoint): \($0)" } ?? address)
        }
        self.init(code, message, hint: hint, cause: error)
        url = error.url
    }
}

internal import ChunkStore
internal import Transfer
internal import Transport
internal import XetClient

extension HubError {
    /// Gives the errors of the layers below one shape, so that callers of this module meet one type.
    /// Their codes stay; `CancellationError` and anything unknown pass through.
    static func unifying(_ error: any Error, endpoint: String) -> any Error {
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
            return HubError(transport: error, endpoint: endpoint)
        default:
            return error
        }
    }

    /// Turns a failure below HTTP into an error about the endpoint.
    init(transport error: TransportError, endpoint: String) {
        let host = Origin(endpoint)?.description ?? endpoint
        let address = "check the address (HF_ENDPOINT or --endpoint): \(endpoint)"
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
        case .connectionRefused: hint = hint ?? "is the hub running? \(address)"
        case .hostNotFound: hint = hint ?? "check the network and the spelling of the address: \(endpoint)"
        case .timedOut: hint = hint ?? "check the network, or try again later; what was fetched is kept"
        case .interrupted: hint = hint ?? "run the same command again; it continues where this one stopped"
        case .tls: hint = hint ?? "the address may want http:// in place of https://, or a proxy is in between"
        default: hint = hint ?? "check the network and the endpoint (HF_ENDPOINT, --endpoint): \(endpoint)"
        }
        self.init(code, message, hint: hint, cause: error)
        url = error.url
    }
}

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
}

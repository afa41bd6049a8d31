internal import ChunkStore
internal import HubClient
internal import Transfer
internal import Transport
internal import Xet
internal import XetClient

extension CommandFailure {
    /// Finds the user's words for any error that a command can end with.
    public init(describing error: any Error) {
        switch error {
        case let failure as CommandFailure:
            self = failure
        case is CancellationError:
            self = .interrupted
        case let error as HubError:
            self.init(code: error.code.rawValue, message: error.message, hint: error.hint)
            (status, url, requestID) = (error.status, error.url, error.requestID)
        case let error as TransferError:
            self.init(code: error.code.rawValue, message: error.message, hint: error.hint)
        case let error as TransportError:
            self.init(
                code: error.code.rawValue, message: error.message, hint: error.hint ?? Self.advice(for: error))
            url = error.url.isEmpty ? nil : error.url
        case let error as StorageError:
            self.init(code: error.code.rawValue, message: error.message, hint: error.hint)
        case let error as CASError:
            self.init(code: error.code.rawValue, message: error.message, hint: error.hint)
        case let error as XetFormatError:
            self.init(
                code: error.code.rawValue, message: "malformed Xet data: \(error.message) (at byte \(error.offset))")
        case let error as any FailureWords:
            self.init(code: error.failureCode, message: error.message, hint: error.hint)
        default:
            self.init(code: "failed", message: String(describing: error))
        }
    }

    private static func advice(for error: TransportError) -> String? {
        switch error.code {
        case .unreachable, .connectionRefused, .hostNotFound:
            "check the address (a hub's is --endpoint or HF_ENDPOINT) and that its server is running"
        case .timedOut, .interrupted: "run the same command again; it continues where this one stopped"
        case .tls: "check the certificate of the hub, or use the address it was made for"
        default: nil
        }
    }
}

/// Errors of modules that this one does not know, with their own words for users.
package protocol FailureWords: Error {
    /// Stable.
    var failureCode: String { get }
    /// One sentence.
    var message: String { get }
    /// What to try.
    var hint: String? { get }
}

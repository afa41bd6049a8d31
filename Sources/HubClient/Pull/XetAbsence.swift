internal import Synchronization
internal import Transport
internal import XetClient

/// Whether the Xet storage of a hub was found not to answer, so that its files come by plain HTTP.
final class XetAbsence: Sendable {
    private let state = Mutex(false)

    var isKnown: Bool { state.withLock { $0 } }

    /// Remembers it.
    /// - Returns: whether it is news.
    func note() -> Bool {
        state.withLock { known in
            defer { known = true }
            return !known
        }
    }

    /// Whether an error means that the storage cannot be used while the hub itself may well answer. Wrong bytes never
    /// do: they are reported.
    static func isAbsence(_ error: any Error, hub: Hub) -> Bool {
        switch error {
        case let error as TransportError:
            // Where both are one server, plain HTTP would meet the same trouble.
            guard Origin(error.url) != Origin(hub.settings.endpoint) else { return false }
            return error.isAbsence || error.code.rawValue.hasPrefix("certificate_") || error.code == .tls
        case let error as CASError:
            return [.serverFailure, .notFound, .unauthorized].contains(error.code)
        case let error as HubError:
            // The hub gives out no tokens for the storage that its listing speaks of.
            return [.notAHub, .unsupported].contains(error.code) && [404, 405, 501].contains(error.status)
        default: return false
        }
    }

    /// Whether another of the hub's endpoints may name a storage that answers where this one does not.
    static func isWorthMoving(after error: any Error, hub: Hub) -> Bool {
        guard hub.settings.endpoints.count > 1 else { return false }
        if let error = error as? TransportError, error.isAbsence { return true }
        return isAbsence(error, hub: hub)
    }

    /// The reason in a few words.
    static func reason(of error: any Error) -> String {
        switch error {
        case let error as TransportError: error.message
        case let error as CASError: error.message
        case let error as HubError: error.message
        default: "\(error)"
        }
    }
}

import GRDB
import HTTPTypes
import HubWire
import Hummingbird
import Logging
import NIOCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension HubFailure {
    /// What a client is told about an error; causes inside the hub go to the log instead.
    init(describing error: any Error, _ logger: Logger, requestID: String? = nil) {
        switch error {
        case let failure as HubFailure: self = failure
        case let refusal as CASRefusal: self.init(refusal.status, refusal.text, headers: refusal.headers)
        // Hummingbird has made an error with a status of it, which says less.
        case is NIOTooManyBytesError: self = .tooLarge("The request body is too large")
        case let error as any HTTPResponseError:
            self.init(error.status, "The request cannot be read: \(error.status.reasonPhrase)")
        case is CancellationError: self.init(.serviceUnavailable, "The hub is stopping")
        case _ where DiskFull.isCause(of: error): self.init(DiskFull.status, DiskFull.message)
        case let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_FOREIGNKEY:
            self.init(.notFound, code: .repoNotFound, "The repository is gone")
        default:
            logger.error(
                "request failed", metadata: ["request_id": "\(requestID ?? "")", "error": "\(error)"])
            self.init(.internalServerError, "Internal error; the hub's log has the cause")
        }
    }
}

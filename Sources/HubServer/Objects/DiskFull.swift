import GRDB
import HTTPTypes

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What is told to clients when there is no room left: nothing was stored, and what was stored before stays.
enum DiskFull {
    static let status = HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
    static let message = "the hub's disk is full"

    /// Whether an error says that there is no room.
    static func isCause(of error: any Error) -> Bool {
        switch error {
        case let error as DatabaseError: error.resultCode == .SQLITE_FULL
        case ContentError.system(_, _, let code): code == ENOSPC || code == EDQUOT || code == EFBIG
        default: false
        }
    }
}

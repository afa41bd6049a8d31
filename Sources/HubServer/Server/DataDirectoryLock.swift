#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Keeps others off a data folder for as long as this object lives; the kernel drops it with the process.
final class DataDirectoryLock: Sendable {
    /// What one process at a time may do with a folder.
    enum Purpose {
        case serving
        /// A collection, repair or backup, beside a hub that serves. For collectors the lock saves work and is not what
        /// makes them safe. For a backup it keeps the objects in place that the copied database names.
        case maintenance

        fileprivate var file: String {
            switch self {
            case .serving: "lock"
            case .maintenance: "maintenance.lock"
            }
        }

        fileprivate func refusal(_ folder: String) -> HubServerError {
            switch self {
            case .serving:
                HubServerError(
                    code: .alreadyRunning, message: "another hub is already running on \(folder)",
                    hint: "stop it first, or choose another folder with --data")
            case .maintenance:
                HubServerError(
                    code: .maintenanceRunning,
                    message: "a collection, repair or backup of \(folder) is running already",
                    hint: "try again when it has ended")
            }
        }
    }

    private let descriptor: Int32

    init(_ purpose: Purpose, of dataDirectory: String) throws(HubServerError) {
        let path = "\(dataDirectory)/\(purpose.file)"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .storage("cannot write into the folder \(dataDirectory)", errno: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            // The object is whole from here on: leaving by an error runs `deinit`, which closes.
            let code = errno
            guard code == EWOULDBLOCK else { throw .storage("cannot lock \(path)", errno: code) }
            throw purpose.refusal(dataDirectory)
        }
    }

    deinit { close(descriptor) }
}

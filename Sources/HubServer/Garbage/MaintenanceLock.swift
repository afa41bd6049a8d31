#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Lets one collection, repair or backup at a time run on a data folder; the kernel drops it with the process.
///
/// For collectors it saves work and is not what makes them safe. For a backup it keeps the objects in place that the
/// copied database names.
final class MaintenanceLock: Sendable {
    private let descriptor: Int32

    init(dataDirectory: String) throws(HubServerError) {
        let path = dataDirectory + "/maintenance.lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .storage("cannot write into the folder \(dataDirectory)", errno: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            guard code == EWOULDBLOCK else { throw .storage("cannot lock \(path)", errno: code) }
            throw HubServerError(
                code: .maintenanceRunning,
                message: "a collection, repair or backup of \(dataDirectory) is running already",
                hint: "try again when it has ended")
        }
    }

    deinit { close(descriptor) }
}

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Why the hub cannot start or administer its data folder.
public struct HubServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A stable name of the cause.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let dataDirectory = Code(rawValue: "data_directory")
        public static let alreadyRunning = Code(rawValue: "already_running")
        public static let maintenanceRunning = Code(rawValue: "maintenance_running")
        public static let notABackup = Code(rawValue: "not_a_backup")
        public static let newerSchema = Code(rawValue: "newer_schema")
        public static let damagedData = Code(rawValue: "damaged_data")
        public static let portInUse = Code(rawValue: "port_in_use")
        public static let cannotListen = Code(rawValue: "cannot_listen")
        public static let invalidUser = Code(rawValue: "invalid_user")
        public static let invalidRateLimit = Code(rawValue: "invalid_rate_limit")
        public static let accessLog = Code(rawValue: "access_log")
        public static let noSuchAccount = Code(rawValue: "no_such_account")
        public static let noSuchRepo = Code(rawValue: "no_such_repo")
        public static let noSuchToken = Code(rawValue: "no_such_token")
        public static let invalidGrant = Code(rawValue: "invalid_grant")
        public static let alreadyExists = Code(rawValue: "already_exists")
        public static let notEmpty = Code(rawValue: "not_empty")
        public static let invalidURL = Code(rawValue: "invalid_url")
    }

    public var code: Code
    /// One sentence: what happened.
    public var message: String
    /// What to try, if anything.
    public var hint: String?

    public init(code: Code, message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    public var description: String { hint.map { "\(message) (\($0))" } ?? message }

    /// A failed call on the address that a server is to listen on.
    static func cannotListen(host: String, port: Int, errno code: Int32) -> HubServerError {
        let address = "\(host):\(port)"
        guard code == EADDRINUSE else {
            return HubServerError(
                code: .cannotListen, message: "cannot listen on \(address): \(String(cString: strerror(code)))",
                hint: "choose another address with --host and --port")
        }
        return HubServerError(
            code: .portInUse, message: "cannot listen on \(address): the port is in use",
            hint: "stop the other program, or choose another port with --port; --port 0 takes a free one")
    }

    /// A name that leads to no address.
    static func unknownHost(_ host: String) -> HubServerError {
        HubServerError(
            code: .cannotListen, message: "cannot find the address \(host)",
            hint: "give an address of this machine with --host")
    }

    /// A failed call on the data folder.
    static func storage(_ message: String, errno code: Int32) -> HubServerError {
        let hint =
            switch code {
            case EACCES, EPERM, EROFS: "choose a folder that this user may write to with --data"
            case ENOSPC, EDQUOT: "free some disk space"
            case ENOTDIR, EEXIST: "--data must name a folder, not a file"
            default: "check the folder given with --data"
            }
        return HubServerError(
            code: .dataDirectory, message: "\(message): \(String(cString: strerror(code)))", hint: hint)
    }
}

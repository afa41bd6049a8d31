#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A file operation that the system refused.
public struct StorageError: Error, Sendable, CustomStringConvertible {
    /// Stable words that also appear in `--json` output.
    public struct Code: Hashable, Sendable {
        public let rawValue: String

        public static let noSpace = Code(rawValue: "no_space")
        public static let readOnly = Code(rawValue: "read_only")
        public static let noPermission = Code(rawValue: "no_permission")
        public static let notFound = Code(rawValue: "file_not_found")
        public static let io = Code(rawValue: "io_error")
    }

    public var code: Code
    public var message: String
    public var hint: String?
    public var errno: Int32
    /// The file that was worked on.
    public var path: String

    /// Describes the failure that `errno` stands for.
    /// - Parameter what: the attempted action as a verb, such as `write`.
    public init(errno code: Int32, doing what: String, path: String) {
        errno = code
        self.path = path
        let reason = String(cString: strerror(code))
        message = "cannot \(what) \(path): \(reason)"
        switch code {
        case ENOSPC, EDQUOT:
            self.code = .noSpace
            hint = "free some space, or choose another disk with --cache-dir or --local-dir"
        case EROFS:
            self.code = .readOnly
            hint = "the file system is read-only; choose another place with --cache-dir or --local-dir"
        case EACCES, EPERM:
            self.code = .noPermission
            hint = "check the owner and the permissions of the folder"
        case ENOENT, ENOTDIR:
            self.code = .notFound
            hint = nil
        default:
            self.code = .io
            hint = nil
        }
    }

    public var description: String { message }
}

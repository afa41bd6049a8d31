#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Files of the agent's own folder: small, whole or not there, for the user alone.
enum SmallFile {
    private static let largest = 1 << 20

    /// Nil for a file that is missing, cannot be read, or has more than a MiB.
    static func read(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        var filled = 0
        while true {
            if filled == bytes.count { bytes += [UInt8](repeating: 0, count: bytes.count) }
            let got = bytes.withUnsafeMutableBytes { space in
                system(file, UnsafeMutableRawBufferPointer(rebasing: space[filled...]))
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0, filled + got <= largest else { return nil }
            guard got > 0 else { return Array(bytes[..<filled]) }
            filled += got
        }
    }

    /// Replaces a file in one step.
    static func write(_ bytes: [UInt8], to path: String) throws(AgentError) {
        let temporary = "\(path).\(getpid()).tmp"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .storage("cannot write \(path)", errno) }
        let written = bytes.withUnsafeBytes { put(file, $0) }
        let code = errno
        close(file)
        guard written == bytes.count, rename(temporary, path) == 0 else {
            unlink(temporary)
            throw .storage("cannot write \(path)", written == bytes.count ? errno : code)
        }
    }

    private static func system(_ file: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.read(file, buffer.baseAddress, buffer.count)
        #else
            Darwin.read(file, buffer.baseAddress, buffer.count)
        #endif
    }

    private static func put(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.write(file, bytes.baseAddress, bytes.count)
        #else
            Darwin.write(file, bytes.baseAddress, bytes.count)
        #endif
    }
}

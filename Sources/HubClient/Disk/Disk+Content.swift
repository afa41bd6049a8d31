#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension Disk {
    /// Reads a small file; nil when it is missing, unreadable, or larger than `limit` bytes.
    static func read(_ path: String, upTo limit: Int) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var raw = stat()
        guard fstat(file, &raw) == 0, raw.st_mode & S_IFMT == S_IFREG, raw.st_size <= limit else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(raw.st_size))
        let count = bytes.withUnsafeMutableBytes { readFully(file, into: $0) }
        guard let count, count <= bytes.count else { return nil }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Reads a small text file; nil as ``read(_:upTo:)``, or when it is not UTF-8.
    static func text(_ path: String, upTo limit: Int = 1 << 20) -> String? {
        read(path, upTo: limit).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// Reads until the buffer is full or the file ends; nil on errors.
    static func readFully(_ file: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        var filled = 0
        while filled < buffer.count, let base = buffer.baseAddress {
            #if canImport(Glibc)
                let count = Glibc.read(file, base + filled, buffer.count - filled)
            #else
                let count = Darwin.read(file, base + filled, buffer.count - filled)
            #endif
            if count < 0 {
                if errno == EINTR { continue }
                return nil
            }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    static func writeFully(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
        var written = 0
        while written < bytes.count, let base = bytes.baseAddress {
            #if canImport(Glibc)
                let count = Glibc.write(file, base + written, bytes.count - written)
            #else
                let count = Darwin.write(file, base + written, bytes.count - written)
            #endif
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            written += count
        }
        return true
    }

    /// Writes a whole file under a temporary name and renames it, so that readers see the old content or the new.
    /// - Parameter mode: the file's permissions; nil lets the umask decide.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t? = nil) throws(HubError) {
        let temporary = "\(path).\(randomHex()).tmp"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode ?? 0o666)
        guard file >= 0 else { throw failure("create", temporary, errno) }
        var isWritten = bytes.withUnsafeBytes { writeFully(file, $0) }
        if isWritten, let mode { isWritten = fchmod(file, mode) == 0 }
        let code = errno
        close(file)
        do throws(HubError) {
            guard isWritten else { throw failure("write", temporary, code) }
            try rename(temporary, to: path)
        } catch {
            unlink(temporary)
            throw error
        }
    }

    static func write(_ text: String, to path: String, mode: mode_t? = nil) throws(HubError) {
        try write(Array(text.utf8), to: path, mode: mode)
    }

    /// Creates an empty file unless something is there already.
    static func touch(_ path: String) throws(HubError) {
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw failure("create", path, errno) }
        close(file)
    }

    /// The permissions that a new file in `folder` gets: 0666 less the umask, or what the folder's default ACL says.
    ///
    /// There is no way to read the umask that is safe with threads, so a probe file tells.
    static func newFileMode(in folder: String) -> mode_t? {
        let probe = LocalPath.join(folder, "tmp_\(randomHex())")
        let file = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard file >= 0 else { return nil }
        var raw = stat()
        let isKnown = fstat(file, &raw) == 0
        close(file)
        unlink(probe)
        return isKnown ? raw.st_mode & 0o7777 : nil
    }

    /// Eight random hex digits, for temporary names.
    static func randomHex() -> String {
        let text = String(UInt32.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 8 - text.count) + text
    }

    /// Makes a rename in `folder` survive a power cut; best effort.
    static func syncFolder(_ folder: String) {
        let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { return }
        fsync(file)
        close(file)
    }
}

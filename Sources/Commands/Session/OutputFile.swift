#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Files that commands write besides their result.
enum OutputFile {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Writes a whole file under a temporary name and renames it.
    static func write(_ text: String, to path: String) throws(Failure) { try write(Array(text.utf8), to: path) }

    static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        let temporary = path + ".\(getpid()).tmp"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Failure(description: "\(path): \(String(cString: strerror(errno)))") }
        let isWritten = bytes.withUnsafeBytes { put(file, $0) }
        let code = errno
        close(file)
        guard isWritten, rename(temporary, path) == 0 else {
            let reason = String(cString: strerror(isWritten ? errno : code))
            unlink(temporary)
            throw Failure(description: "\(path): \(reason)")
        }
    }

    private static func put(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
        var done = 0
        while done < bytes.count, let base = bytes.baseAddress {
            let count = systemWrite(file, base + done, bytes.count - done)
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            done += count
        }
        return true
    }
}

/// Outside of the type, whose own `write` would be found first.
private func systemWrite(_ file: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int { write(file, base, count) }

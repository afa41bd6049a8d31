internal import ChunkStore

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A local file read from start to end, once.
final class SequentialFile {
    let path: String
    private let descriptor: Int32
    /// The size when it was opened; 0 for pipes and the like.
    let size: UInt64
    private let isRegular: Bool
    private let identity: FileIdentity
    /// Bytes read so far.
    private(set) var position: UInt64 = 0

    /// - Parameter path: a file, or `-` for standard input.
    init(path: String) throws {
        self.path = path
        descriptor = path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StorageError(errno: errno, doing: "open", path: path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            close(descriptor)
            throw StorageError(errno: code, doing: "stat", path: path)
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw StorageError(errno: EISDIR, doing: "read", path: path)
        }
        isRegular = status.st_mode & S_IFMT == S_IFREG
        size = UInt64(status.st_size)
        identity = FileIdentity(status)
        #if canImport(Glibc)
            posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        #endif
    }

    deinit { close(descriptor) }

    /// Reads up to a full buffer; 0 means the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            #if canImport(Glibc)
                let got = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            #else
                let got = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
            #endif
            if got >= 0 {
                position += UInt64(got)
                return got
            }
            guard errno == EINTR else { throw StorageError(errno: errno, doing: "read", path: path) }
        }
    }

    /// Goes on by `count` bytes, and shows these and the ones from `start` on in a window instead of reading them.
    /// - Returns: nil when that many are not left, or the file cannot be shown.
    func show(from start: UInt64, next count: Int, in window: FileWindow) -> UnsafeRawBufferPointer? {
        let end = position + UInt64(count)
        guard isRegular, end <= size, let bytes = window.show(start..<end, of: descriptor),
            lseek(descriptor, off_t(end), SEEK_SET) == off_t(end)
        else { return nil }
        position = end
        return bytes
    }

    /// What the file is, if it has not changed since it was opened; nil for pipes and the like.
    var steadyIdentity: FileIdentity? {
        var status = stat()
        guard isRegular, fstat(descriptor, &status) == 0 else { return nil }
        return FileIdentity(status) == identity ? identity : nil
    }

    /// Fails when the file did not have the length it was opened with.
    /// - Parameter isStrict: also when it was written to since it was opened.
    func checkUnchanged(isStrict: Bool) throws {
        guard isRegular else { return }
        if position != size { throw changed }
        guard isStrict else { return }
        var status = stat()
        guard fstat(descriptor, &status) == 0, FileIdentity(status).hasSameContent(as: identity) else {
            throw TransferError.changed(path, "its content")
        }
    }

    var changed: TransferError { .changed(path, "its size") }
}

internal import CDisk
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// An open file that is read and written at positions; several tasks may use it at once.
public final class RandomAccessFile: Sendable {
    public let path: String
    private let descriptor: Int32
    /// Bytes written since the system was last told to bring them to the disk.
    private let pending = Atomic<Int>(0)
    private static let writebackBytes = 4 << 20

    public enum Access: Sendable { case read, update, append }

    /// Opens a file; `.update` and `.append` create it, readable by its owner and, as umask allows, by others.
    public init(path: String, access: Access) throws(StorageError) {
        let flags =
            switch access {
            case .read: O_RDONLY
            case .update: O_RDWR | O_CREAT
            case .append: O_RDWR | O_CREAT | O_APPEND
            }
        let descriptor = open(path, flags | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw StorageError(errno: errno, doing: "open", path: path) }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// The present length in bytes.
    public var length: UInt64 {
        get throws(StorageError) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw StorageError(errno: errno, doing: "stat", path: path) }
            return UInt64(status.st_size)
        }
    }

    /// Reads until the buffer is full or the file ends; returns the bytes read.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StorageError) -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        var done = 0
        while done < buffer.count {
            let got = pread(descriptor, base + done, buffer.count - done, off_t(offset) + off_t(done))
            if got == 0 { break }
            if got < 0 {
                if errno == EINTR { continue }
                throw StorageError(errno: errno, doing: "read", path: path)
            }
            done += got
        }
        return done
    }

    /// Writes all bytes at a position.
    public func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(StorageError) {
        try writeAll(bytes) { base, count, done in pwrite(descriptor, base, count, off_t(offset) + off_t(done)) }
        // Left to itself, the system may begin only when we wait for all of it at the end.
        if pending.add(bytes.count, ordering: .relaxed).newValue >= Self.writebackBytes,
            pending.exchange(0, ordering: .relaxed) >= Self.writebackBytes
        {
            shoal_begin_writeback(descriptor)
        }
    }

    /// Writes all bytes at the end of a file opened for appending.
    public func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        try writeAll(bytes) { base, count, _ in Self.systemWrite(descriptor, base, count) }
    }

    /// Writes all bytes at the end of a file opened for appending.
    public func append(_ bytes: [UInt8]) throws(StorageError) {
        let outcome = bytes.withUnsafeBytes { bytes in
            Result { () throws(StorageError) in try append(bytes) }
        }
        try outcome.get()
    }

    private func writeAll(
        _ bytes: UnsafeRawBufferPointer, _ step: (UnsafeRawPointer, Int, Int) -> Int
    ) throws(StorageError) {
        guard let base = bytes.baseAddress else { return }
        var done = 0
        while done < bytes.count {
            let put = step(base + done, bytes.count - done, done)
            if put < 0 {
                if errno == EINTR { continue }
                throw StorageError(errno: errno, doing: "write", path: path)
            }
            done += put
        }
    }

    private static func systemWrite(_ descriptor: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, base, count)
        #else
            Darwin.write(descriptor, base, count)
        #endif
    }

    /// Cuts or extends the file.
    public func truncate(to length: UInt64) throws(StorageError) {
        guard ftruncate(descriptor, off_t(length)) == 0 else {
            throw StorageError(errno: errno, doing: "resize", path: path)
        }
    }

    /// Takes the blocks of the first `length` bytes from the file system, so that a disk that is too small says so before
    /// the bytes come; the file's length stays. Where the file system cannot do that, nothing happens.
    public func reserve(_ length: UInt64) throws(StorageError) {
        let code = shoal_reserve(descriptor, length)
        // Not every file system can, and some have their own words for it; only a full one is to be believed.
        guard code != ENOSPC, code != EDQUOT, code != EFBIG else {
            throw StorageError(errno: code, doing: "reserve \(length) bytes for", path: path)
        }
    }

    /// Makes the file share all blocks of another, where the file system can; the content is copied on the next write.
    /// - Returns: whether it does.
    public func clone(_ source: RandomAccessFile) -> Bool {
        #if canImport(Glibc)
            // FICLONE of <linux/fs.h>, _IOW(0x94, 9, int).
            return ioctl(descriptor, 0x4004_9409, source.descriptor) == 0
        #else
            return false
        #endif
    }

    /// Lets the disk begin with what others have written.
    public func beginWriteback() { shoal_begin_writeback(descriptor) }

    /// Waits until the file's bytes are on the disk.
    public func synchronize() throws(StorageError) {
        guard fsync(descriptor) == 0 else { throw StorageError(errno: errno, doing: "flush", path: path) }
    }
}

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An open descriptor, closed with its last reference. All reads and writes carry their offset, so any number of
/// tasks may share one.
final class OpenFile: Sendable {
    let descriptor: CInt
    let path: String

    init(reading path: String) throws {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        self.path = path
        guard descriptor >= 0 else { throw SystemCall.failure("open", path) }
    }

    /// Creates a file that must not exist yet.
    init(creating path: String) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        self.path = path
        guard descriptor >= 0 else { throw SystemCall.failure("open", path) }
    }

    init(updating path: String) throws {
        descriptor = open(path, O_RDWR | O_CLOEXEC)
        self.path = path
        guard descriptor >= 0 else { throw SystemCall.failure("open", path) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func size() throws -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemCall.failure("fstat", path) }
        return Int(status.st_size)
    }

    /// Fills the buffer from an offset on.
    /// - Returns: false when the file ends before the buffer is full.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Bool {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
            if count == 0 { return false }
            if count < 0 {
                guard errno == EINTR else { throw SystemCall.failure("pread", path) }
                continue
            }
            done += count
        }
        return true
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
        var done = 0
        while done < bytes.count {
            let count = pwrite(
                descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            if count < 0 {
                guard errno == EINTR else { throw SystemCall.failure("pwrite", path) }
                continue
            }
            done += count
        }
    }

    func truncate(to size: Int) throws {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw SystemCall.failure("ftruncate", path) }
    }

    func synchronize() throws {
        guard fsync(descriptor) == 0 else { throw SystemCall.failure("fsync", path) }
    }

    /// A descriptor of the same file for somebody who will close it.
    func duplicate() throws -> CInt {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw SystemCall.failure("fcntl", path) }
        return copy
    }

    /// Tells the kernel that this part will be read soon, so that it starts reading now.
    func willRead(_ range: Range<Int>) {
        #if canImport(Glibc)
            _ = posix_fadvise(descriptor, off_t(range.lowerBound), off_t(range.count), POSIX_FADV_WILLNEED)
        #endif
    }

    /// Maps the first `length` bytes for the time of the call. The kernel can drop the pages again at any time, so
    /// this costs address space, not memory.
    func withMapping<R>(length: Int, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        guard length > 0 else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        guard let base = mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
            throw SystemCall.failure("mmap", path)
        }
        defer { munmap(base, length) }
        return try body(UnsafeRawBufferPointer(start: base, count: length))
    }
}

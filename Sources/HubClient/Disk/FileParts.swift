internal import NIOPosix

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Reads local files for callers that pass the bytes on.
public enum FileParts {
    /// Hands over a file's bytes in order, in parts of at most 1 MiB, on the thread pool for blocking work.
    /// - Parameters:
    ///   - range: bytes to read; nil reads to the end.
    ///   - body: gets each part; the memory is valid during the call only.
    /// - Throws: ``HubError`` with code `local_file`, also when the file ends before the range does.
    public static func forEach(
        of path: String, in range: Range<UInt64>? = nil,
        _ body: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws {
        try await NIOThreadPool.singleton.runIfActive {
            let file = open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { throw Disk.failure("open", path, errno) }
            defer { close(file) }
            if let range, range.lowerBound > 0 {
                guard let start = off_t(exactly: range.lowerBound), lseek(file, start, SEEK_SET) == start else {
                    throw Disk.failure("read", path, errno)
                }
            }
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
            defer { buffer.deallocate() }
            var left = range.map { $0.upperBound - $0.lowerBound } ?? UInt64.max
            while left > 0 {
                let part = UnsafeMutableRawBufferPointer(
                    rebasing: buffer[..<min(buffer.count, Int(clamping: left))])
                guard let count = Disk.readFully(file, into: part) else { throw Disk.failure("read", path, errno) }
                if count > 0 { try body(UnsafeRawBufferPointer(rebasing: part[..<count])) }
                left -= UInt64(count)
                if count < part.count {
                    guard range == nil || left == 0 else {
                        throw HubError(.localFile, "\(path) is shorter than it should be.")
                    }
                    return
                }
            }
        }
    }

    /// Copies a file under a temporary name that is then renamed, making the folders on the way.
    /// - Throws: ``HubError`` with code `local_file`.
    public static func copy(_ source: String, to target: String) async throws {
        try Disk.createFolder(LocalPath.folder(of: target))
        try await Disk.copy(source, to: target)
    }
}

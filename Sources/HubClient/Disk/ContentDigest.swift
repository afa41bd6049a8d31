internal import Crypto
internal import NIOPosix

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Digests of local files, computed on the thread pool for blocking work.
enum ContentDigest {
    /// Told how many bytes were read, part by part, from the thread that reads.
    typealias Progress = @Sendable (UInt64) -> Void

    /// The SHA-256 of a file's content, 64 hex digits.
    static func sha256(_ path: String, progress: @escaping Progress = { _ in }) async throws -> String {
        try await NIOThreadPool.singleton.runIfActive {
            var digest = SHA256()
            try read(path) {
                digest.update(bufferPointer: $0)
                progress(UInt64($0.count))
            }
            return Hex.encode(digest.finalize())
        }
    }

    /// The id that git gives the content, 40 hex digits.
    static func gitBlob(
        _ path: String, size: UInt64, progress: @escaping Progress = { _ in }
    ) async throws -> String {
        try await NIOThreadPool.singleton.runIfActive {
            var digest = Insecure.SHA1()
            digest.update(data: Array("blob \(size)\0".utf8))
            var total: UInt64 = 0
            try read(path) {
                digest.update(bufferPointer: $0)
                total += UInt64($0.count)
                progress(UInt64($0.count))
            }
            guard total == size else {
                throw HubError(.fileChanged, "\(path) changed while it was read.", hint: "Run the command again.")
            }
            return Hex.encode(digest.finalize())
        }
    }

    private static func read(_ path: String, _ body: (UnsafeRawBufferPointer) -> Void) throws {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Disk.failure("open", path, errno) }
        defer { close(file) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            try Task.checkCancellation()
            guard let count = Disk.readFully(file, into: buffer) else { throw Disk.failure("read", path, errno) }
            if count > 0 { body(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
            if count < buffer.count { return }
        }
    }
}

extension Disk {
    /// Copies a file's content on the thread pool, into a temporary name that is then renamed to `target`.
    static func copy(_ source: String, to target: String) async throws {
        try await NIOThreadPool.singleton.runIfActive {
            let input = open(source, O_RDONLY | O_CLOEXEC)
            guard input >= 0 else { throw failure("open", source, errno) }
            defer { close(input) }
            let temporary = "\(target).\(randomHex()).tmp"
            let output = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            guard output >= 0 else { throw failure("create", temporary, errno) }
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
            defer { buffer.deallocate() }
            do {
                defer { close(output) }
                while let count = readFully(input, into: buffer), count > 0 {
                    guard writeFully(output, UnsafeRawBufferPointer(rebasing: buffer[..<count])) else {
                        throw failure("write", temporary, errno)
                    }
                }
                var (from, to) = (stat(), stat())
                guard fstat(input, &from) == 0, fstat(output, &to) == 0, from.st_size == to.st_size else {
                    throw failure("copy", source, errno)
                }
            } catch {
                unlink(temporary)
                throw error
            }
            try rename(temporary, to: target)
        }
    }
}

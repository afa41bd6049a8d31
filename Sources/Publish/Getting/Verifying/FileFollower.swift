package import PublishWire
package import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Reads a file behind those who write it, and hashes what it reads, so that little is left to do when the last byte has
/// come.
///
/// Proof of `@unchecked Sendable`: one task owns a follower, and awaits each of its steps.
package final class FileFollower: @unchecked Sendable {
    package struct Hashes: Sendable, Hashable {
        package var sha256: Xet.SHA256Digest?
        package var xet: FileHash
        /// Only where it was asked for.
        package var root: [UInt8]?
    }

    /// Bytes that one read brings: enough to fill the lanes of the hash kernels.
    private static let readBytes = 1 << 20

    private let path: String
    private let size: Int64
    private var hasher = ContentHasher()
    private var root: PiecesRootHasher?
    private let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: readBytes + XetLimits.maximumChunk, alignment: 64)
    /// Bytes at the buffer's start that belong to no finished chunk.
    private var carry = 0
    private var file: Int32 = -1
    /// Bytes hashed so far.
    package private(set) var position: Int64 = 0

    /// - Parameter withRoot: whether the root of its tree of blocks is wanted too.
    package init(path: String, size: Int64, withRoot: Bool = false) {
        self.path = path
        self.size = size
        if withRoot { root = PiecesRootHasher() }
    }

    deinit {
        buffer.deallocate()
        if file >= 0 { close(file) }
    }

    /// Hashes on up to `end`, a byte of the file before which all are there.
    package func follow(to end: Int64) throws(PublishError) {
        let end = min(end, size)
        guard position < end else { return }
        if file < 0 {
            file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            guard file >= 0 else { throw .storage("open", path, errno) }
        }
        while position < end {
            let room = min(Self.readBytes, buffer.count - carry, Int(end - position))
            let got = pread(file, buffer.baseAddress.map { $0 + carry }, room, off_t(position))
            if got < 0, errno == EINTR { continue }
            guard got > 0 else {
                if got == 0 {
                    throw PublishError(
                        .changed, "\(path) is shorter than it should be", hint: "run the same command again")
                }
                throw .storage("read", path, errno)
            }
            take(got)
        }
    }

    /// Reads the rest and says what the whole file hashes to.
    package func finish() throws(PublishError) -> Hashes {
        try follow(to: size)
        let (sha256, xet) = hasher.finish(UnsafeRawBufferPointer(rebasing: buffer[..<carry]))
        return Hashes(sha256: sha256, xet: xet, root: root?.finish())
    }

    private func take(_ got: Int) {
        let filled = carry + got
        let start = hasher.chunkStart
        hasher.take(UnsafeRawBufferPointer(rebasing: buffer[..<filled]), fresh: got)
        root?.take(UnsafeRawBufferPointer(rebasing: buffer[carry..<filled]))
        position += Int64(got)
        let used = Int(hasher.chunkStart - start)
        if used > 0 { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[used..<filled])) }
        carry = filled - used
    }
}

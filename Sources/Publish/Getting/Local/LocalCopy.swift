internal import ChunkStore
internal import PublishWire

/// Copies a file of this machine that should have a file's content, and hashes the copy on the way: the original may
/// change at any time. File systems that can do so share the blocks.
///
/// Proof of `@unchecked Sendable`: one task owns a copy, and awaits each of its steps.
final class LocalCopy: @unchecked Sendable {
    private static let stepBytes: Int64 = 64 << 20
    private static let bufferBytes = 1 << 20

    private let original: String
    private let path: String
    private let size: Int64
    private let follower: FileFollower
    private var files: (from: RandomAccessFile, to: RandomAccessFile)?
    private var isCloned = false
    /// Bytes that are copied and hashed.
    private(set) var position: Int64 = 0

    /// - Parameter path: of the copy, in a folder that is there.
    init(of original: String, to path: String, size: Int64, withRoot: Bool) {
        self.original = original
        self.path = path
        self.size = size
        follower = FileFollower(path: path, size: size, withRoot: withRoot)
    }

    /// Copies and hashes some more. Blocks.
    /// - Returns: the hashes of the copy, once it is whole.
    func step() throws -> FileFollower.Hashes? {
        let files = try files ?? begin()
        let end = min(size, position + Self.stepBytes)
        if !isCloned { try copy(from: files.from, to: files.to, upTo: end) }
        let hashes: FileFollower.Hashes?
        if end == size {
            hashes = try follower.finish()
        } else {
            try follower.follow(to: end)
            hashes = nil
        }
        position = end
        return hashes
    }

    private func begin() throws -> (from: RandomAccessFile, to: RandomAccessFile) {
        let from = try RandomAccessFile(path: original, access: .read)
        let to = try RandomAccessFile(path: path, access: .update)
        try to.truncate(to: 0)
        if to.clone(from) {
            isCloned = true
            // It may have grown since its size was looked at.
            try to.truncate(to: UInt64(size))
        }
        files = (from, to)
        return (from, to)
    }

    private func copy(from: RandomAccessFile, to: RandomAccessFile, upTo end: Int64) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferBytes, alignment: 64)
        defer { buffer.deallocate() }
        var done = position
        while done < end {
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(Int(min(Int64(buffer.count), end - done))))
            let count = try from.read(into: room, at: UInt64(done))
            guard count > 0 else {
                throw PublishError(.changed, "\(original) has become shorter", hint: "run the same command again")
            }
            try to.write(UnsafeRawBufferPointer(rebasing: room.prefix(count)), at: UInt64(done))
            done += Int64(count)
        }
    }
}
